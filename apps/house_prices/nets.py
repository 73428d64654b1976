"""Wide and deep nets on raw columns: preprocessing, a linear part, and a small MLP."""

from typing import Any

import keras
from keras import layers, ops

from kerasuite.apps.house_prices.config import HousePricesConfig
from kerasuite.data.columns import NUMBER
from kerasuite.data.splits import Info
from kerasuite.layers import OneHotColumns, PackedDense, PiecewiseLinearEncoding


def build_net(config: HousePricesConfig, info: Info) -> keras.Model:
    """Builds an ensemble of wide and deep nets that takes raw columns.

    Args:
        config: the options.
        info: of the data: its `columns`, and mean and standard deviation of the target.

    Returns:
        A functional model: columns [batch] by name, float32 with NaN for missing numbers or
        strings, to the answers of all members [batch, members], on the scale that is learned.

    Reference:
        Cheng et al. 2016, "Wide & deep learning for recommender systems".
    """
    inputs = {
        name: keras.Input((), dtype="float32" if kind == NUMBER else "string", name=name)
        for name, kind, _ in info.columns
    }
    x = layers.Dropout(config.input_dropout, name="input_dropout")(encoded(inputs, info))
    wide = PackedDense(config.members, 1, kernel_initializer="zeros", name="wide")(x)
    for i, units in enumerate(config.hidden_units, 1):
        x = PackedDense(config.members, units, activation="silu", name=f"hidden{i}")(x)
        x = layers.Dropout(config.dropout, name=f"dropout{i}")(x)
    if config.hidden_units:
        # From zero, so that learning begins at the target's mean.
        deep = PackedDense(config.members, 1, kernel_initializer="zeros", name="deep")(x)
        wide = layers.Add(name="wide_and_deep")([wide, deep])
    answers = layers.Reshape((config.members,), dtype="float32", name="members")(wide)
    (mean,), (std,) = info.mean, info.std
    answers = layers.Rescaling(std, mean, dtype="float32", name="scale")(answers)
    return keras.Model(inputs, answers, name="wide_and_deep_net")


def encoded(inputs: dict[str, keras.KerasTensor], info: Info) -> Any:
    """The features of raw columns: float [batch, features].

    Numbers are encoded by the intervals they fall into. A category is 1 in the place of its value,
    and one that was not in the training rows is 0 everywhere, as if it had been dropped out.

    Args:
        inputs: a symbolic tensor [batch] per column, by name.
        info: of the data.
    """
    features = []
    numbers = [(inputs[n], boundaries) for n, kind, boundaries in info.columns if kind == NUMBER]
    if numbers:
        stacked = ops.stack([x for x, _ in numbers], axis=-1)
        encode = PiecewiseLinearEncoding([b for _, b in numbers], name="intervals")
        features.append(encode(stacked))
    categories = [(name, values) for name, kind, values in info.columns if kind != NUMBER]
    if categories:
        found = [
            layers.StringLookup(vocabulary=list(values), name=f"{name}_categories")(inputs[name])
            for name, values in categories
        ]
        sizes = [len(values) for _, values in categories]
        features.append(OneHotColumns(sizes, name="categories")(ops.stack(found, axis=-1)))
    return layers.Concatenate(name="features")(features) if len(features) > 1 else features[0]
