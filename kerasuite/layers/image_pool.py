"""A pool of earlier examples that a discriminator is shown among the fresh ones."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kerasuite")
class ImagePool(keras.layers.Layer):
    """Remembers generated examples, and gives back some of them in the place of fresh ones.

    While it fills, examples pass through and are kept. Then each one, with probability 1/2, takes
    the place of a random earlier one, which is given back. A discriminator that sees these does not
    forget what the generator did some steps ago.

    Args:
        size: how many examples it holds; 0 lets all pass through.
        seed: integer, or None to draw one.

    Call arguments:
        inputs: float tensor (batch, ...), no more examples than `size`.

    Returns:
        A tensor of the inputs' shape and dtype.

    Raises:
        ValueError: if `size` is negative, or a batch of known size is larger than the pool.

    Reference:
        Shrivastava et al. 2017, "Learning from simulated and unsupervised images through
        adversarial training", section 2.3; Zhu et al. 2017, "Unpaired image-to-image translation
        using cycle-consistent adversarial networks", section 4 (size 50, in equal shares).
    """

    def __init__(self, size: int = 50, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(size, int) or size < 0:
            raise ValueError(f"`size` must be an integer of at least 0. Received: size={size}")
        self.size, self.seed = size, seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        batch = input_shape[0]
        if self.size and batch is not None and batch > self.size:
            raise ValueError(
                f"`size` must be at least the number of examples in a batch. Received: "
                f"size={self.size} for a batch of {batch}"
            )
        state = {"initializer": "zeros", "trainable": False}
        self.kept = self.add_weight(shape=(self.size, *input_shape[1:]), name="kept", **state)
        self.count = self.add_weight(shape=(), dtype="int32", name="count", **state)

    def call(self, inputs: Any) -> Any:
        if not self.size:
            return inputs
        inputs = ops.convert_to_tensor(inputs)
        batch, slots = ops.shape(inputs)[0], ops.arange(self.size)
        # Empty slots go first and in order, the others at random: no slot is taken twice.
        drawn = keras.random.uniform((self.size,), seed=self.seed_generator)
        first = ops.cast(2 * self.size - slots, "float32")
        rank = ops.where(slots >= self.count, first, drawn)
        chosen = ops.argsort(-rank)[:batch]
        empty = chosen >= self.count
        swap = keras.random.uniform((batch,), seed=self.seed_generator) < 0.5
        shape = (-1,) + (1,) * (len(inputs.shape) - 1)
        earlier = ops.cast(ops.take(self.kept, chosen, axis=0), inputs.dtype)
        given = ops.where(ops.reshape(swap & ~empty, shape), earlier, inputs)
        stay = ops.where(ops.reshape(swap | empty, shape), inputs, earlier)
        stay = ops.cast(stay, self.kept.dtype)
        self.kept.assign(ops.scatter_update(self.kept, chosen[:, None], stay))
        self.count.assign(ops.minimum(self.count + batch, self.size))
        return given

    def save_own_variables(self, store: Any) -> None:
        """Keeps the random state too, which Keras's files leave out."""
        for name, variable in self._state().items():
            store[name] = ops.convert_to_numpy(variable)

    def load_own_variables(self, store: Any) -> None:
        """Puts back what `save_own_variables` kept."""
        for name, variable in self._state().items():
            variable.assign(store[name])

    def _state(self) -> dict[str, keras.Variable]:
        return {"kept": self.kept, "count": self.count, "random": self.seed_generator.state}

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size, "seed": self.seed}
