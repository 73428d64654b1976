"""The SavedModel's functions: picture files in, made pictures of the same sizes out."""

import keras
import numpy as np
import tensorflow as tf

from kerasuite.data.decoding import decode_with_sizes
from kerasuite.data.pictures import png_bytes
from kerasuite.data.splits import Info, Splits
from kerasuite.export.made_pictures import encoded, off_the_middle, sized_png_files
from kerasuite.export.signature import Check, Signature

CHECKED = 8


def directions(model: keras.Model) -> dict[str, keras.Model]:
    """The nets by the name of their signature: of CycleGAN's, "back" goes the other way."""
    found = {"serving_default": model.generator}
    return {**found, "back": model.back} if hasattr(model, "back") else found


def signatures(model: keras.Model, info: Info) -> dict[str, Signature]:
    """Returns the functions that a translator is served by.

    Args:
        model: the adversarial model.
        info: of the data it was trained on.
    """
    return {name: _signature(net, info.name) for name, net in directions(model).items()}


def _signature(net: keras.Model, data: str) -> Signature:
    *size, channels = net.input_shape[1:]

    def translate(image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
        pictures, sizes = decode_with_sizes(image_bytes, tuple(size), channels)
        made = net(tf.cast(pictures, tf.float32) / 127.5 - 1.0, training=False)
        return {"image_bytes": sized_png_files(tf.cast(made, tf.float32), sizes)}

    return Signature(
        translate,
        (tf.TensorSpec([None], tf.string, "image_bytes"),),
        {"image_bytes": "picture"},
        "picture files of any size (PNG, JPEG, GIF, BMP, WebP) → PNG files of the same sizes, made "
        f"of them as {data} has it",
    )


def checks(model: keras.Model, splits: Splits) -> dict[str, Check]:
    """Returns held-out pictures, and the Keras model's own answers to them."""
    found = {}
    for name, net in directions(model).items():
        given = splits.test.first if name == "serving_default" else splits.test.second
        given = given[: 8 * CHECKED]
        made = net.predict(given.astype("float32") / 127.5 - 1.0, verbose=0).astype("float32")
        which = off_the_middle(made, CHECKED)
        raw = np.array([png_bytes(given[i]) for i in which], dtype=object)
        found[name] = Check({"image_bytes": raw}, {"image_bytes": encoded(made[which])})
    return found
