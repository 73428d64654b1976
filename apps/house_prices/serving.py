"""The SavedModel's function: named columns in, a price out."""

import keras
import numpy as np
import tensorflow as tf

from kerasuite.data.columns import NUMBER
from kerasuite.data.splits import Info
from kerasuite.data.table_rows import TableRows
from kerasuite.export.signature import Check, Signature

CHECKED_ROWS = 32


def price_signatures(model: keras.Model, info: Info, log: bool) -> dict[str, Signature]:
    """Returns the functions that the model is served by.

    Args:
        model: what `nets.build_net` returned, trained.
        info: of the data it was trained on.
        log: whether it answers with logarithms.
    """
    names = [name for name, *_ in info.columns]

    def price(*columns: tf.Tensor) -> dict[str, tf.Tensor]:
        answers = model(dict(zip(names, columns, strict=True)), training=False)
        mean = tf.reduce_mean(answers, axis=-1)
        return {"price": tf.exp(mean) if log else mean}

    specs = tuple(
        tf.TensorSpec([None], tf.float32 if kind == NUMBER else tf.string, name)
        for name, kind, _ in info.columns
    )
    return {
        "serving_default": Signature(
            price,
            specs,
            dict.fromkeys(names, "column"),
            "a row of numbers and texts by column, NaN and empty texts where values are missing "
            "→ the price",
            resources=tuple(x for x in model.layers if isinstance(x, keras.layers.StringLookup)),
        )
    }


def price_checks(rows: TableRows, predicted: np.ndarray) -> dict[str, Check]:
    """Returns held-out rows and the Keras model's own answers to them.

    Args:
        rows: of the test split.
        predicted: the price of each, from the Keras model.
    """
    some = range(min(CHECKED_ROWS, len(rows)))
    answers = {"price": predicted[: len(some)].astype("float32")}
    return {"serving_default": Check(rows.take(some).columns, answers)}
