"""SalGAN: maps of where people look, against a discriminator of true and made ones."""

from typing import Any

import keras
from keras import ops

from kerasuite.training.adversarial import Adversarial, Figures, check_at_least_zero, left_alone
from kerasuite.training.adversarial_losses import generator_loss


@keras.saving.register_keras_serializable(package="kerasuite")
class SalGAN(Adversarial):
    """A net that makes a map of a picture, against a discriminator that sees both.

    Batches are (pictures, maps), maps from 0 to 1. For the first `pretraining` steps the generator
    descends `content` times the binary cross-entropy of each place; the discriminator rests, and
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
        loss: name of the adversarial loss.
        smoothing: one-sided label smoothing.
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
        equations 2 to 5.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        pretraining: int = 0,
        head_start: int = 0,
        content: float = 0.005,
        loss: str = "non_saturating",
        smoothing: float = 0.0,
        seed: int | None = None,
        name: str = "salgan",
    ) -> None:
        super().__init__(loss, smoothing, seed, name)
        check_at_least_zero(pretraining=pretraining, head_start=head_start, content=content)
        if head_start > pretraining:
            raise ValueError(
                "`head_start` is a part of `pretraining`. Received: "
                f"head_start={head_start}, pretraining={pretraining}"
            )
        self.generator, self.discriminator = generator, discriminator
        self.pretraining, self.head_start, self.content = pretraining, head_start, content
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
            error = _cross_entropy(maps, self.generator(pictures, training=True))
            return (self.content or 1.0) * error, error

        value = self._descend(loss, self.optimizer, self.generator_variables())
        return self._noted(cross_entropy=value)

    def discriminator_step(self, pictures: Any, maps: Any, made: Any = None) -> Figures:
        """The discriminator learns to tell true from made maps."""
        pictures, maps = ops.convert_to_tensor(pictures), ops.convert_to_tensor(maps)
        made = left_alone(self.generator, pictures) if made is None else made
        game = self.discriminator, [pictures, maps], [pictures, made]
        return self._noted(discriminator_loss=self._tell_apart(game))

    def generator_goal(self, pictures: Any, maps: Any, made: Any) -> tuple[Any, Figures]:
        """To come near the true maps, and to fool the discriminator."""
        error = _cross_entropy(maps, made)
        score = left_alone(self.discriminator, [ops.convert_to_tensor(pictures), made])
        fooling = generator_loss(self.loss_name, score)
        value = self.content * error + fooling
        return value, {"cross_entropy": error, "generator_loss": fooling}

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        own = ("pretraining", "head_start", "content")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}


def _cross_entropy(wanted: Any, made: Any) -> Any:
    """The mean binary cross-entropy of places, a float32 scalar."""
    wanted, made = ops.cast(wanted, "float32"), ops.cast(made, "float32")
    return ops.mean(keras.losses.binary_crossentropy(wanted, made))
