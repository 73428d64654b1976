"""Greedy pretraining: one layer after the other learns to repair its own input, or as an RBM."""

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from kerasuite.data.batches import shuffled_indices, steps_per_epoch
from kerasuite.evaluation.likelihood import check_unit_interval
from kerasuite.layers import RBM, Corruption
from kerasuite.training import fitting
from kerasuite.training.adam import Adam
from kerasuite.training.contrastive_divergence import ContrastiveDivergence, first_bias
from kerasuite.training.reconstruction_losses import NegativeLogLikelihood, SummedSquaredError

_CHUNK = 4096


def pretrain(
    layers: Sequence[keras.layers.Layer],
    inputs: np.ndarray,
    *,
    corruption: str = "masking",
    level: float | Sequence[float] = 0.25,
    likelihood: str = "bernoulli",
    epochs: int = 10,
    batch_size: int = 100,
    learning_rate: float = 1e-3,
    seed: int = 0,
    on_epoch: Callable[[int, int, float], None] | None = None,
) -> list[list[float]]:
    """Trains each layer as a denoising autoencoder on the outputs of those before it.

    Each layer is followed by a dense one, thrown away afterwards, that gives back the layer's own
    input without the noise. Only layers of a stack learn in place; none is changed by those above.

    Args:
        layers: what is stacked, from below: each maps float (batch, features) to (batch, units).
            They may be built or not; they are the layers of a net that is fine-tuned afterwards.
        inputs: float32 [n, features], values from 0 to 1 for "bernoulli".
        corruption: kind of noise, see `layers.Corruption`.
        level: of the noise; or one for each layer.
        likelihood: "bernoulli" for cross-entropy, where layers must answer between 0 and 1 (all but
            the last one), or "gaussian" for squared error.
        epochs: passes over the inputs for each layer.
        batch_size: examples per step.
        learning_rate: of Adam.
        seed: of the order of examples, the noise and the thrown-away layers.
        on_epoch: called with the number of the layer, the epoch, and the epoch's mean loss.

    Returns:
        Per layer the mean loss of each epoch, in nats an example.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Vincent, Larochelle, Lajoie, Bengio, Manzagol 2010, "Stacked denoising autoencoders",
        section 3.4; Bengio et al. 2007, "Greedy layer-wise training of deep networks".
    """
    inputs = np.asarray(inputs, "float32")
    if inputs.ndim != 2 or not len(inputs):
        raise ValueError(
            f"`inputs` must be rows of numbers, at least one. Received: shape {inputs.shape}"
        )
    if likelihood not in ("bernoulli", "gaussian"):
        raise ValueError(
            f'`likelihood` must be "bernoulli" or "gaussian". Received: likelihood={likelihood!r}'
        )
    levels = [level] * len(layers) if isinstance(level, int | float) else list(level)
    if len(levels) != len(layers):
        raise ValueError(
            f"`level` must be a number, or one for each of the {len(layers)} layers. "
            f"Received: level={level}"
        )
    histories = []
    for number, (layer, strength) in enumerate(zip(layers, levels, strict=True)):
        if likelihood == "bernoulli":
            check_unit_interval(inputs, f"inputs of layer {number + 1}")
        noise = Corruption(corruption, strength, seed=seed + number)
        model = _denoiser(layer, noise, inputs.shape[1], likelihood, learning_rate, seed + number)
        losses = _fit(model, inputs, epochs, batch_size, seed + number)
        for epoch, loss in enumerate(losses):
            if on_epoch is not None:
                on_epoch(number, epoch, loss)
        histories.append(losses)
        inputs = outputs_of(layer, inputs)
    return histories


def pretrain_rbms(
    layers: Sequence[keras.layers.Dense],
    inputs: np.ndarray,
    how: ContrastiveDivergence | Sequence[ContrastiveDivergence],
    on_epoch: Callable[[int, int, float], None] | None = None,
    machines: Sequence[RBM] | None = None,
    first: int = 0,
) -> list[RBM]:
    """Trains each layer as a restricted Boltzmann machine on the outputs of those before it.

    Args:
        layers: what is stacked, from below; each has a sigmoid, for that is what an RBM's hidden
            units have.
        inputs: float32 [n, features], values from 0 to 1 unless the first machine is Gaussian.
        how: the machines learn; or one for each layer.
        on_epoch: as of `pretrain`; the layer has the machine's weights by then.
        machines: what learns, one for each layer and built; left out, new ones with binary units.
        first: the layer to begin with; those below it have learnt already.

    Returns:
        The machines, which also know the way down; their kernels and biases are the layers' now.

    Raises:
        ValueError: if a layer has no sigmoid, or inputs are not as described.

    Reference:
        Hinton, Osindero, Teh 2006, "A fast learning algorithm for deep belief nets", section 4.
    """
    hows = [how] * len(layers) if isinstance(how, ContrastiveDivergence) else list(how)
    machines = list(machines or map(_machine, layers, hows))
    for number, (layer, machine) in enumerate(zip(layers, machines, strict=True)):
        if layer.activation is not keras.activations.sigmoid:
            raise ValueError(
                "`layers` must be dense with a sigmoid. Received: "
                f"layer {number + 1} with {keras.activations.serialize(layer.activation)}"
            )
        if number >= first:
            _learn_layer(layer, machine, inputs, hows[number], number, on_epoch)
        inputs = outputs_of(layer, inputs)
    return machines


def begin(machine: RBM, inputs: np.ndarray, seed: int) -> None:
    """Sets a built machine's weights as they are before learning: small, biases by the data."""
    kernel = np.random.default_rng(seed).normal(0, 0.01, machine.kernel.shape)
    machine.set_weights([kernel, np.zeros(machine.units), first_bias(inputs, machine.visible)])


def _machine(layer: keras.layers.Dense, how: ContrastiveDivergence) -> RBM:
    return RBM(layer.units, kernel_initializer=keras.initializers.RandomNormal(0, 0.01, how.seed))


def _learn_layer(
    layer: keras.layers.Dense,
    machine: RBM,
    inputs: np.ndarray,
    how: ContrastiveDivergence,
    number: int,
    on_epoch: Callable[[int, int, float], None] | None,
) -> None:
    if not layer.built:
        layer.build(inputs.shape)
    if machine.built:
        begin(machine, inputs, how.seed + number)

    def note(epoch: int, error: float) -> None:
        layer.set_weights([machine.kernel, machine.bias])
        if on_epoch is not None:
            on_epoch(number, epoch, error)

    how.train(machine, inputs, note)


def _denoiser(
    layer: keras.layers.Layer,
    noise: Corruption,
    features: int,
    likelihood: str,
    learning_rate: float,
    seed: int,
) -> keras.Model:
    pixels = keras.Input((features,))
    back = keras.layers.Dense(
        features, kernel_initializer=keras.initializers.GlorotUniform(seed=seed), dtype="float32"
    )
    model = keras.Model(pixels, back(layer(noise(pixels))))
    loss = NegativeLogLikelihood("bernoulli") if likelihood == "bernoulli" else SummedSquaredError()
    model.compile(Adam(learning_rate), loss=loss, jit_compile=False)
    return model


def _fit(
    model: keras.Model, inputs: np.ndarray, epochs: int, batch_size: int, seed: int
) -> list[float]:
    with tf.device("CPU"):
        rows = tf.constant(inputs)
    order = shuffled_indices(len(inputs), batch_size, seed)
    batches = order.map(lambda index: (tf.gather(rows, index),) * 2).prefetch(tf.data.AUTOTUNE)
    history = fitting.fit(
        model,
        batches,
        steps_per_epoch=steps_per_epoch(len(inputs), batch_size),
        epochs=epochs,
    )
    return [float(loss) for loss in history.history["loss"]]


def outputs_of(layer: keras.layers.Layer, inputs: np.ndarray) -> np.ndarray:
    """What a layer makes of rows, a few thousand at a time."""
    pieces = [inputs[i : i + _CHUNK] for i in range(0, len(inputs), _CHUNK)]
    return np.concatenate([keras.ops.convert_to_numpy(layer(p)) for p in pieces]).astype("float32")
