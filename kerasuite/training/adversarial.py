"""Nets that learn against each other: what adversarial models share, and the GAN itself.

A step of one side changes nothing of the other: not its weights, and not the moving statistics of
its norms or its random states either. TensorFlow only.
"""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import keras
import tensorflow as tf
from keras import ops

from kerasuite.training.adversarial_losses import (
    check_loss,
    discriminator_loss,
    generator_loss,
    gradient_penalty,
)

Figures = dict[str, Any]


class Adversarial(keras.Model):
    """A model of two sides, each with its optimizer; `fit`, `save` and checkpoints know both.

    The generator's side is descended by `optimizer`, the discriminator's by
    `discriminator_optimizer`. A subclass says which variables belong to which side, and has the
    `train_step`.

    Args:
        loss: name of the adversarial loss, one of `adversarial_losses.NAMES`.
        smoothing: one-sided label smoothing, see `adversarial_losses.discriminator_loss`.
        seed: of everything random in training; None to draw one.
        name: of the model.

    Raises:
        ValueError: if an argument is out of its range.
    """

    NETS: ClassVar[tuple[str, ...]] = ("generator", "discriminator")
    """The arguments of the constructor that are nets, and kept as attributes of their names."""

    def __init__(
        self, loss: str, smoothing: float = 0.0, seed: int | None = None, name: str | None = None
    ) -> None:
        check_loss(loss, smoothing)
        super().__init__(name=name)
        self.loss_name, self.smoothing, self.seed = loss, smoothing, seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self._means: dict[str, keras.metrics.Mean] = {}

    def generator_variables(self) -> list[keras.Variable]:
        """What the generator's side learns."""
        raise NotImplementedError

    def discriminator_variables(self) -> list[keras.Variable]:
        """What the discriminator's side learns."""
        raise NotImplementedError

    def compile(
        self,
        optimizer: keras.optimizers.Optimizer,
        discriminator_optimizer: keras.optimizers.Optimizer,
        jit_compile: bool | str = "auto",
    ) -> None:
        """Sets the optimizer of each side.

        Args:
            optimizer: of the generator's side; the callbacks of Keras and of a run look at it.
            discriminator_optimizer: of the discriminator's side, another instance.
            jit_compile: as of `keras.Model.compile`.

        Raises:
            ValueError: if one optimizer is to do for both sides: its moments would be mixed.
        """
        if optimizer is discriminator_optimizer:
            raise ValueError("Each side needs an optimizer of its own. Received: one for both")
        super().compile(optimizer=optimizer, jit_compile=jit_compile)
        if isinstance(self.optimizer, keras.optimizers.LossScaleOptimizer):  # mixed_float16
            discriminator_optimizer = keras.optimizers.LossScaleOptimizer(discriminator_optimizer)
        self.discriminator_optimizer = discriminator_optimizer
        # Now, and each with its own side's: `fit` would give the first one all variables.
        self.optimizer.build(self.generator_variables())
        self.discriminator_optimizer.build(self.discriminator_variables())

    def get_compile_config(self) -> dict[str, Any]:
        """Both optimizers, for `save`."""
        if not self.compiled:
            return {}
        both = {
            "optimizer": self.optimizer,
            "discriminator_optimizer": self.discriminator_optimizer,
        }
        plain = {k: getattr(v, "inner_optimizer", v) for k, v in both.items()}
        return {
            **{k: keras.saving.serialize_keras_object(v) for k, v in plain.items()},
            "jit_compile": self.jit_compile,
        }

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles with what `get_compile_config` gave."""
        self.compile(**keras.saving.deserialize_keras_object(config))

    def save_own_variables(self, store: Any) -> None:
        """Keeps the state of the noise, which Keras's files leave out."""
        store["noise"] = ops.convert_to_numpy(self.seed_generator.state)

    def load_own_variables(self, store: Any) -> None:
        """Puts back what `save_own_variables` kept."""
        self.seed_generator.state.assign(store["noise"])

    def get_config(self) -> dict[str, Any]:
        """The nets and the arguments that all have; a subclass adds its own."""
        nets = {
            name: keras.saving.serialize_keras_object(getattr(self, name)) for name in self.NETS
        }
        common = {"loss": self.loss_name, "smoothing": self.smoothing, "seed": self.seed}
        return {**nets, **common, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "Adversarial":
        nets = {
            name: keras.saving.deserialize_keras_object(config[name], custom_objects)
            for name in cls.NETS
        }
        return cls(**{**config, **nets})

    @property
    def optimizers(self) -> list[keras.optimizers.Optimizer]:
        """Of the generator's side, and of the discriminator's."""
        return [self.optimizer, self.discriminator_optimizer]

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return list(self._means.values())

    def _noted(self, **figures: Any) -> Figures:
        """Adds figures to the means of the epoch, and returns these."""
        for name, value in figures.items():
            self._means[name].update_state(value)
        return {name: self._means[name].result() for name in figures}

    def _will_note(self, *names: str) -> None:
        self._means = {name: keras.metrics.Mean(name) for name in names}

    def _descend(
        self, loss: Callable[[], tuple[Any, Any]], optimizer: Any, variables: Sequence[Any]
    ) -> Any:
        """One step of one side.

        Args:
            loss: computes what is descended, and anything else that is wanted from there.
            optimizer: the side's.
            variables: the side's.

        Returns:
            What `loss` gave beside the loss.
        """
        with tf.GradientTape() as tape:
            value, others = loss()
            scaled = optimizer.scale_loss(value)
        optimizer.apply(tape.gradient(scaled, [v.value for v in variables]), variables)
        return others


class SharedRate(keras.callbacks.Callback):
    """Moves the learning rates of both sides along one curve.

    A function of the epoch alone, so that a resumed run goes on with the right ones.

    Args:
        share: the epoch, counted from 0, to the share of its highest rate that each side has.
        rate: the generator's highest learning rate.
        discriminator_rate: the discriminator's.
    """

    def __init__(
        self, share: Callable[[int], float], rate: float, discriminator_rate: float
    ) -> None:
        super().__init__()
        self.share, self.rates = share, (rate, discriminator_rate)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        for optimizer, rate in zip(self.model.optimizers, self.rates, strict=True):
            optimizer.learning_rate = rate * self.share(epoch)


def falling(epochs: int, held: float) -> Callable[[int], float]:
    """Returns the curve that stays at 1 for a share `held` of the epochs, and then falls straight
    towards 0, which it would reach after the last.

    Reference:
        Zhu et al. 2017, "Unpaired image-to-image translation using cycle-consistent adversarial
        networks", section 4 (there the half is held).
    """
    first = held * epochs
    return lambda epoch: min(1.0, (epochs - epoch) / max(1e-9, epochs - first))


def left_alone(net: keras.Model, inputs: Any) -> Any:
    """What a net answers in training, without a trace in the net.

    Gradients pass through it, but its norms' moving statistics and random states stay as they are.
    """
    outputs, _ = net.stateless_call(
        [v.value for v in net.trainable_variables],
        [v.value for v in net.non_trainable_variables],
        inputs,
        training=True,
    )
    return outputs


def check_at_least_zero(**arguments: float) -> None:
    """Raises ValueError if one of the arguments is negative."""
    for name, value in arguments.items():
        if not value >= 0:
            raise ValueError(f"`{name}` must be at least 0. Received: {name}={value}")


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
        seed: of the noise; None to draw one.
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
        al. 2017, "The numerics of GANs", algorithm 2 (consensus optimization).
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
        seed: int | None = None,
        name: str = "gan",
    ) -> None:
        super().__init__(loss, smoothing, seed, name)
        check_at_least_zero(gradient_penalty=gradient_penalty, clip=clip, consensus=consensus)
        if n_critic < 1:
            raise ValueError(f"`n_critic` must be at least 1. Received: n_critic={n_critic}")
        if not 0 <= ema < 1:
            raise ValueError(f"`ema` must be at least 0 and below 1. Received: ema={ema}")
        if consensus and (n_critic > 1 or gradient_penalty):
            raise ValueError(
                "`consensus` is one simultaneous step: it goes with neither `n_critic` above 1 nor "
                f"`gradient_penalty`. Received: n_critic={n_critic}, "
                f"gradient_penalty={gradient_penalty}"
            )
        self.generator, self.discriminator = generator, discriminator
        self.n_critic, self.penalty_weight, self.clip = n_critic, gradient_penalty, clip
        self.consensus, self.ema = consensus, ema
        self.conditional = len(generator.inputs) == 2
        self.latent = generator.inputs[0].shape[-1]
        self.average = None
        if ema:
            self.average = keras.models.clone_model(generator)
            self.average.set_weights(generator.get_weights())
            self.average.trainable = False
        self._will_note("generator_loss", "discriminator_loss", "gradient_penalty")
        self.built = True

    @property
    def sampler(self) -> keras.Model:
        """The net to generate with: the averaged generator, if there is one."""
        return self.average or self.generator

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        return self.sampler(inputs, training=training)

    def generator_variables(self) -> list[keras.Variable]:
        return self.generator.trainable_variables

    def discriminator_variables(self) -> list[keras.Variable]:
        return self.discriminator.trainable_variables

    def compile(self, *args: Any, **kwargs: Any) -> None:
        super().compile(*args, **kwargs)
        if self.consensus and isinstance(self.optimizer, keras.optimizers.LossScaleOptimizer):
            raise ValueError(
                "`consensus` squares gradients, which mixed_float16 cannot hold. Use "
                "mixed_bfloat16 or float32. Received: mixed_float16"
            )

    def train_step(self, data: Any) -> Figures:
        real, classes, _ = keras.utils.unpack_x_y_sample_weight(data)
        size = tf.shape(real)[0] // self.n_critic
        if self.consensus:
            return self.consensus_step(real, classes)
        for i in range(self.n_critic):
            part = slice(i * size, (i + 1) * size)
            given = None if classes is None else classes[part]
            figures = self.discriminator_step(real[part], given)
        return figures | self.generator_step(size, given)

    def discriminator_step(self, real: Any, classes: Any = None) -> Figures:
        """The discriminator learns from real examples, and as many generated ones.

        Args:
            real: float tensor (batch, ...).
            classes: int (batch,), or None.

        Returns:
            The means of its loss and penalty so far in this epoch.
        """
        fake = left_alone(self.generator, self._noise(len_of(real), classes))

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
        noise = self._noise(count, classes)

        def loss() -> tuple[Any, Any]:
            fake = self.generator(noise, training=True)
            score = left_alone(self.discriminator, self._given(fake, classes))
            value = generator_loss(self.loss_name, score)
            return value, value

        value = self._descend(loss, self.optimizer, self.generator_variables())
        self._update_average()
        return self._noted(generator_loss=value)

    def consensus_step(self, real: Any, classes: Any = None) -> Figures:
        """Both sides learn at once, each also towards smaller gradients of both.

        Args:
            real: float tensor (batch, ...).
            classes: int (batch,), or None.

        Returns:
            The means of both losses so far in this epoch.
        """
        noise = self._noise(len_of(real), classes)
        sides = [self.generator_variables(), self.discriminator_variables()]
        values = [[v.value for v in side] for side in sides]
        with tf.GradientTape() as outer:
            with tf.GradientTape(persistent=True) as inner:
                fake = self.generator(noise, training=True)
                scores = [self._score(x, classes) for x in (real, fake)]
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

    def _given(self, values: Any, classes: Any) -> Any:
        # Keras takes no mixture of tensors and arrays.
        both = (values, classes) if self.conditional else (values,)
        tensors = [tf.convert_to_tensor(x) for x in both]
        return tensors if self.conditional else tensors[0]

    def _update_average(self) -> None:
        if self.average is None:
            return
        for mean, new in zip(self.average.weights, self.generator.weights, strict=True):
            mean.assign(self.ema * mean + (1 - self.ema) * new)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {
            **super().get_config(),
            "n_critic": self.n_critic,
            "gradient_penalty": self.penalty_weight,
            "clip": self.clip,
            "consensus": self.consensus,
            "ema": self.ema,
        }


def len_of(batch: Any) -> Any:
    """How many examples a batch has."""
    return tf.shape(batch)[0]
