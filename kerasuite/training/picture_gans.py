"""Adversarial nets that make a picture of another one: pix2pix from pairs, CycleGAN without.

Pictures are float tensors (batch, height, width, channels) from -1 to 1. TensorFlow only.
"""

from typing import Any, ClassVar

import keras
from keras import ops

from kerasuite.layers import ImagePool
from kerasuite.training.adversarial import Adversarial, Figures, check_at_least_zero, left_alone
from kerasuite.training.adversarial_losses import generator_loss


@keras.saving.register_keras_serializable(package="kerasuite")
class Pix2Pix(Adversarial):
    """A net that makes a picture of another one, learned from pairs.

    Batches are (given pictures, wanted pictures). The generator descends `l1` times the mean
    absolute difference from the wanted picture, and `adversarial` times the adversarial loss; the
    discriminator, which sees the given picture too, half of its own, so that it learns slower.

    Args:
        generator: given pictures → made pictures.
        discriminator: [given pictures, wanted or made pictures] → scores, of any shape.
        loss: name of the adversarial loss.
        l1: weight of the difference.
        adversarial: weight of the adversarial loss; with 0 the discriminator neither learns nor
            counts.
        smoothing: one-sided label smoothing.
        seed: accepted as by every adversarial model; nothing is drawn here.
        name: of the model.

    Call arguments:
        inputs: given pictures.

    Returns:
        Made pictures.

    Raises:
        ValueError: if an argument is out of its range.

    Reference:
        Isola et al. 2017, "Image-to-image translation with conditional adversarial networks",
        equation 4 and section 3.3.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        loss: str = "non_saturating",
        l1: float = 100.0,
        adversarial: float = 1.0,
        smoothing: float = 0.0,
        seed: int | None = None,
        name: str = "pix2pix",
    ) -> None:
        super().__init__(loss, smoothing, seed, name)
        check_at_least_zero(l1=l1, adversarial=adversarial)
        self.generator, self.discriminator = generator, discriminator
        self.l1, self.adversarial = l1, adversarial
        self._will_note("generator_loss", "discriminator_loss", "l1")
        self.built = True

    def discriminator_step(self, given: Any, wanted: Any, made: Any = None) -> Figures:
        """The discriminator learns to tell wanted from made pictures; without a weight it rests."""
        if not self.adversarial:
            return {}
        given, wanted = ops.convert_to_tensor(given), ops.convert_to_tensor(wanted)
        made = left_alone(self.generator, given) if made is None else made
        game = self.discriminator, [given, wanted], [given, made]
        value = self._tell_apart(game, share=0.5)
        return self._noted(discriminator_loss=value)

    def generator_goal(self, given: Any, wanted: Any, made: Any) -> tuple[Any, Figures]:
        """To come near the wanted pictures, and to fool the discriminator."""
        l1 = _difference(wanted, made)
        value, figures = self.l1 * l1, {"l1": l1}
        if self.adversarial:
            score = left_alone(self.discriminator, [ops.convert_to_tensor(given), made])
            fooling = generator_loss(self.loss_name, score)
            value, figures["generator_loss"] = value + self.adversarial * fooling, fooling
        return value, figures

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {**super().get_config(), "l1": self.l1, "adversarial": self.adversarial}


@keras.saving.register_keras_serializable(package="kerasuite")
class CycleGAN(Adversarial):
    """Two nets between two kinds of pictures, learned without pairs.

    Batches are (pictures of the first kind, pictures of the second kind), as many of both, that
    need not belong together. What one net makes of a picture, the other must turn back into it; and
    a picture that is of the right kind already is to stay as it is.

    Figures: `generator_loss` and `discriminator_loss`, of both directions together, and `cycle`
    and `identity`, the mean absolute differences without their weights.

    Args:
        generator: pictures of the first kind → of the second.
        back: pictures of the second kind → of the first.
        discriminator: pictures of the second kind → scores.
        back_discriminator: pictures of the first kind → scores.
        loss: name of the adversarial loss.
        cycle: weight of the difference after there and back.
        identity: weight of the difference of what should stay, as a share of `cycle`; 0 for none.
        pool: how many made pictures the discriminators are shown again, see `layers.ImagePool`.
        smoothing: one-sided label smoothing.
        seed: of the pools; None to draw one.
        name: of the model.

    Call arguments:
        inputs: pictures of the first kind.

    Returns:
        Pictures of the second kind; those of the other direction are given by `back`.

    Raises:
        ValueError: if an argument is out of its range.

    Reference:
        Zhu et al. 2017, "Unpaired image-to-image translation using cycle-consistent adversarial
        networks", equation 3, sections 4 and 5.2 (identity). Its generators' least squares are
        twice `adversarial_losses.generator_loss`: halve `cycle` for the same balance.
    """

    NETS: ClassVar[tuple[str, ...]] = ("generator", "back", "discriminator", "back_discriminator")

    def __init__(
        self,
        generator: keras.Model,
        back: keras.Model,
        discriminator: keras.Model,
        back_discriminator: keras.Model,
        loss: str = "least_squares",
        cycle: float = 5.0,
        identity: float = 0.5,
        pool: int = 50,
        smoothing: float = 0.0,
        seed: int | None = None,
        name: str = "cyclegan",
    ) -> None:
        super().__init__(loss, smoothing, seed, name)
        check_at_least_zero(cycle=cycle, identity=identity)
        self.generator, self.back = generator, back
        self.discriminator, self.back_discriminator = discriminator, back_discriminator
        self.cycle, self.identity, self.pool = cycle, identity, pool
        self.made_pool = ImagePool(pool, seed, dtype="float32", name="made_pool")
        self.back_pool = ImagePool(pool, None if seed is None else seed + 1, dtype="float32")
        self.made_pool.build((None, *generator.output_shape[1:]))
        self.back_pool.build((None, *back.output_shape[1:]))
        self._will_note("generator_loss", "discriminator_loss", "cycle", "identity")
        self.built = True

    def generator_variables(self) -> list[keras.Variable]:
        return [*self.generator.trainable_variables, *self.back.trainable_variables]

    def discriminator_variables(self) -> list[keras.Variable]:
        both = self.discriminator, self.back_discriminator
        return [v for net in both for v in net.trainable_variables]

    def learn(self, first: Any, second: Any) -> Figures:
        """One step of the generators, then of the discriminators, as in the authors' code."""
        return self.generator_step(first, second) | self.discriminator_step(first, second)

    def generator_step(self, first: Any, second: Any) -> Figures:
        """Both generators learn."""

        def loss() -> tuple[Any, Figures]:
            made, made_back = self.generator(first, training=True), self.back(second, training=True)
            fooling = generator_loss(self.loss_name, left_alone(self.discriminator, made))
            scores = left_alone(self.back_discriminator, made_back)
            fooling += generator_loss(self.loss_name, scores)
            cycle = _difference(first, self.back(made, training=True))
            cycle += _difference(second, self.generator(made_back, training=True))
            figures = {"generator_loss": fooling, "cycle": cycle}
            value = fooling + self.cycle * cycle
            if self.identity:
                figures["identity"] = _difference(second, self.generator(second, training=True))
                figures["identity"] += _difference(first, self.back(first, training=True))
                value += self.cycle * self.identity * figures["identity"]
            return value, figures

        return self._noted(**self._descend(loss, self.optimizer, self.generator_variables()))

    def discriminator_step(self, first: Any, second: Any) -> Figures:
        """Both discriminators learn, from fresh and earlier pictures."""
        made = self.made_pool(ops.cast(left_alone(self.generator, first), "float32"))
        made_back = self.back_pool(ops.cast(left_alone(self.back, second), "float32"))
        # Half of the loss, as in the paper, so that they learn slower.
        value = self._tell_apart(
            (self.discriminator, second, made),
            (self.back_discriminator, first, made_back),
            share=0.5,
        )
        return self._noted(discriminator_loss=value)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        own = {"cycle": self.cycle, "identity": self.identity, "pool": self.pool}
        return {**super().get_config(), **own}


def _difference(wanted: Any, made: Any) -> Any:
    """The mean absolute difference, a float32 scalar."""
    return ops.mean(ops.abs(ops.cast(wanted, "float32") - ops.cast(made, "float32")))
