"""The SavedModel's functions: a picture into the codes of its patches, and back."""

from typing import Any

import numpy as np
import tensorflow as tf

from kerasuite.apps.sparse_coding.config import SparseCodingConfig
from kerasuite.apps.sparse_coding.measuring import test_picture
from kerasuite.apps.sparse_coding.pictures import denoised, joined, tiles
from kerasuite.data.decoding import decode_pictures
from kerasuite.data.pictures import png_bytes
from kerasuite.data.splits import Splits
from kerasuite.export.made_pictures import png_files_of_shares
from kerasuite.export.signature import Check, Signature
from kerasuite.training.patch_coders import PatchCoder

_FILES = "picture files of any size (PNG, JPEG, GIF, BMP, WebP)"


class Functions:
    """A trained coder as functions of tensors."""

    def __init__(self, model: PatchCoder, config: SparseCodingConfig) -> None:
        self.model, self.config = model, config

    def encode(self, image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
        return self.coded(self._pictures(image_bytes))

    def decode(self, code: tf.Tensor, mean: tf.Tensor) -> dict[str, tf.Tensor]:
        pictures = self.rebuilt(code, mean)
        return {
            "picture_bytes": png_files_of_shares(pictures[..., None]),
            "pictures": 255.0 * pictures,
        }

    def reconstruct(self, image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
        pictures = self._pictures(image_bytes)
        coded = self.coded(pictures)
        rebuilt = self.rebuilt(**coded)
        active = tf.cast(tf.abs(coded["code"]) > 1e-4, tf.float32)
        return {
            "picture_bytes": png_files_of_shares(rebuilt[..., None]),
            "error": tf.reduce_mean(tf.square(pictures - rebuilt), [1, 2]),
            "active_share": tf.reduce_mean(active, [1, 2, 3]),
        }

    def denoise(self, image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
        pictures = self.repaired(self._pictures(image_bytes))
        return {
            "picture_bytes": png_files_of_shares(pictures[..., None]),
            "pictures": 255.0 * pictures,
        }

    def coded(self, pictures: tf.Tensor) -> dict[str, tf.Tensor]:
        """The codes and means of patches side by side, of pictures [batch, side, side]."""
        patches = tiles(pictures, self.config.patch)
        rows = tf.reshape(patches, [-1, self.config.patch**2])
        codes = tf.cast(self.model(rows, training=False), tf.float32)
        grid = tf.shape(patches)[:3]
        count = self.config.picture_size // self.config.patch
        code = tf.reshape(codes, tf.concat([grid, [self.config.code]], 0))
        return {
            "code": tf.ensure_shape(code, [None, count, count, self.config.code]),
            "mean": tf.reduce_mean(patches, -1),
        }

    def rebuilt(self, code: tf.Tensor, mean: tf.Tensor) -> tf.Tensor:
        """Pictures [batch, side, side] from 0 to 1, out of what `coded` returns."""
        rows = self.model.rebuilt(tf.reshape(code, [-1, self.config.code]))
        shape = tf.concat([tf.shape(mean), [self.config.patch**2]], 0)
        patches = tf.reshape(rows, shape) + mean[..., None]
        return tf.clip_by_value(joined(patches, self.config.patch), 0.0, 1.0)

    def repaired(self, pictures: tf.Tensor) -> tf.Tensor:
        config = self.config
        penalty = config.shrinkage * config.noise
        atoms = self.model.atoms()
        steps = config.cleaning_steps
        return denoised(pictures, atoms, config.patch, config.stride, penalty, steps)

    def _answer(self, pictures: tf.Tensor) -> dict[str, tf.Tensor]:
        files = png_files_of_shares(pictures[..., None])
        return {"picture_bytes": files, "pictures": 255.0 * pictures}

    def _pictures(self, image_bytes: tf.Tensor) -> tf.Tensor:
        side = self.config.picture_size
        pictures = decode_pictures(image_bytes, (side, side), 1)
        return tf.cast(pictures[..., 0], tf.float32) / 255.0


def coder_signatures(model: PatchCoder, config: SparseCodingConfig) -> dict[str, Signature]:
    """Returns the functions that a coder is served by."""
    functions = Functions(model, config)
    count = config.picture_size // config.patch
    image = tf.TensorSpec([None], tf.string, "image_bytes")
    code = tf.TensorSpec([None, count, count, config.code], tf.float32, "code")
    mean = tf.TensorSpec([None, count, count], tf.float32, "mean")

    def of_files(function: Any, about: str) -> Signature:
        about = f"{_FILES} → {about}"
        return Signature(
            lambda *inputs: function(*inputs), (image,), {"image_bytes": "picture"}, about
        )

    side = config.picture_size
    reconstruct = of_files(
        functions.reconstruct,
        f"grey PNG pictures of {side}x{side} as their codes have them, the mean squared error, and "
        "the share of the code that is not 0",
    )
    return {
        "serving_default": reconstruct,
        "encode": of_files(functions.encode, "the code and the mean of each patch"),
        "decode": Signature(
            lambda *inputs: functions.decode(*inputs),
            (code, mean),
            {"code": "array", "mean": "array"},
            "codes and means of patches → grey PNG pictures, and their values from 0 to 255",
        ),
        "denoise": of_files(
            functions.denoise,
            f"grey PNG pictures of {side}x{side} cleaned of noise with a deviation of "
            f"{255 * config.noise:.0f} grey levels, and their values from 0 to 255",
        ),
    }


def coder_checks(model: PatchCoder, splits: Splits, config: SparseCodingConfig) -> dict[str, Check]:
    """Returns a test picture and the Keras model's own answers to it, patch by patch."""
    side, patch = config.picture_size, config.patch
    grey = np.round(255 * test_picture(splits.test, config)).astype("uint8")
    files = np.array([png_bytes(grey[..., None])], dtype=object)
    values = grey.astype("float32") / 255
    count = side // patch
    rows = values.reshape(count, patch, count, patch).swapaxes(1, 2).reshape(-1, patch**2)
    codes = model.predict(rows, batch_size=len(rows), verbose=0)
    means = rows.mean(1).reshape(1, count, count)
    rebuilt = np.asarray(model.rebuilt(codes)) + rows.mean(1, keepdims=True)
    back = rebuilt.reshape(count, count, patch, patch).swapaxes(1, 2).reshape(1, side, side)
    back = back.clip(0, 1)
    code = codes.reshape(1, count, count, -1)
    given = {"image_bytes": files}
    error = np.square(back - values).mean((1, 2))
    clean = Functions(model, config).repaired(values[None]).numpy()
    reconstruct = Check(given, {"error": error})
    return {
        "serving_default": reconstruct,
        "encode": Check(given, {"code": code, "mean": means}),
        "decode": Check({"code": code, "mean": means}, {"pictures": 255 * back}),
        "denoise": Check(given, {"pictures": 255 * clean}),
    }
