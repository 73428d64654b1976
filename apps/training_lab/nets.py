"""The nets of the lab: the same layers for every choice, so that only the choice differs."""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers

from kerasuite.layers import BatchNormalization

# Every weight's start follows from the run's seed and its own place: a choice elsewhere in the
# net does not change it.
SEEDS_PER_RUN = 10_000


class NetBuilder:
    """Builds the hidden layers and the classifier of one configuration.

    Args:
        config: a `TrainingLabConfig`.
    """

    def __init__(self, config: Any) -> None:
        self.config = config
        self._count = 0

    def __call__(self, x: keras.KerasTensor, classes: int) -> keras.KerasTensor:
        """Adds the net to pictures.

        Args:
            x: normalised pictures (batch, height, width, channels).
            classes: how many there are.

        Returns:
            Probabilities (batch, classes).
        """
        config = self.config
        if config.net == "mlp":
            x = self._hidden(layers.Flatten(name="flatten")(x))
            x = self._blocks(x, config.depth)
        else:
            x = self._shrink(self._hidden(x), "shrink1")
            first = config.depth // 4 * 2  # whole blocks of two
            x = self._shrink(self._blocks(x, first), "shrink2")
            x = self._blocks(x, config.depth - first)
            x = layers.GlobalAveragePooling2D(name="average")(x)
        return layers.Dense(
            classes,
            "softmax",
            kernel_initializer=keras.initializers.GlorotUniform(seed=self._seed()),
            dtype="float32",
            name="predictions",
        )(x)

    def _blocks(self, x: keras.KerasTensor, depth: int) -> keras.KerasTensor:
        if not self.config.residual:
            for _ in range(depth):
                x = self._hidden(x)
            return x
        for _ in range(depth // 2):
            x = self._hidden(self._hidden(x), shortcut=x)
        return x

    def _hidden(
        self, x: keras.KerasTensor, shortcut: keras.KerasTensor | None = None
    ) -> keras.KerasTensor:
        """Weights, normalisation, shortcut, activation, dropout: the order of He et al. 2016."""
        config = self.config
        self._count += 1
        number = self._count
        x = self._weights(f"weights{number}")(x)
        if config.batch_norm:
            x = BatchNormalization(momentum=0.9, name=f"norm{number}")(x)
        if shortcut is not None:
            x = layers.Add(name=f"add{number}")([x, shortcut])
        x = layers.Activation(config.activation, name=f"activation{number}")(x)
        if config.dropout:
            x = layers.Dropout(config.dropout, seed=self._seed(), name=f"dropout{number}")(x)
        return x

    def _weights(self, name: str) -> keras.layers.Layer:
        config = self.config
        arguments = {
            "kernel_initializer": initializer(config.initializer, self._seed()),
            "name": name,
        }
        if config.net == "mlp":
            return layers.Dense(config.width, **arguments)
        return layers.Conv2D(config.width, 3, padding="same", **arguments)

    def _shrink(self, x: keras.KerasTensor, name: str) -> keras.KerasTensor:
        ways: dict[str, Callable[[], keras.layers.Layer]] = {
            "max": lambda: layers.MaxPooling2D(2, name=name),
            "average": lambda: layers.AveragePooling2D(2, name=name),
            # Every second place, which is what a stride of the convolution before leaves.
            "stride": lambda: layers.MaxPooling2D(1, 2, name=name),
        }
        way = ways.get(self.config.pooling)
        return x if way is None else way()(x)

    def _seed(self) -> int:
        return self.config.seed * SEEDS_PER_RUN + self._count


def initializer(name: str, seed: int) -> keras.initializers.Initializer:
    """The start of the weights by its name in the options."""
    if name == "small_normal":
        return keras.initializers.RandomNormal(stddev=0.01, seed=seed)
    if name == "unit_normal":
        return keras.initializers.RandomNormal(stddev=1.0, seed=seed)
    return keras.initializers.get({"class_name": name, "config": {"seed": seed}})
