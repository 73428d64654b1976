"""The SavedModel's function: picture files in, maps of where people look of the same sizes out."""

import keras
import numpy as np
import tensorflow as tf

from kerasuite.data.decoding import decode_with_sizes
from kerasuite.data.pictures import png_bytes
from kerasuite.data.splits import Info, Splits
from kerasuite.export.made_pictures import encoded, off_the_middle, sized_png_files
from kerasuite.export.signature import Check, Signature

CHECKED = 8


def signatures(model: keras.Model, info: Info) -> dict[str, Signature]:
    """Returns the function that maps are made by."""
    net = model.sampler
    size = tuple(info.shape[:2])

    def look(image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
        pictures, sizes = decode_with_sizes(image_bytes, size, 3)
        made = tf.cast(net(tf.cast(pictures, tf.float32), training=False), tf.float32)
        return {"image_bytes": sized_png_files(2 * made - 1, sizes)}

    return {
        "serving_default": Signature(
            look,
            (tf.TensorSpec([None], tf.string, "image_bytes"),),
            {"image_bytes": "picture"},
            "picture files of any size (PNG, JPEG, GIF, BMP, WebP) → grey PNG files of the same "
            "sizes, light where people look",
        )
    }


def checks(model: keras.Model, splits: Splits) -> dict[str, Check]:
    """Returns held-out pictures, and the Keras model's own answers to them."""
    given = splits.test.images[: 8 * CHECKED]
    made = 2 * maps_of(model, given)[..., None] - 1
    which = off_the_middle(made, CHECKED)
    raw = np.array([png_bytes(given[i]) for i in which], dtype=object)
    return {"serving_default": Check({"image_bytes": raw}, {"image_bytes": encoded(made[which])})}


def maps_of(model: keras.Model, pictures: np.ndarray) -> np.ndarray:
    """The maps of pictures, uint8 [n, height, width, 3] → float32 [n, height, width]."""
    made = model.sampler.predict(pictures.astype("float32"), batch_size=32, verbose=0)
    return made[..., 0].astype("float32")
