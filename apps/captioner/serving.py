"""The SavedModel's functions: picture files into captions, and where each word looks."""

import functools
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from kerasuite.apps.captioner.writing import Writer, log_probabilities
from kerasuite.data.captioned import Captioned
from kerasuite.data.decoding import decode_pictures
from kerasuite.data.splits import Info
from kerasuite.export.signature import Check, Signature
from kerasuite.models.captioner import ATTENTIVE

CHECKED_PICTURES = 8


def caption_signatures(
    encoder: keras.Model, writer: Writer, info: Info, kind: str, languages: Sequence[str] = ()
) -> dict[str, Signature]:
    """Returns the functions that a captioner is served by.

    Args:
        encoder: pictures → features.
        writer: features → captions.
        info: of the data: the size of its pictures.
        kind: of the net; the attentive ones have the signature "attention".
        languages: codes of those that it writes in, if they are told apart: "in_de" writes in
            German, and "serving_default" in the first.
    """
    height, width, _ = info.shape
    rows, columns = encoder.output_shape[1:3]

    def features(image_bytes: tf.Tensor) -> tf.Tensor:
        pictures = decode_pictures(image_bytes, (height, width), 3)
        return tf.cast(encoder(tf.cast(pictures, tf.float32), training=False), tf.float32)

    def caption(image_bytes: tf.Tensor, language: int = 0) -> dict[str, tf.Tensor]:
        written = writer.write(features(image_bytes), language)
        return {
            "caption": written.texts[:, 0],
            "log_prob": written.log_probabilities[:, 0],
            "captions": written.texts,
            "log_probs": written.log_probabilities,
        }

    def attention(image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
        written = writer.write(features(image_bytes))
        weights = written.decoded.extras["attention"][:, 0]
        shape = tf.shape(weights)
        return {
            "words": writer.words(written.decoded.ids[:, 0]),
            "attention": tf.reshape(weights, [shape[0], shape[1], rows, columns]),
        }

    spec = (tf.TensorSpec([None], tf.string, "image_bytes"),)
    kinds = {"image_bytes": "picture"}
    files = "picture files of any size (PNG, JPEG, GIF, BMP, WebP)"
    resources = (writer.tokenizer,)
    found = {
        "serving_default": Signature(
            caption,
            spec,
            kinds,
            f"{files} → a caption with its log-probability, and the best few, best first",
            resources,
        )
    }
    for number, code in enumerate(languages):
        found[f"in_{code}"] = Signature(
            functools.partial(caption, language=number),
            spec,
            kinds,
            f"{files} → the same in the language {code}",
            resources,
        )
    if kind in ATTENTIVE:
        found["attention"] = Signature(
            attention,
            spec,
            kinds,
            f"{files} → the words of the best caption, and for each how much it looked at each "
            "place of a grid over the picture",
            resources,
        )
    return found


def caption_checks(
    encoder: keras.Model,
    writer: Writer,
    test: Captioned,
    kind: str,
    languages: Sequence[str] = (),
) -> dict[str, Check]:
    """Returns held-out pictures, their captions, and how likely the Keras model finds these.

    The log-probabilities come from the net's answers to whole captions, without any search.
    """
    which = np.arange(min(CHECKED_PICTURES, len(test)))
    raw = np.array(test.pictures.raw(which), dtype=object)
    pictures = test.pictures.array(which).astype("float32")
    features = np.asarray(encoder.predict_on_batch(pictures), "float32")

    def check(language: int) -> Check:
        written = writer.write(tf.constant(features), language)
        ids, texts = written.decoded.ids.numpy()[:, 0], written.texts.numpy()[:, 0]
        logs = log_probabilities(writer, features, ids, language)
        return Check({"image_bytes": raw}, {"caption": texts, "log_prob": logs.astype("float32")})

    checks = {"serving_default": check(0)}
    checks |= {f"in_{code}": check(number) for number, code in enumerate(languages)}
    if kind in ATTENTIVE:
        checks["attention"] = Check({"image_bytes": raw}, {})
    return checks
