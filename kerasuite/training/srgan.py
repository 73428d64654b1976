"""SRGAN: pictures made larger, against a discriminator of real and enlarged ones."""

from typing import Any, ClassVar

import keras
from keras import ops

from kerasuite.training.adversarial import Adversarial, Figures, check_at_least_zero, left_alone
from kerasuite.training.adversarial_losses import generator_loss

FIGURES = ("pixels", "content", "generator_loss", "discriminator_loss")


@keras.saving.register_keras_serializable(package="kerasuite")
class SRGAN(Adversarial):
    """A net that makes pictures larger, against a discriminator; it may learn without it first.

    Batches are (small pictures, large pictures), both from -1 to 1. For the first `pretraining`
    steps the generator descends the squared difference of colours alone, which makes an SRResNet of
    it, and the discriminator rests. Then both learn.

    Figures: `pixels` and `content`, the mean squared differences of colours and of features,
    `generator_loss` and `discriminator_loss`; without weights.

    Args:
        generator: small pictures → large pictures.
        discriminator: large pictures → scores.
        features: large pictures → feature maps; learns nothing here.
        pretraining: steps before the discriminator comes in.
        content: weight of the difference of features.
        pixels: weight of the difference of colours.
        adversarial: weight of the adversarial loss.
        loss: its name.
        smoothing: one-sided label smoothing.
        seed: of everything random; None to draw one.
        name: of the model.

    Call arguments:
        inputs: small pictures.

    Returns:
        Large pictures.

    Raises:
        ValueError: if an argument is out of its range.

    Reference:
        Ledig et al. 2017, "Photo-realistic single image super-resolution using a generative
        adversarial network", equations 3 to 6. There the features are VGG19's.
    """

    NETS: ClassVar[tuple[str, ...]] = ("generator", "discriminator", "features")

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        features: keras.Model,
        pretraining: int = 0,
        content: float = 1.0,
        pixels: float = 1.0,
        adversarial: float = 1e-3,
        loss: str = "non_saturating",
        smoothing: float = 0.0,
        seed: int | None = None,
        name: str = "srgan",
    ) -> None:
        super().__init__(loss, smoothing, seed, name)
        check_at_least_zero(
            pretraining=pretraining, content=content, pixels=pixels, adversarial=adversarial
        )
        self.generator, self.discriminator, self.features = generator, discriminator, features
        self.features.trainable = False
        self.pretraining, self.content = pretraining, content
        self.pixels, self.adversarial = pixels, adversarial
        self._will_note(*FIGURES)
        self.built = True

    def pretraining_step(self, small: Any, large: Any) -> Figures:
        """The generator learns the colours, as an SRResNet."""

        def loss() -> tuple[Any, Any]:
            error = _squared(large, self.generator(small, training=True))
            return error, error

        error = self._descend(loss, self.optimizer, self.generator_variables())
        return self._noted(pixels=error)

    def discriminator_step(self, small: Any, large: Any, made: Any = None) -> Figures:
        """The discriminator learns to tell real large pictures from made ones."""
        made = left_alone(self.generator, small) if made is None else made
        return self._noted(discriminator_loss=self._tell_apart((self.discriminator, large, made)))

    def generator_goal(self, small: Any, large: Any, made: Any) -> tuple[Any, Figures]:
        """To come near the large pictures and their features, and to fool the discriminator."""
        wanted, seen = (self.features(x, training=False) for x in (large, made))
        figures = {"pixels": _squared(large, made), "content": _squared(wanted, seen)}
        score = left_alone(self.discriminator, made)
        figures["generator_loss"] = generator_loss(self.loss_name, score)
        value = self.pixels * figures["pixels"] + self.content * figures["content"]
        return value + self.adversarial * figures["generator_loss"], figures

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        own = ("pretraining", "content", "pixels", "adversarial")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}


def _squared(wanted: Any, made: Any) -> Any:
    """The mean squared difference, a float32 scalar."""
    return ops.mean(ops.square(ops.cast(wanted, "float32") - ops.cast(made, "float32")))
