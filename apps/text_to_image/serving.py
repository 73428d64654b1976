"""The SavedModel's functions: a text, and maybe a number, into a PNG file."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from kerasuite import text
from kerasuite.apps.text_to_image.texts import read
from kerasuite.data.splits import Info
from kerasuite.export.made_pictures import encoded, off_the_middle, png_files, seeded_noise
from kerasuite.export.signature import Check, Signature

CHECKED = 8
_CANDIDATES = 64
_BUCKETS = 2**31 - 1


def signatures(model: keras.Model, info: Info, longest: int) -> dict[str, Signature]:
    """Returns the functions that pictures are made by.

    Args:
        model: the GAN-CLS.
        info: of the data it was trained on.
        longest: words that are kept of a text.
    """
    tokenizer = text.restore(info.tokenizer)

    def of_seed(texts: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        given = [seeded_noise(seed, model.latent), read(tokenizer, texts, longest)]
        return {"image_bytes": png_files(tf.cast(model(given, training=False), tf.float32))}

    texts = tf.TensorSpec([None], tf.string, "text")
    return {
        "serving_default": Signature(
            lambda given: of_seed(given, seed_of(given)),
            (texts,),
            {"text": "text"},
            "texts → PNG files; a text always gives the same one",
            (tokenizer,),
        ),
        "seeded": Signature(
            of_seed,
            (texts, tf.TensorSpec([None], tf.int64, "seed")),
            {"text": "column", "seed": "column"},
            "texts and whole numbers → PNG files, another one for each number",
            (tokenizer,),
        ),
    }


def checks(
    model: keras.Model, info: Info, captions: Sequence[str], longest: int
) -> dict[str, Check]:
    """Returns captions, and the Keras model's own answers to them."""
    tokenizer = text.restore(info.tokenizer)
    captions = list(dict.fromkeys(captions))[:_CANDIDATES]
    seeds = seed_of(tf.constant(captions)).numpy()
    noise = np.stack([seeded_noise(tf.constant([s]), model.latent)[0] for s in seeds])
    ids = read(tokenizer, captions, longest).numpy()
    made = np.asarray(model.predict([noise, ids], verbose=0), "float32")
    which = off_the_middle(made, CHECKED)
    given = {"text": np.array([captions[i].encode() for i in which], dtype=object)}
    answers = {"image_bytes": encoded(made[which])}
    return {
        "serving_default": Check(given, answers),
        "seeded": Check({**given, "seed": seeds[which]}, answers),
    }


def seed_of(texts: tf.Tensor) -> tf.Tensor:
    """A number of each text, int64 [texts], the same on every machine."""
    return tf.strings.to_hash_bucket_fast(texts, _BUCKETS)


def pictures_of(model: keras.Model, ids: np.ndarray, seed: int) -> np.ndarray:
    """Pictures of texts, int32 [n, length] → uint8 [n, height, width, 3]."""
    noise = np.random.default_rng(seed).standard_normal((len(ids), model.latent))
    made = model.predict([noise.astype("float32"), ids], batch_size=64, verbose=0)
    return np.clip(np.round((made.astype("float32") + 1) * 127.5), 0, 255).astype("uint8")
