"""The SavedModel's functions: a seed, or noise itself, into a PNG file or a point."""

import keras
import numpy as np
import tensorflow as tf

from kerasuite.apps.image_generator.sampling import BATCH
from kerasuite.data.splits import Info
from kerasuite.export.made_pictures import encoded, off_the_middle, png_files, seeded_noise
from kerasuite.export.signature import Check, Signature

CHECKED = 8
_CANDIDATES = 256


def signatures(model: keras.Model, info: Info, conditional: bool) -> dict[str, Signature]:
    """Returns the functions that a generator is served by.

    Args:
        model: noise → examples, or [noise, classes] → examples.
        info: of the data it was trained on.
        conditional: whether it takes classes.
    """
    latent, pictures = model.latent, len(info.shape) == 3
    names = tf.constant(info.class_names or ("",))

    def made(latents: tf.Tensor, asked: tf.Tensor | None) -> dict[str, tf.Tensor]:
        latents = tf.ensure_shape(latents, [None, latent])  # a clear refusal of other lengths
        if not conditional:
            given = latents
        else:
            same = tf.equal(asked[:, None], names[None])
            known = tf.reduce_all(tf.reduce_any(same, axis=1))
            tf.debugging.Assert(known, ["label must be one of", names, "Received:", asked])
            given = [latents, tf.argmax(same, axis=1, output_type=tf.int32)]
        examples = tf.cast(model(given, training=False), tf.float32)
        return {"image_bytes": png_files(examples)} if pictures else {"points": examples}

    def of_seed(seed: tf.Tensor, asked: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
        return made(seeded_noise(seed, latent), asked)

    what = "PNG files" if pictures else "points x, y"
    seed = tf.TensorSpec([None], tf.int64, "seed")
    noise = tf.TensorSpec([None, latent], tf.float32, "latents")
    asked = (tf.TensorSpec([None], tf.string, "label"),) if conditional else ()
    classes = " and names of classes" if conditional else ""
    kinds = {"label": "column"} if conditional else {}
    # Endpoints take no default arguments.
    both = (of_seed, made) if conditional else (lambda s: of_seed(s), lambda x: made(x, None))
    return {
        "serving_default": Signature(
            both[0],
            (seed, *asked),
            {"seed": "column", **kinds},
            f"whole numbers{classes} → {what}; a number always gives the same one",
        ),
        "latent": Signature(
            both[1],
            (noise, *asked),
            # Beside a class, noise has no form on a command line.
            {"latents": "array" if conditional else "row", **kinds},
            f"standard normal numbers{classes} → {what}; close ones give similar ones",
        ),
    }


def checks(model: keras.Model, info: Info, conditional: bool) -> dict[str, Check]:
    """Returns seeds, and the Keras model's own answers to them."""
    seeds = np.arange(_CANDIDATES)
    latents = np.stack([seeded_noise(tf.constant([s]), model.latent)[0] for s in seeds])
    classes = np.arange(_CANDIDATES) % max(1, len(info.class_names))
    given = [latents, classes.astype("int32")] if conditional else latents
    made = np.asarray(model.predict(given, batch_size=BATCH, verbose=0), "float32")
    if len(info.shape) == 3:
        which = off_the_middle(made, CHECKED)
        answers = {"image_bytes": encoded(made[which])}
    else:
        which = seeds[:CHECKED]
        answers = {"points": made[which]}
    names = np.array(info.class_names)[classes[which]] if conditional else None
    asked = {"label": np.array([n.encode() for n in names], dtype=object)} if conditional else {}
    return {
        "serving_default": Check({"seed": seeds[which], **asked}, answers),
        "latent": Check({"latents": latents[which], **asked}, answers),
    }
