"""Nets that learn against each other: what adversarial models share. `gan` has the GAN itself.

A step of one side changes nothing of the other: not its weights, and not the moving statistics of
its norms or its random states either. TensorFlow only.
"""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import keras
import tensorflow as tf
from keras import ops

from kerasuite.training.adversarial_losses import check_loss, discriminator_loss
from kerasuite.training.machine import keep_order

Figures = dict[str, Any]


class Adversarial(keras.Model):
    """A model of two sides, each with its optimizer; `fit`, `save` and checkpoints know both.

    The generator's side is descended by `optimizer`, the discriminator's by
    `discriminator_optimizer`. A subclass has `discriminator_step`, and `generator_goal` or a
    `learn` of its own; it may have `pretraining_step`. Of other nets than these two, it says to
    which side they belong.

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
    average: keras.Model | None = None
    """The averaged generator, which answers in its place; see `_will_average`."""
    pretraining = 0
    """How many steps the generator learns alone, by `pretraining_step`, before the others."""

    def __init__(
        self, loss: str, smoothing: float = 0.0, seed: int | None = None, name: str | None = None
    ) -> None:
        check_loss(loss, smoothing)
        super().__init__(name=name)
        self.loss_name, self.smoothing, self.seed = loss, smoothing, seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self._means: dict[str, keras.metrics.Mean] = {}

    @property
    def sampler(self) -> keras.Model:
        """The net to generate with: the averaged generator, if there is one."""
        return self.average or self.generator

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        return self.sampler(inputs, training=training)

    def generator_variables(self) -> list[keras.Variable]:
        """What the generator's side learns."""
        return self.generator.trainable_variables

    def discriminator_variables(self) -> list[keras.Variable]:
        """What the discriminator's side learns."""
        return self.discriminator.trainable_variables

    def train_step(self, data: Any) -> Figures:
        given, wanted, _ = keras.utils.unpack_x_y_sample_weight(data)
        if not self.pretraining:
            return self.learn(given, wanted)
        return self._in_turn(
            self.pretraining,
            lambda: self.pretraining_step(given, wanted),
            lambda: self.learn(given, wanted),
        )

    def learn(self, given: Any, wanted: Any) -> Figures:
        """One step of the discriminator on a batch, then one of the generator.

        The generator answers once, for both.
        """

        def loss() -> tuple[Any, tuple[Figures, Figures]]:
            made = self.generator(given, training=True)
            noted = self.discriminator_step(given, wanted, ops.stop_gradient(made))
            value, own = self.generator_goal(given, wanted, made)
            return value, (noted, own)

        noted, own = self._descend(loss, self.optimizer, self.generator_variables())
        self._update_average()
        return noted | self._noted(**own)

    def generator_step(self, given: Any, wanted: Any) -> Figures:
        """One step of the generator alone, from the discriminator as it is."""

        def loss() -> tuple[Any, Figures]:
            return self.generator_goal(given, wanted, self.generator(given, training=True))

        own = self._descend(loss, self.optimizer, self.generator_variables())
        self._update_average()
        return self._noted(**own)

    def pretraining_step(self, given: Any, wanted: Any) -> Figures:
        """One step of the generator without a discriminator."""
        raise NotImplementedError

    def discriminator_step(self, given: Any, wanted: Any, made: Any = None) -> Figures:
        """One step of the discriminator; without `made`, on what the generator answers now."""
        raise NotImplementedError

    def generator_goal(self, given: Any, wanted: Any, made: Any) -> tuple[Any, Figures]:
        """What the generator descends, for what it has made of `given`, and the parts of it."""
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
        keep_order()
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
    def loss_names(self) -> tuple[str, ...]:
        """The figures of each step, all parts of losses: a run ends when one is not finite."""
        return tuple(self._means)

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

    def _will_average(self, ema: float) -> None:
        """Keeps a running mean of the generator's weights, of which `ema` stays at each step; 0 for
        none. A subclass calls `_update_average` after the generator's steps."""
        if not 0 <= ema < 1:
            raise ValueError(f"`ema` must be at least 0 and below 1. Received: ema={ema}")
        self.ema = ema
        if ema:
            self.average = keras.models.clone_model(self.generator)
            self.average.set_weights(self.generator.get_weights())
            self.average.trainable = False

    def _update_average(self) -> None:
        if self.average is None:
            return
        for mean, new in zip(self.average.weights, self.generator.weights, strict=True):
            mean.assign(self.ema * mean + (1 - self.ema) * new)

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

    def _in_turn(self, steps: int, early: Callable[[], Any], late: Callable[[], Any]) -> Figures:
        """One way to learn for the first steps, and then another.

        Steps are counted by the generator's optimizer, whose count goes on in a resumed run.

        Args:
            steps: how many are early.
            early: learns, for these.
            late: learns, afterwards.

        Returns:
            The means of all figures so far in this epoch, 0 of those that nobody has noted.
        """

        def noted(learn: Callable[[], Any]) -> Figures:
            learn()
            return {name: mean.result() for name, mean in self._means.items()}

        first = ops.cast(self.optimizer.iterations, "int64") < steps
        return tf.cond(first, lambda: noted(early), lambda: noted(late))

    def _tell_apart(self, *games: tuple[keras.Model, Any, Any], share: float = 1.0) -> Any:
        """One step of the discriminators, each of which learns to tell real from fake.

        Args:
            games: of each discriminator: the net, what it takes that is real, and what is fake.
            share: what the loss is multiplied by.

        Returns:
            The loss of all together, times `share`.
        """

        def loss() -> tuple[Any, Any]:
            value = 0.0
            for net, *kinds in games:
                scores = (net(kind, training=True) for kind in kinds)
                value += discriminator_loss(self.loss_name, *scores, self.smoothing)
            return share * value, share * value

        return self._descend(loss, self.discriminator_optimizer, self.discriminator_variables())


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


def falling_twice(first: int, last: int, held: float, higher: float) -> Callable[[int], float]:
    """Returns the curve of `falling` over the first epochs, `higher` times as high, and then that
    over the others.

    Args:
        first: how many epochs are first.
        last: how many follow, at least one.
        held: as of `falling`, in each part.
        higher: what the shares of the first part are multiplied by.
    """
    before, after = falling(first, held), falling(last, held)
    return lambda epoch: higher * before(epoch) if epoch < first else after(epoch - first)


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
