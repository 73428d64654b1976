"""Which text belongs to which picture: two encoders that learn one space from pairs."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from kerasuite.data.batches import shuffled_indices, steps_per_epoch
from kerasuite.models.text_to_image import PictureEncoder, TextEncoder
from kerasuite.training import fitting
from kerasuite.training.retrieval_losses import InBatchSoftmax

BATCH = 64
SHARPNESS = 10.0  # what cosines are multiplied by before the softmax


class Matcher:
    """Encoders of pictures and of texts whose codes have a large inner product if both belong
    together.

    Args:
        model: [pictures from -1 to 1, ids] → both, with the encoders as its layers
            "picture_encoder" and "text_encoder".
    """

    def __init__(self, model: keras.Model) -> None:
        self.model = model
        self.pictures, self.texts = (
            model.get_layer(name) for name in ("picture_encoder", "text_encoder")
        )

    @classmethod
    def untrained(cls, shape: tuple[int, ...], vocabulary_size: int, code: int = 128) -> "Matcher":
        """The nets before they have learned.

        Args:
            shape: (height, width, channels) of pictures.
            vocabulary_size: number of ids.
            code: length of the codes.
        """
        pictures, texts = PictureEncoder(shape, code), TextEncoder(vocabulary_size, code, code)
        inputs = [pictures.input, texts.input]
        outputs = [pictures(inputs[0]), texts(inputs[1])]
        return cls(keras.Model(inputs, outputs, name="matcher"))

    @classmethod
    def learn(
        cls,
        pictures: np.ndarray,
        ids: np.ndarray,
        vocabulary_size: int,
        epochs: int,
        seed: int = 0,
        code: int = 128,
    ) -> "Matcher":
        """Learns, in each batch, to find each picture's text among all and each text's picture.

        Args:
            pictures: uint8 [n, height, width, channels].
            ids: int32 [n, length], their texts, padded with 0.
            vocabulary_size: number of ids.
            epochs: passes over the pairs.
            seed: of weights and order.
            code: length of the codes.

        Reference:
            Reed et al. 2016, "Learning deep representations of fine-grained visual descriptions",
            equation 2 (there with hinges in the place of the softmax).
        """
        keras.utils.set_random_seed(seed)
        matcher = cls.untrained(pictures.shape[1:], vocabulary_size, code)
        seen, read = matcher.model.outputs
        affinity = SHARPNESS * ops.matmul(seen, ops.transpose(read))
        both = keras.Model(matcher.model.inputs, [affinity, ops.transpose(affinity)])
        steps = steps_per_epoch(len(pictures), BATCH)
        rate = keras.optimizers.schedules.CosineDecay(2e-3, epochs * steps)
        losses = [InBatchSoftmax(), InBatchSoftmax()]
        both.compile(keras.optimizers.Adam(rate), losses, jit_compile=False)
        # The same text of another picture is no wrong answer.
        same = np.unique(ids, axis=0, return_inverse=True)[1].reshape(-1).astype("int32")

        def gathered(rows: tf.Tensor) -> tuple[tuple[tf.Tensor, ...], tuple[tf.Tensor, ...]]:
            scaled = tf.cast(tf.gather(pictures, rows), tf.float32) / 127.5 - 1.0
            text = tf.gather(same, rows)
            return (scaled, tf.gather(ids, rows)), (text, text)

        batches = shuffled_indices(len(pictures), BATCH, seed).map(gathered)
        fitting.fit(both, batches, steps_per_epoch=steps, epochs=epochs)
        return matcher

    @classmethod
    def load(cls, path: Path) -> "Matcher":
        """Reads what `save` wrote."""
        return cls(keras.saving.load_model(path, compile=False))

    def save(self, path: Path) -> None:
        """Writes a .keras file, whole or not at all."""
        staged = path.with_name(f".{path.stem}.incomplete.keras")
        self.model.save(staged)
        staged.replace(path)

    def picture_codes(self, pictures: np.ndarray) -> np.ndarray:
        """Codes of pictures, uint8 [n, height, width, channels] → float32 [n, code]."""
        scaled = pictures.astype("float32") / 127.5 - 1.0
        return self.pictures.predict(scaled, batch_size=BATCH, verbose=0)

    def text_codes(self, ids: np.ndarray) -> np.ndarray:
        """Codes of texts, int32 [n, length] → float32 [n, code]."""
        return self.texts.predict(ids, batch_size=BATCH, verbose=0)
