"""GAN-CLS: pictures of texts, against a discriminator that knows which text belongs to a picture.

TensorFlow only.
"""

from typing import Any, ClassVar

import keras
from keras import ops

from kerasuite.training.adversarial import Adversarial, Figures, check_at_least_zero, left_alone
from kerasuite.training.adversarial_losses import discriminator_loss, generator_loss


@keras.saving.register_keras_serializable(package="kerasuite")
class GANCLS(Adversarial):
    """A generator of pictures from noise and texts, against a matching-aware discriminator.

    Batches are (pictures, ids of their texts). The discriminator is to say yes to a picture with
    its own text, and no to a generated picture with the text that it was made of, and to a picture
    with another's text. A text is another's if it is that of the next picture of the batch.

    The generator may also learn from texts that nobody wrote: the means of two codes.

    Args:
        generator: [noise (batch, latent), codes] → pictures.
        discriminator: [pictures, codes] → scores.
        text_encoder: ids → codes; learns nothing here.
        interpolation: weight of the generator's loss for mixed codes; 0 for none.
        loss: name of the adversarial loss.
        smoothing: one-sided label smoothing.
        seed: of the noise; None to draw one.
        name: of the model.

    Call arguments:
        inputs: [noise, ids].

    Returns:
        Pictures.

    Raises:
        ValueError: if an argument is out of its range.

    Reference:
        Reed et al. 2016, "Generative adversarial text to image synthesis", algorithm 1 and
        equation 5.
    """

    NETS: ClassVar[tuple[str, ...]] = ("generator", "discriminator", "text_encoder")

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        text_encoder: keras.Model,
        interpolation: float = 1.0,
        loss: str = "non_saturating",
        smoothing: float = 0.0,
        seed: int | None = None,
        name: str = "gan_cls",
    ) -> None:
        super().__init__(loss, smoothing, seed, name)
        check_at_least_zero(interpolation=interpolation)
        self.generator, self.discriminator = generator, discriminator
        self.text_encoder, self.interpolation = text_encoder, interpolation
        self.text_encoder.trainable = False
        self.latent = generator.inputs[0].shape[-1]
        self._will_note("generator_loss", "discriminator_loss")
        self.built = True

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        noise, ids = inputs
        return self.generator([noise, self.text_encoder(ids, training=False)], training=training)

    def learn(self, pictures: Any, ids: Any) -> Figures:
        """One step of the discriminator, then of the generator, by the codes of the texts."""
        codes = self.text_encoder(ids, training=False)
        return self.discriminator_step(pictures, codes) | self.generator_step(codes)

    def discriminator_step(self, pictures: Any, codes: Any) -> Figures:
        """The discriminator learns from right, wrong and made pairs."""
        pictures = ops.convert_to_tensor(pictures)
        made = left_alone(self.generator, [self._noise(codes), codes])
        others = ops.roll(codes, 1, axis=0)

        def loss() -> tuple[Any, Any]:
            right, wrong, fake = (
                self.discriminator(pair, training=True)
                for pair in ([pictures, codes], [pictures, others], [made, codes])
            )
            # Half the weight for each way to be no pair.
            value = 0.5 * sum(
                discriminator_loss(self.loss_name, right, no, self.smoothing)
                for no in (wrong, fake)
            )
            return value, value

        value = self._descend(loss, self.discriminator_optimizer, self.discriminator_variables())
        return self._noted(discriminator_loss=value)

    def generator_step(self, codes: Any) -> Figures:
        """The generator learns from texts, and from what lies between two of them."""
        codes = ops.convert_to_tensor(codes)
        between = (codes + ops.roll(codes, 1, axis=0)) / 2

        def fooling(given: Any) -> Any:
            made = self.generator([self._noise(given), given], training=True)
            return generator_loss(self.loss_name, left_alone(self.discriminator, [made, given]))

        def loss() -> tuple[Any, Any]:
            own = fooling(codes)
            value = own
            if self.interpolation:
                value = own + self.interpolation * fooling(between)
            return value, own

        value = self._descend(loss, self.optimizer, self.generator_variables())
        return self._noted(generator_loss=value)

    def _noise(self, codes: Any) -> Any:
        return keras.random.normal((ops.shape(codes)[0], self.latent), seed=self.seed_generator)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {**super().get_config(), "interpolation": self.interpolation}
