"""A small classifier of the data at hand: generated pictures are measured by what it sees."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import keras
import numpy as np
import tensorflow as tf

from kerasuite import models
from kerasuite.data.pictures import Pictures
from kerasuite.training import fitting

Kept = TypeVar("Kept")
TURNS = 4
BATCH = 128


class Judge:
    """A classifier of pictures with a look at its features.

    Args:
        model: float [batch, height, width, channels] from 0 to 255 → {"features": [batch, n],
            "probabilities": [batch, classes]}.
    """

    def __init__(self, model: keras.Model) -> None:
        self.model = model

    @classmethod
    def learn(
        cls, train: Pictures, classes: int, epochs: int = 3, seed: int = 0, width: int = 16
    ) -> "Judge":
        """Trains a `SmallCNN` to tell the classes, or where there is but one, by which of four
        quarter turns a picture was turned: what that takes is learned without labels.

        Args:
            train: pictures with a class each.
            classes: how many there are.
            epochs: passes over the pictures.
            seed: of weights and order.
            width: maps of its first stage.

        Raises:
            ValueError: if there is one class and pictures are no squares.

        Reference:
            Gidaris et al. 2018, "Unsupervised representation learning by predicting image
            rotations".
        """
        turned = classes < 2
        if turned and train.shape[0] != train.shape[1]:
            raise ValueError(
                "Pictures without classes must be squares, to be turned. Received: "
                f"{train.shape[0]}x{train.shape[1]}"
            )
        keras.utils.set_random_seed(seed)
        model = _net(train.shape, TURNS if turned else classes, width)
        learning = keras.Model(model.input, model.output["probabilities"])
        steps = train.steps_per_epoch(BATCH)
        rate = keras.optimizers.schedules.CosineDecay(3e-3, epochs * steps)
        learning.compile(
            keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", jit_compile=False
        )
        batches = train.shuffled_batches(BATCH, seed)
        batches = batches.map(_turned) if turned else batches
        fitting.fit(learning, batches, steps_per_epoch=steps, epochs=epochs)
        return cls(model)

    @classmethod
    def untrained(cls, shape: tuple[int, ...], classes: int = TURNS, width: int = 16) -> "Judge":
        """The net of a judge before it has learned.

        Args:
            shape: (height, width, channels) of pictures.
            classes: how many it will tell.
            width: maps of its first stage.
        """
        return cls(_net(shape, classes, width))

    @classmethod
    def load(cls, path: Path) -> "Judge":
        """Reads what `save` wrote."""
        return cls(keras.saving.load_model(path, compile=False))

    def save(self, path: Path) -> None:
        """Writes a .keras file, whole or not at all."""
        staged = path.with_name(f".{path.stem}.incomplete.keras")
        self.model.save(staged)
        staged.replace(path)

    def features(self, pictures: np.ndarray) -> np.ndarray:
        """What its last layer sees of pictures from 0 to 255, float32 [n, features]."""
        return self._asked(pictures)["features"]

    def probabilities(self, pictures: np.ndarray) -> np.ndarray:
        """Of each class, float32 [n, classes]."""
        return self._asked(pictures)["probabilities"]

    def _asked(self, pictures: np.ndarray) -> dict[str, np.ndarray]:
        return self.model.predict(pictures.astype("float32"), batch_size=BATCH, verbose=0)


def kept(
    folder: Path | None, learn: Callable[[], Kept], name: str = "judge", kind: type = Judge
) -> Kept:
    """What judges in a run: learned once, and from then on read from the run's folder.

    Args:
        folder: the run's; None outside of one.
        learn: trains it.
        name: of its file.
        kind: its class, with `load` and `save`.
    """
    path = folder / f"{name}.keras" if folder else None
    if path and path.exists():
        return kind.load(path)
    judge = learn()
    if path:
        judge.save(path)
    return judge


def _net(shape: tuple[int, ...], classes: int, width: int) -> keras.Model:
    inputs = keras.Input(shape, name="pictures")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1.0, name="rescale")(inputs)
    net = models.create(
        "small_cnn", input_shape=shape, include_top=False, pooling="avg", width=width
    )
    features = keras.layers.Activation("linear", dtype="float32", name="features")(net(x))
    top = keras.layers.Dense(classes, "softmax", dtype="float32", name="probabilities")
    return keras.Model(inputs, {"features": features, "probabilities": top(features)}, name="judge")


def _turned(pictures: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """A quarter of the batch each by no, one, two and three quarter turns, and the turns."""
    turns = tf.range(tf.shape(pictures)[0]) % TURNS
    every = tf.stack([tf.image.rot90(pictures, k) for k in range(TURNS)], axis=1)
    return tf.gather(every, turns, axis=1, batch_dims=1), turns
