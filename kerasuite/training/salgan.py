"""SalGAN: maps of where people look, against a discriminator of true and made ones."""

from typing import Any

import keras
from keras import ops

from kerasuite.training.adversarial import Adversarial, Figures, check_at_least_zero, left_alone
from kerasuite.training.adversarial_losses import (
    discriminator_loss,
    generator_loss,
    gradient_penalty,
)


@keras.saving.register_keras_serializable(package="kerasuite")
class SalGAN(Adversarial):
    """A net that makes a map of a picture, against a discriminator that sees both.

    Batches are (pictures, maps), maps from 0 to 1. For the first `pretraining` steps the generator
    descends `content` times the binary cross-entropy of each cell; the discriminator rests, and
    learns from the last `head_start` of them on. Then the generator hears it too: it descends that
    and the adversarial loss. (Were the cross-entropy's weight another one from then on, Adam's
    steps would jump, whatever the discriminator says.)

    Figures: `cross_entropy`, `generator_loss` and `discriminator_loss`, without weights.

    Args:
        generator: pictures → maps.
        discriminator: [pictures, maps] → scores.
        pretraining: steps before the discriminator is listened to.
        head_start: in how many of these it learns already, the last ones.
        content: weight of the cross-entropy, 0.005 in the paper; if 0, it is 1 in pretraining.
        cell: side in pixels of the squares whose means the cross-entropy compares, 4 in the paper;
            1 for each place by itself.
        loss: name of the adversarial loss.
        smoothing: one-sided label smoothing.
        gradient_penalty: weight of the penalty on the discriminator's slope between a true and a
            made map of the same picture; 0 for none.
        ema: how much of the averaged generator stays at each step; it then answers in the place of
            the generator. 0 for none.
        seed: of everything random; None to draw one.
        name: of the model.

    Call arguments:
        inputs: pictures.

    Returns:
        Maps.

    Raises:
        ValueError: if an argument is out of its range.

    Reference:
        Pan et al. 2017, "SalGAN: visual saliency prediction with generative adversarial networks",
        equations 2 to 5; Gulrajani et al. 2017, "Improved training of Wasserstein GANs" (penalty).
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        pretraining: int = 0,
        head_start: int = 0,
        content: float = 0.005,
        cell: int = 1,
        loss: str = "non_saturating",
        smoothing: float = 0.0,
        gradient_penalty: float = 0.0,
        ema: float = 0.0,
        seed: int | None = None,
        name: str = "salgan",
    ) -> None:
        super().__init__(loss, smoothing, seed, name)
        check_at_least_zero(
            pretraining=pretraining,
            head_start=head_start,
            content=content,
            gradient_penalty=gradient_penalty,
        )
        if cell < 1:
            raise ValueError(f"`cell` must be at least 1. Received: cell={cell}")
        if head_start > pretraining:
            raise ValueError(
                "`head_start` is a part of `pretraining`. Received: "
                f"head_start={head_start}, pretraining={pretraining}"
            )
        self.generator, self.discriminator = generator, discriminator
        self.pretraining, self.head_start, self.content = pretraining, head_start, content
        self.cell, self.penalty_weight = cell, gradient_penalty
        self._will_average(ema)
        self._will_note("cross_entropy", "generator_loss", "discriminator_loss")
        self.built = True

    def pretraining_step(self, pictures: Any, maps: Any) -> Figures:
        """The generator learns each place by itself, and near the end the discriminator as well."""
        if not self.head_start:
            return self.place_step(pictures, maps)

        def both() -> None:
            self.discriminator_step(pictures, maps)
            self.place_step(pictures, maps)

        alone = self.pretraining - self.head_start
        return self._in_turn(alone, lambda: self.place_step(pictures, maps), both)

    def place_step(self, pictures: Any, maps: Any) -> Figures:
        """The generator learns each place by itself."""

        def loss() -> tuple[Any, Any]:
            error = self._cross_entropy(maps, self.generator(pictures, training=True))
            return (self.content or 1.0) * error, error

        value = self._descend(loss, self.optimizer, self.generator_variables())
        self._update_average()
        return self._noted(cross_entropy=value)

    def discriminator_step(self, pictures: Any, maps: Any, made: Any = None) -> Figures:
        """The discriminator learns to tell true from made maps."""
        pictures, maps = ops.convert_to_tensor(pictures), ops.convert_to_tensor(maps)
        made = left_alone(self.generator, pictures) if made is None else made

        def score(seen: Any) -> Any:
            return self.discriminator([pictures, seen], training=True)

        def loss() -> tuple[Any, Any]:
            value = discriminator_loss(self.loss_name, score(maps), score(made), self.smoothing)
            penalty = 0.0
            if self.penalty_weight:
                penalty = gradient_penalty(score, maps, made, self.seed_generator)
            return value + self.penalty_weight * penalty, value

        value = self._descend(loss, self.discriminator_optimizer, self.discriminator_variables())
        return self._noted(discriminator_loss=value)

    def generator_goal(self, pictures: Any, maps: Any, made: Any) -> tuple[Any, Figures]:
        """To come near the true maps, and to fool the discriminator."""
        error = self._cross_entropy(maps, made)
        score = left_alone(self.discriminator, [ops.convert_to_tensor(pictures), made])
        fooling = generator_loss(self.loss_name, score)
        value = self.content * error + fooling
        return value, {"cross_entropy": error, "generator_loss": fooling}

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        own = ("pretraining", "head_start", "content", "cell", "ema")
        return {
            **super().get_config(),
            **{name: getattr(self, name) for name in own},
            "gradient_penalty": self.penalty_weight,
        }

    def _cross_entropy(self, wanted: Any, made: Any) -> Any:
        """The mean binary cross-entropy of cells, a float32 scalar."""
        pair = [ops.cast(x, "float32") for x in (wanted, made)]
        if self.cell > 1:
            pair = [ops.average_pool(x, self.cell) for x in pair]
        return ops.mean(keras.losses.binary_crossentropy(*pair))
