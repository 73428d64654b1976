"""The multilayer perceptron."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from kerasuite.models import parts
from kerasuite.models.data_format import either_data_format


@either_data_format
def MLP(
    include_top: bool = True,
    input_shape: Sequence[int] = (28, 28, 1),
    pooling: str | None = None,
    classes: int = 10,
    classifier_activation: Any = "softmax",
    hidden_units: Sequence[int] = (256, 128),
    activation: Any = "relu",
    dropout: float = 0.0,
    name: str = "mlp",
) -> keras.Model:
    """Builds fully connected layers on the pixels of a picture.

    Args:
        include_top: whether to end with the classifier, else with the last hidden layer.
        input_shape: (height, width, channels).
        pooling: accepted as in every builder; the features have no maps to pool.
        classes: number of classes.
        classifier_activation: "softmax" for probabilities, None for logits.
        hidden_units: units of each hidden layer; may be empty, for a linear classifier.
        activation: activation of the hidden layers.
        dropout: share of each hidden layer dropped in training, in [0, 1).
        name: name of the model.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Rumelhart, Hinton & Williams 1986, "Learning representations by back-propagating
        errors".
    """
    parts.check_top(include_top, pooling, classes)
    parts.check_rate(dropout, "dropout")
    for units in hidden_units:
        parts.check_width(units, "hidden_units")
    inputs = parts.picture_input(input_shape)
    x = layers.Flatten(name="flatten")(inputs)
    for i, units in enumerate(hidden_units, 1):
        x = layers.Dense(units, activation=activation, name=f"hidden{i}")(x)
        if dropout:
            x = layers.Dropout(dropout, name=f"dropout{i}")(x)
    if include_top:
        x = parts.predictions(x, classes, classifier_activation)
    return keras.Model(inputs, x, name=name)
