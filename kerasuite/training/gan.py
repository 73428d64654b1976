"""Examples made of noise: the GAN, the Wasserstein GAN, and consensus optimization.

TensorFlow only.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from kerasuite.training.adversarial import Adversarial, Figures, check_at_least_zero, left_alone
from kerasuite.training.adversarial_losses import (
    discriminator_loss,
    generator_loss,
    gradient_penalty,
)
from kerasuite.training.differentiable_augmentation import changed, check_kinds


@keras.saving.register_keras_serializable(package="kerasuite")
class GAN(Adversarial):
    """A generator of examples from noise, against a discriminator of real and generated ones.

    Batches are examples (batch, ...), or pairs of them and classes, int (batch,), which a
    generator and a discriminator with two inputs are given as the second. A batch is divided into
    `n_critic` parts: the discriminator learns from one after the other, the generator then once.

    The mean `generator_loss` and `discriminator_loss` of an epoch are its figures (of the critics
    of Wasserstein's loss, the latter is minus the distance that they estimate), and of a gradient
    penalty its mean, without the weight.

    Args:
        generator: noise (batch, latent) → examples; or [noise, classes] → examples.
        discriminator: examples → scores (batch, 1) without a sigmoid; or [examples, classes] →
            scores.
        loss: name of the adversarial loss, one of `adversarial_losses.NAMES`.
        n_critic: steps of the discriminator for one of the generator.
        gradient_penalty: weight of the penalty on the discriminator's slope, 10 in the paper; 0
            for none.
        clip: the discriminator's weights are cut off at this size after each of its steps, 0.01 in
            the paper; 0 for no limit.
        consensus: weight of half the squared gradient of both losses, which both sides then
            descend as well, in one simultaneous step; 10 in the paper, 0 for none.
        smoothing: one-sided label smoothing, at least 0 and below 0.5.
        ema: how much of the averaged generator stays at each step, such as 0.999; it then answers
            in the place of the generator. 0 for none.
        augment: how everything that the discriminator sees is changed at random, any of
            `differentiable_augmentation.KINDS`.
        seed: of the noise, and of these changes; None to draw one.
        name: of the model.

    Call arguments:
        inputs: what the generator takes.

    Returns:
        What it generates.

    Raises:
        ValueError: if an argument is out of its range, or two of them exclude each other.

    Reference:
        Goodfellow et al. 2014, "Generative adversarial nets"; Mirza & Osindero 2014, "Conditional
        generative adversarial nets"; Arjovsky et al. 2017, "Wasserstein GAN", algorithm 1;
        Gulrajani et al. 2017, "Improved training of Wasserstein GANs", algorithm 1; Mescheder et
        al. 2017, "The numerics of GANs", algorithm 2 (consensus optimization); Zhao et al. 2020,
        "Differentiable augmentation for data-efficient GAN training", equations 4 to 6.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        loss: str = "non_saturating",
        n_critic: int = 1,
        gradient_penalty: float = 0.0,
        clip: float = 0.0,
        consensus: float = 0.0,
        smoothing: float = 0.0,
        ema: float = 0.0,
        augment: Sequence[str] = (),
        seed: int | None = None,
        name: str = "gan",
    ) -> None:
        super().__init__(loss, smoothing, seed, name)
        check_at_least_zero(gradient_penalty=gradient_penalty, clip=clip, consensus=consensus)
        if n_critic < 1:
            raise ValueError(f"`n_critic` must be at least 1. Received: n_critic={n_critic}")
        if consensus and (n_critic > 1 or gradient_penalty):
            raise ValueError(
                "`consensus` is one simultaneous step: it goes with neither `n_critic` above 1 nor "
                f"`gradient_penalty`. Received: n_critic={n_critic}, "
                f"gradient_penalty={gradient_penalty}"
            )
        check_kinds(augment)
        self.augment = tuple(augment)
        self.generator, self.discriminator = generator, discriminator
        self.n_critic, self.penalty_weight, self.clip = n_critic, gradient_penalty, clip
        self.consensus = consensus
        self.conditional = len(generator.inputs) == 2
        self.latent = generator.inputs[0].shape[-1]
        self._will_average(ema)
        self._will_note("generator_loss", "discriminator_loss", "gradient_penalty")
        self.built = True

    def compile(self, *args: Any, **kwargs: Any) -> None:
        super().compile(*args, **kwargs)
        if self.consensus and isinstance(self.optimizer, keras.optimizers.LossScaleOptimizer):
            raise ValueError(
                "`consensus` squares gradients, which mixed_float16 cannot hold. Use "
                "mixed_bfloat16 or float32. Received: mixed_float16"
            )

    def learn(self, real: Any, classes: Any = None) -> Figures:
        """`n_critic` steps of the discriminator and one of the generator, or one of both at once.

        Args:
            real: float tensor (batch, ...).
            classes: int (batch,), or None.

        Returns:
            The means of the figures so far in this epoch.
        """
        if self.consensus:
            return self.consensus_step(real, classes)
        size = tf.shape(real)[0] // self.n_critic
        for i in range(self.n_critic):
            part = slice(i * size, (i + 1) * size)
            given = None if classes is None else classes[part]
            if i + 1 < self.n_critic:
                self.discriminator_step(real[part], given)
        return self._both_steps(real[part], given)

    def discriminator_step(self, real: Any, classes: Any = None, fake: Any = None) -> Figures:
        """The discriminator learns from real examples, and as many generated ones.

        Args:
            real: float tensor (batch, ...).
            classes: int (batch,), or None.
            fake: the generated ones; left out, fresh ones.

        Returns:
            The means of its loss and penalty so far in this epoch.
        """
        if fake is None:
            fake = left_alone(self.generator, self._noise(_len(real), classes))
        real, fake = self._seen(real), self._seen(fake)

        def loss() -> tuple[Any, Figures]:
            scores = [self._score(x, classes) for x in (real, fake)]
            value = discriminator_loss(self.loss_name, *scores, self.smoothing)
            figures = {"discriminator_loss": value}
            if self.penalty_weight:
                penalty = gradient_penalty(
                    lambda x: self._score(x, classes), real, fake, self.seed_generator
                )
                figures["gradient_penalty"] = penalty
                value = value + self.penalty_weight * penalty
            return value, figures

        figures = self._descend(loss, self.discriminator_optimizer, self.discriminator_variables())
        if self.clip:
            for variable in self.discriminator_variables():
                variable.assign(ops.clip(variable, -self.clip, self.clip))
        return self._noted(**figures)

    def generator_step(self, count: Any, classes: Any = None) -> Figures:
        """The generator learns from what the discriminator says of `count` generated examples.

        Args:
            count: how many.
            classes: theirs, int (count,), or None.

        Returns:
            The mean of its loss so far in this epoch.
        """
        return self._learn_to_fool(count, classes, lambda fake: {})

    def _both_steps(self, real: Any, classes: Any) -> Figures:
        """A step of each side, from the same generated examples."""
        return self._learn_to_fool(
            _len(real),
            classes,
            lambda fake: self.discriminator_step(real, classes, ops.stop_gradient(fake)),
        )

    def _learn_to_fool(self, count: Any, classes: Any, before: Callable[[Any], Figures]) -> Figures:
        """A step of the generator, with what is to be done before it to what it has made."""
        noise = self._noise(count, classes)

        def loss() -> tuple[Any, tuple[Figures, Any]]:
            fake = self.generator(noise, training=True)
            noted = before(fake)
            score = left_alone(self.discriminator, self._given(self._seen(fake), classes))
            value = generator_loss(self.loss_name, score)
            return value, (noted, value)

        noted, value = self._descend(loss, self.optimizer, self.generator_variables())
        self._update_average()
        return noted | self._noted(generator_loss=value)

    def consensus_step(self, real: Any, classes: Any = None) -> Figures:
        """Both sides learn at once, each also towards smaller gradients of both.

        Args:
            real: float tensor (batch, ...).
            classes: int (batch,), or None.

        Returns:
            The means of both losses so far in this epoch.
        """
        noise = self._noise(_len(real), classes)
        sides = [self.generator_variables(), self.discriminator_variables()]
        values = [[v.value for v in side] for side in sides]
        with tf.GradientTape() as outer:
            with tf.GradientTape(persistent=True) as inner:
                fake = self.generator(noise, training=True)
                scores = [self._score(self._seen(x), classes) for x in (real, fake)]
                losses = [
                    generator_loss(self.loss_name, scores[1]),
                    discriminator_loss(self.loss_name, *scores, self.smoothing),
                ]
            own = [inner.gradient(x, v) for x, v in zip(losses, values, strict=True)]
            size = 0.5 * sum(tf.reduce_sum(tf.square(g)) for side in own for g in side)
        shared = outer.gradient(size, values, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        for optimizer, side, g, r in zip(self.optimizers, sides, own, shared, strict=True):
            optimizer.apply([a + self.consensus * b for a, b in zip(g, r, strict=True)], side)
        self._update_average()
        return self._noted(generator_loss=losses[0], discriminator_loss=losses[1])

    def _noise(self, count: Any, classes: Any) -> Any:
        noise = keras.random.normal((count, self.latent), seed=self.seed_generator)
        return self._given(noise, classes)

    def _score(self, examples: Any, classes: Any) -> Any:
        return self.discriminator(self._given(examples, classes), training=True)

    def _seen(self, examples: Any) -> Any:
        """What the discriminator is shown of examples."""
        if not self.augment:
            return examples
        return changed(examples, self.augment, self.seed_generator)

    def _given(self, values: Any, classes: Any) -> Any:
        # Keras takes no mixture of tensors and arrays.
        both = (values, classes) if self.conditional else (values,)
        tensors = [tf.convert_to_tensor(x) for x in both]
        return tensors if self.conditional else tensors[0]

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {
            **super().get_config(),
            "n_critic": self.n_critic,
            "gradient_penalty": self.penalty_weight,
            "clip": self.clip,
            "consensus": self.consensus,
            "ema": self.ema,
            "augment": self.augment,
        }


def _len(batch: Any) -> Any:
    """How many examples a batch has."""
    return tf.shape(batch)[0]
