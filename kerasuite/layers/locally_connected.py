"""Convolutions that do not share their kernels between positions."""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from kerasuite.layers.arguments import check_data_format, positive_tuple, spatial_axes, window_count
from kerasuite.layers.windows import window_taps


class _LocallyConnected(keras.layers.Layer):
    """What the layers for steps (rank 1) and for pictures (rank 2) have in common."""

    rank: int

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: str = "valid",
        data_format: str | None = None,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.filters = positive_tuple(filters, 1, "filters")[0]
        self.kernel_size = positive_tuple(kernel_size, self.rank, "kernel_size")
        self.strides = positive_tuple(strides, self.rank, "strides")
        if padding != "valid":
            raise ValueError(
                '`padding` must be "valid": a locally connected layer has no other. '
                f"Received: padding={padding!r}"
            )
        self.padding = padding
        self.data_format = check_data_format(data_format)
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)
        self.kernel_constraint = keras.constraints.get(kernel_constraint)
        self.bias_constraint = keras.constraints.get(bias_constraint)
        self.input_spec = keras.InputSpec(ndim=self.rank + 2)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if None in input_shape[1:]:
            raise ValueError(
                "The sizes and channels of the input must be known: each position has a kernel "
                f"of its own. Received: input_shape={input_shape}"
            )
        axes = dict(enumerate(input_shape[1:], 1))
        self.input_spec = keras.InputSpec(ndim=self.rank + 2, axes=axes)
        positions = self._positions(input_shape)
        channels = input_shape[self._channel_axis]
        self.kernel = self.add_weight(
            shape=(math.prod(positions), math.prod(self.kernel_size) * channels, self.filters),
            initializer=self._initial_kernel,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                shape=(*positions, self.filters),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )

    def call(self, inputs: Any) -> Any:
        # Positions to the front: there is one product a position, between examples and filters.
        x = ops.transpose(inputs, (*self._axes, 0, self._channel_axis))
        taps = window_taps(x, self.kernel_size, self.strides, range(self.rank))
        windows = ops.concatenate(taps, axis=-1)
        positions = windows.shape[: self.rank]
        windows = ops.reshape(windows, (math.prod(positions), -1, windows.shape[-1]))
        outputs = ops.matmul(windows, self.kernel)
        outputs = ops.reshape(outputs, (*positions, -1, self.filters))
        if self.bias is not None:
            outputs = outputs + ops.expand_dims(self.bias, self.rank)
        outputs = ops.transpose(outputs, self._back_to_the_format())
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        positions = self._positions(input_shape)
        if self.data_format == "channels_last":
            return (input_shape[0], *positions, self.filters)
        return (input_shape[0], self.filters, *positions)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": keras.regularizers.serialize(self.bias_regularizer),
            "activity_regularizer": keras.regularizers.serialize(self.activity_regularizer),
            "kernel_constraint": keras.constraints.serialize(self.kernel_constraint),
            "bias_constraint": keras.constraints.serialize(self.bias_constraint),
        }

    @property
    def _axes(self) -> tuple[int, ...]:
        return spatial_axes(self.data_format, self.rank)

    @property
    def _channel_axis(self) -> int:
        return self.rank + 1 if self.data_format == "channels_last" else 1

    def _positions(self, input_shape: tuple[int | None, ...]) -> list[int | None]:
        lengths = [input_shape[axis] for axis in self._axes]
        sizes = zip(lengths, self.kernel_size, self.strides, strict=True)
        return [window_count(*size, "valid") for size in sizes]

    def _back_to_the_format(self) -> tuple[int, ...]:
        """Returns the order of the axes (positions, batch, filters) in the output."""
        positions, batch, filters = range(self.rank), self.rank, self.rank + 1
        if self.data_format == "channels_last":
            return (batch, *positions, filters)
        return (batch, filters, *positions)

    def _initial_kernel(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """Draws all kernels at once, each with the variance that it would have by itself."""
        positions, length, filters = shape
        places = math.prod(self.kernel_size)
        kernel = self.kernel_initializer(
            (positions * places, length // places, filters), dtype=dtype
        )
        if isinstance(self.kernel_initializer, keras.initializers.VarianceScaling):
            # It took fan-in and fan-out for `positions` times what they are.
            kernel = kernel * positions**0.5
        return ops.reshape(kernel, shape)


@keras.saving.register_keras_serializable(package="kerasuite")
class LocallyConnected1D(_LocallyConnected):
    """`keras.layers.Conv1D` with a kernel and a bias of its own for each position.

    As in Keras 2, `kernel` has the shape (positions, kernel size * channels, filters) and
    `bias` (positions, filters), whatever the data format.

    Args:
        filters: positive integer, how many outputs a position has.
        kernel_size: integer.
        strides: integer.
        padding: "valid", the only one.
        data_format: "channels_last", "channels_first", or None for Keras's global setting.
        activation: activation function, its name, or None.
        use_bias: whether each position and filter has a bias.
        kernel_initializer: initializer of the kernels. Keras's variance-scaling ones see the
            fan-in and fan-out of one position, as in a convolution; any other draws a tensor
            (positions * kernel size, channels, filters).
        bias_initializer: initializer of the biases.
        kernel_regularizer: regularizer of the kernels.
        bias_regularizer: regularizer of the biases.
        activity_regularizer: regularizer of the outputs.
        kernel_constraint: constraint of the kernels.
        bias_constraint: constraint of the biases.

    Call arguments:
        inputs: float tensor (batch, steps, channels), or (batch, channels, steps).

    Returns:
        A tensor (batch, new steps, filters), or (batch, filters, new steps).

    Raises:
        ValueError: if a size is not positive, `padding` is not "valid", or the input is smaller
            than a kernel or of unknown size.

    Reference:
        LeCun 1989, "Generalization and network design strategies", sections 5.3 and 5.4
        (local connections without and with shared weights).
    """

    rank = 1


@keras.saving.register_keras_serializable(package="kerasuite")
class LocallyConnected2D(_LocallyConnected):
    """`keras.layers.Conv2D` with a kernel and a bias of its own for each position.

    As in Keras 2, `kernel` has the shape (new height * new width, kernel height * kernel width
    * channels, filters) and `bias` (new height, new width, filters), whatever the data format.

    Args:
        filters: positive integer, how many outputs a position has.
        kernel_size: integer or pair of integers.
        strides: integer or pair of integers.
        padding: "valid", the only one.
        data_format: "channels_last", "channels_first", or None for Keras's global setting.
        activation: activation function, its name, or None.
        use_bias: whether each position and filter has a bias.
        kernel_initializer: initializer of the kernels. Keras's variance-scaling ones see the
            fan-in and fan-out of one position, as in a convolution; any other draws a tensor
            (positions * kernel height * kernel width, channels, filters).
        bias_initializer: initializer of the biases.
        kernel_regularizer: regularizer of the kernels.
        bias_regularizer: regularizer of the biases.
        activity_regularizer: regularizer of the outputs.
        kernel_constraint: constraint of the kernels.
        bias_constraint: constraint of the biases.

    Call arguments:
        inputs: float tensor (batch, height, width, channels), or with the channels first.

    Returns:
        A tensor (batch, new height, new width, filters), or with the filters first.

    Raises:
        ValueError: if a size is not positive, `padding` is not "valid", or the input is smaller
            than a kernel or of unknown size.

    Reference:
        LeCun 1989, "Generalization and network design strategies", sections 5.3 and 5.4;
        Taigman et al. 2014, "DeepFace", section 3.1 (layers L4 to L6).
    """

    rank = 2
