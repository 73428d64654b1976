"""The SavedModel's functions: pictures into codes, codes into pictures."""

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from kerasuite.apps.autoencoder.config import VARIATIONAL, AutoencoderConfig
from kerasuite.apps.autoencoder.measuring import decoded, encoded, reconstruct, values_of
from kerasuite.apps.autoencoder.nets import DECODER, ENCODER, code_of, pictures_of
from kerasuite.data.decoding import decode_pictures
from kerasuite.data.splits import Info, Splits
from kerasuite.export.made_pictures import png_files_of_shares
from kerasuite.export.signature import Check, Signature

CHECKED_PICTURES = 16
_FILES = "picture files of any size (PNG, JPEG, GIF, BMP, WebP)"


class Functions:
    """A trained autoencoder as functions of tensors; the class is an input of conditional ones.

    Args:
        model: what `nets.autoencoder` returned.
        info: of its data.
        config: its options.
    """

    def __init__(self, model: keras.Model, info: Info, config: AutoencoderConfig) -> None:
        self.config = config
        self.info = info
        self.encoder, self.decoder = model.get_layer(ENCODER), model.get_layer(DECODER)
        self.names = tf.constant(info.class_names)

    def encode(self, image_bytes: tf.Tensor, *given: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"code": self._code(self._values(image_bytes), given)}

    def decode(self, code: tf.Tensor, *given: tf.Tensor) -> dict[str, tf.Tensor]:
        values = self._picture(code, given)
        return {"picture_bytes": png_files_of_shares(values), "pictures": 255.0 * values}

    def reconstruct(self, image_bytes: tf.Tensor, *given: tf.Tensor) -> dict[str, tf.Tensor]:
        values = self._values(image_bytes)
        rebuilt = self._picture(self._code(values, given), given)
        error = tf.reduce_mean(tf.square(values - rebuilt), axis=[1, 2, 3])
        return {"picture_bytes": png_files_of_shares(rebuilt), "error": error}

    def sample(self, seed: tf.Tensor, *given: tf.Tensor) -> dict[str, tf.Tensor]:
        pair = tf.stack([tf.cast(seed, tf.int32), tf.zeros_like(seed, tf.int32)], axis=-1)
        code = tf.map_fn(
            lambda one: tf.random.stateless_normal([self.config.code], one),
            pair,
            fn_output_signature=tf.TensorSpec([self.config.code], tf.float32),
        )
        return {"picture_bytes": png_files_of_shares(self._picture(code, given)), "code": code}

    def _values(self, image_bytes: tf.Tensor) -> tf.Tensor:
        height, width, channels = self.info.shape
        pictures = decode_pictures(image_bytes, (height, width), channels)
        return tf.cast(pictures, tf.float32) / 255.0

    def _code(self, values: tf.Tensor, given: Sequence[tf.Tensor]) -> tf.Tensor:
        answer = self.encoder(self._with_class(values, given), training=False)
        return code_of(tf.cast(answer, tf.float32), self.config)

    def _picture(self, code: tf.Tensor, given: Sequence[tf.Tensor]) -> tf.Tensor:
        parameters = self.decoder(self._with_class(code, given), training=False)
        return pictures_of(parameters, self.config)

    def _with_class(self, x: tf.Tensor, given: Sequence[tf.Tensor]) -> tf.Tensor | list[tf.Tensor]:
        if not given:
            return x
        same = tf.equal(given[0][:, None], self.names[None])
        known = tf.debugging.Assert(
            tf.reduce_all(tf.reduce_any(same, axis=1)),
            [f"class must be one of {', '.join(self.info.class_names)}. Received: ", given[0]],
        )
        with tf.control_dependencies([known] if known is not None else []):
            return [x, tf.cast(same, tf.float32)]


def autoencoder_signatures(
    model: keras.Model, info: Info, config: AutoencoderConfig
) -> dict[str, Signature]:
    """Returns the functions that an autoencoder is served by."""
    functions = Functions(model, info, config)
    conditional = config.kind == "conditional"
    of_class = " and their classes" if conditional else ""
    image = tf.TensorSpec([None], tf.string, "image_bytes")
    code = tf.TensorSpec([None, config.code], tf.float32, "code")
    seed = tf.TensorSpec([None], tf.float32, "seed")
    repairs = "denoise" if config.kind == "denoising" else "reconstruct"
    rebuilt = "repaired" if config.kind == "denoising" else "as their codes have them"
    found = {
        "encode": _signature(
            functions.encode, image, "picture", conditional, f"{_FILES}{of_class} → codes"
        ),
        "decode": _signature(
            functions.decode,
            code,
            "row",
            conditional,
            f"codes{of_class} → PNG pictures, and their values from 0 to 255",
        ),
        repairs: _signature(
            functions.reconstruct,
            image,
            "picture",
            conditional,
            f"{_FILES}{of_class} → PNG pictures, {rebuilt}, and the mean squared difference of "
            "their pixels (of values from 0 to 1)",
        ),
    }
    if config.kind in VARIATIONAL:
        found["sample"] = _signature(
            functions.sample,
            seed,
            "column",
            conditional,
            f"whole numbers that decide about chance{of_class} → new PNG pictures, and their codes",
        )
    # A conditional model's first use is to make pictures of a class.
    return {"serving_default": found["sample" if conditional else repairs], **found}


def _signature(
    function: Callable[..., dict[str, tf.Tensor]],
    spec: tf.TensorSpec,
    kind: str,
    conditional: bool,
    about: str,
) -> Signature:
    given = [tf.TensorSpec([None], tf.string, "class_name")] if conditional else []
    kinds = {spec.name: kind, **{g.name: "column" if kind == "column" else "text" for g in given}}
    return Signature(lambda *inputs: function(*inputs), (spec, *given), kinds, about)


def autoencoder_checks(
    model: keras.Model, splits: Splits, config: AutoencoderConfig
) -> dict[str, Check]:
    """Returns held-out pictures and the Keras model's own answers to them.

    PNG files are not compared: where a value is about halfway between two grey levels, two runs of
    the same arithmetic may round it otherwise. The values themselves are.
    """
    test = splits.test.take(np.arange(min(CHECKED_PICTURES, len(splits.test))))
    labels = test.labels
    raw = np.array(test.raw(np.arange(len(test))), dtype=object)
    codes = encoded(model, test, config)
    rebuilt = reconstruct(model, test, config)
    error = np.square(values_of(test) - rebuilt).mean((1, 2, 3))
    given = {}
    if config.kind == "conditional":
        names = np.char.encode(np.array(splits.info.class_names), "utf-8").astype(object)
        given = {"class_name": names[labels]}
    pictures = {"pictures": 255 * decoded(model, codes, labels, config)}
    repairs = "denoise" if config.kind == "denoising" else "reconstruct"
    checks = {
        "encode": Check({"image_bytes": raw, **given}, {"code": codes}),
        "decode": Check({"code": codes, **given}, pictures),
        repairs: Check({"image_bytes": raw, **given}, {"error": error}),
    }
    if config.kind in VARIATIONAL:
        seeds = np.arange(len(test))
        drawn = [tf.random.stateless_normal([config.code], [s, 0]).numpy() for s in seeds]
        inputs = {"seed": seeds.astype("float32"), **given}
        checks["sample"] = Check(inputs, {"code": np.stack(drawn)})
    first = "sample" if config.kind == "conditional" else repairs
    return {"serving_default": checks[first], **checks}
