"""What passes through the layers of a net: signal forward, gradient back."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

# A unit with less slope than this passes next to no gradient on: it is off, or saturated.
FLAT = 0.05


def layer_statistics(
    model: keras.Model, inputs: np.ndarray, labels: np.ndarray
) -> list[dict[str, Any]]:
    """Measures every `keras.layers.Activation` of a functional classifier, and its gradients.

    Args:
        model: probabilities of classes from `inputs`; the activations to look at are layers of
            their own.
        inputs: a batch.
        labels: int (batch,).

    Returns:
        Per activation layer, in order, a dict of plain numbers:
            `layer`: its name.
            `signal`: standard deviation of its output over examples and units.
            `flat`: share of its outputs where the activation has a slope below 0.05: switched
                off for ReLU, saturated for sigmoid and tanh.
            `dead`: share of its units that are flat for every example.
            `gradient`: root mean square of the cross-entropy's gradient by its output.

    Reference:
        Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural
        networks", sections 3 and 4.
    """
    watched = [x for x in model.layers if isinstance(x, keras.layers.Activation)]
    probe = keras.Model(
        model.inputs, [[x.input for x in watched], [x.output for x in watched], model.outputs[0]]
    )
    # As in training, where batch norm goes by the batch; what that changes in the model (moving
    # statistics, random states) is put back.
    kept = [np.array(v) for v in model.variables]
    with tf.GradientTape() as tape:
        # Outputs inside a graph are no variables; the tape must have seen a source before.
        source = tf.Variable(tf.cast(inputs, tf.float32))
        before, after, answers = probe(source, training=True)
        losses = keras.losses.sparse_categorical_crossentropy(labels, answers)
    gradients = tape.gradient(losses, after)
    for variable, value in zip(model.variables, kept, strict=True):
        variable.assign(value)
    return [
        _described(layer, z, a, g)
        for layer, z, a, g in zip(watched, before, after, gradients, strict=True)
    ]


def _described(layer: keras.layers.Activation, z: Any, output: Any, gradient: Any) -> dict:
    z = tf.cast(z, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(z)
        activated = layer.activation(z)
    flat = np.abs(tape.gradient(activated, z).numpy()) < FLAT
    # A map of a convolution is dead if it is flat at every place, too.
    units = flat.reshape(-1, flat.shape[-1])
    gradient = np.zeros(1) if gradient is None else tf.cast(gradient, tf.float32).numpy()
    return {
        "layer": layer.name,
        "signal": float(np.std(tf.cast(output, tf.float32).numpy())),
        "flat": float(flat.mean()),
        "dead": float(units.all(axis=0).mean()),
        "gradient": float(np.sqrt(np.mean(np.square(gradient, dtype="float64")))),
    }
