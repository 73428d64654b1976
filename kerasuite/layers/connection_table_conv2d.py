"""Convolution whose output maps see only some of the input maps."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from kerasuite.layers.arguments import pair, window_count


@keras.saving.register_keras_serializable(package="kerasuite")
class ConnectionTableConv2D(keras.layers.Layer):
    """2-D convolution in which each output map sees the input maps listed for it.

    Only the connected kernels exist as weights: `kernel` has the shape
    (height, width, connections), in the order in which the table lists them. One product with
    a constant 0/1 matrix places them in a dense kernel, so that the convolution itself is the
    backend's own.

    Args:
        table: one entry for each output map: the indices of the input maps it sees.
        kernel_size: integer or pair of integers.
        strides: integer or pair of integers.
        padding: "valid" or "same".
        activation: activation function, its name, or None.
        use_bias: whether each output map has a bias.
        kernel_initializer: asked once for each fan-in, for the kernels of all the output maps
            that see as many input maps, with the shape
            (height, width, input maps seen, output maps): each map gets its own fan-in.
        bias_initializer: initializer of the biases.
        kernel_regularizer: regularizer of the connected kernels.

    Call arguments:
        inputs: float tensor (batch, height, width, channels).

    Returns:
        A tensor (batch, new height, new width, len(table)).

    Raises:
        ValueError: if the table is empty, has an empty entry or names a map twice, or if the
            input has fewer channels than the table names.

    Reference:
        LeCun et al. 1998, "Gradient-based learning applied to document recognition",
        section II.B and table I.
    """

    def __init__(
        self,
        table: Sequence[Sequence[int]],
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: str = "valid",
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "lecun_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.table = _checked_table(table)
        self.kernel_size = pair(kernel_size, "kernel_size")
        self.strides = pair(strides, "strides")
        if padding not in ("valid", "same"):
            raise ValueError(f'`padding` must be "valid" or "same". Received: padding={padding!r}')
        self.padding = padding
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.input_spec = keras.InputSpec(ndim=4)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        channels = input_shape[-1]
        needed = 1 + max(max(seen) for seen in self.table)
        if channels is None or channels < needed:
            raise ValueError(
                f"`table` names input maps up to {needed - 1}, so the input needs at least "
                f"{needed} channels. Received: input_shape={input_shape}"
            )
        self.input_spec = keras.InputSpec(ndim=4, axes={-1: channels})
        self._placement = self._placement_matrix(channels)
        self.kernel = self.add_weight(
            shape=(*self.kernel_size, len(self._placement)),
            initializer=self._initial_kernel,
            regularizer=self.kernel_regularizer,
            name="kernel",
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                shape=(len(self.table),), initializer=self.bias_initializer, name="bias"
            )

    def call(self, inputs: Any) -> Any:
        outputs = ops.conv(
            inputs,
            self._dense_kernel(),
            strides=self.strides,
            padding=self.padding,
            data_format="channels_last",
        )
        if self.bias is not None:
            outputs = ops.add(outputs, self.bias)
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        sizes = zip(input_shape[1:3], self.kernel_size, self.strides, strict=True)
        spatial = [window_count(*size, self.padding) for size in sizes]
        return (input_shape[0], *spatial, len(self.table))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "table": [list(seen) for seen in self.table],
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
        }

    def _placement_matrix(self, channels: int) -> np.ndarray:
        """Returns a 0/1 matrix (connections, channels * output maps)."""
        places = [i * len(self.table) + j for j, seen in enumerate(self.table) for i in seen]
        matrix = np.zeros((len(places), channels * len(self.table)), "float32")
        matrix[np.arange(len(places)), places] = 1
        return matrix

    def _dense_kernel(self) -> Any:
        """Returns the kernel (height, width, channels, output maps), 0 where not connected."""
        kernel = ops.reshape(self.kernel, (-1, len(self._placement)))
        placement = ops.convert_to_tensor(self._placement, dtype=self.compute_dtype)
        return ops.reshape(ops.matmul(kernel, placement), (*self.kernel_size, -1, len(self.table)))

    def _initial_kernel(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """Draws the connected kernels, each output map by its own fan-in."""
        fan_ins = [len(seen) for seen in self.table]
        first = np.cumsum([0, *fan_ins])
        kernel = np.zeros(shape, "float32")
        for fan_in in sorted(set(fan_ins)):
            maps = [j for j, n in enumerate(fan_ins) if n == fan_in]
            # A copy each time: an instance without a seed would repeat its first draw.
            initializer = keras.initializers.get(
                keras.initializers.serialize(self.kernel_initializer)
            )
            drawn = initializer((*self.kernel_size, fan_in, len(maps)), dtype="float32")
            drawn = ops.convert_to_numpy(drawn)
            for k, j in enumerate(maps):
                kernel[..., first[j] : first[j] + fan_in] = drawn[..., k]
        return ops.convert_to_tensor(kernel, dtype=dtype)


def _checked_table(table: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    entries = tuple(tuple(int(i) for i in seen) for seen in table)
    if not entries:
        raise ValueError("`table` must list the input maps of each output map. Received: table=[]")
    for j, seen in enumerate(entries):
        if not seen or min(seen) < 0 or len(set(seen)) != len(seen):
            raise ValueError(
                "Each entry of `table` must hold distinct indices of input maps, at least one. "
                f"Received: table[{j}]={list(seen)}"
            )
    return entries
