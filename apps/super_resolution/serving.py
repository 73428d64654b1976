"""The SavedModel's function: picture files in, larger ones out; and the same for arrays."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from kerasuite.apps.super_resolution.nets import generator_of
from kerasuite.data.decoding import decode_original
from kerasuite.data.enlargements import Enlargements
from kerasuite.data.pictures import png_bytes
from kerasuite.export.made_pictures import encoded, off_the_middle, png_files
from kerasuite.export.signature import Check, Signature
from kerasuite.export.tiles import MOST_PIXELS, enlarge
from kerasuite.models.super_resolution import radius

CHECKED = 8
SIDE = 16  # at most, of the squares of small pictures that are checked
_BATCH = 16


def signatures(model: keras.Model, scale: int) -> dict[str, Signature]:
    """Returns the function that pictures are made larger by."""
    net = generator_of(model)
    margin = radius(net)

    def larger(image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
        def one(data: tf.Tensor) -> tf.Tensor:
            picture = tf.cast(decode_original(data), tf.float32) / 127.5 - 1.0
            return png_files(enlarge(net, picture, scale, margin)[None])[0]

        made = tf.map_fn(one, image_bytes, parallel_iterations=1, fn_output_signature=tf.string)
        return {"image_bytes": made}

    return {
        "serving_default": Signature(
            larger,
            (tf.TensorSpec([None], tf.string, "image_bytes"),),
            {"image_bytes": "picture"},
            f"picture files (PNG, JPEG, GIF, BMP, WebP) of at most {MOST_PIXELS} pixels → PNG "
            f"files {scale} times as high and wide",
        )
    }


def checks(model: keras.Model, test: Enlargements) -> dict[str, Check]:
    """Returns squares of held-out small pictures, and the Keras model's own answers to them."""
    side = min(SIDE, *(n for picture in test.small for n in picture.shape[:2]))
    squares = [
        picture[top : top + side, left : left + side]
        for picture in test.small
        for top in range(0, picture.shape[0] - side + 1, side)
        for left in range(0, picture.shape[1] - side + 1, side)
    ]
    # From all over the pictures, and more than are checked: see `off_the_middle`.
    given = np.stack(squares[:: max(1, len(squares) // (8 * CHECKED))])
    made = generator_of(model).predict(scaled(given), verbose=0).astype("float32")
    which = off_the_middle(made, min(CHECKED, -(-len(given) // 8)))
    raw = np.array([png_bytes(given[i]) for i in which], dtype=object)
    return {"serving_default": Check({"image_bytes": raw}, {"image_bytes": encoded(made[which])})}


def enlarged(model: keras.Model, pictures: Sequence[np.ndarray], scale: int) -> list[np.ndarray]:
    """What a model makes of small pictures.

    Args:
        model: SRResNet or SRGAN.
        pictures: uint8 [height, width, 3] each.
        scale: of the model.

    Returns:
        uint8 [height scale, width scale, 3] each.
    """
    net = generator_of(model)
    if len({picture.shape for picture in pictures}) == 1:
        made = net.predict(scaled(np.stack(pictures)), batch_size=_BATCH, verbose=0)
    else:
        margin = radius(net)
        tiled = tf.function(
            lambda x: enlarge(net, x, scale, margin),
            input_signature=[tf.TensorSpec([None, None, pictures[0].shape[-1]], tf.float32)],
        )
        made = [tiled(scaled(picture)).numpy() for picture in pictures]
    return [np.clip(np.round((x + 1) * 127.5), 0, 255).astype("uint8") for x in made]


def scaled(pictures: np.ndarray) -> np.ndarray:
    """uint8 as float32 from -1 to 1."""
    return pictures.astype("float32") / 127.5 - 1.0
