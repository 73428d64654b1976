"""A convolution that is a matrix product where that is faster on a CPU."""

from typing import Any

import keras
from keras import ops

from kerasuite.layers.devices import only_tensorflow_on_cpu
from kerasuite.layers.spread import (
    can_spread,
    first_places,
    gathered,
    is_few,
    is_heavy,
    overlapped,
    spread,
)


@keras.saving.register_keras_serializable(package="kerasuite")
class ProductConv2D(keras.layers.Conv2D):
    """Drop-in for `keras.layers.Conv2D`: same arguments, weights and results.

    On a CPU, TensorFlow's kernels are slow where a convolution has very few maps on one side, as
    the first and the last one of a discriminator (they take eight or sixteen at once), and where
    the kernel is much larger than the maps, as in the middle of a U-Net. In float32 this layer
    makes matrix products instead

    - for the outputs, and all gradients, of a kernel without strides and padding to few maps: one
      product for all places, whose results are then shifted and added up;
    - for the outputs, and all gradients, of a kernel much larger than the maps: one product with
      the patches that it sees, and of one as large as the maps, a product with the maps;
    - for the gradient of few input maps: see `spread`.

    Milliseconds on one core:

    | input | kernel, stride | maps | | TensorFlow's | product |
    |---|---|---|---|---|---|
    | 8 x 33 x 33 x 64 | 4 x 4, 1 | 1 | outputs + gradients | 1.1 + 1.6 | 0.3 + 0.4 |
    | 64 x 7 x 7 x 64 | 7 x 7, 1 | 1 | outputs + gradients | 0.4 + 0.6 | 0.1 + 0.1 |
    | 8 x 2 x 2 x 256 | 4 x 4, 2 | 256 | outputs + gradients | 0.3 + 1.6 | 0.2 + 0.4 |
    | 8 x 4 x 4 x 256 | 4 x 4, 2 | 256 | outputs + gradients | 0.7 + 2.9 | 0.4 + 1.0 |
    | 8 x 8 x 8 x 128 | 4 x 4, 2 | 256 (Keras's own) | outputs + gradients | 0.7 + 1.7 | 0.7 + 1.5 |
    | 64 x 28 x 28 x 1 | 4 x 4, 2 | 32 | gradient of the input | 1.5 | 0.6 |
    | 8 x 64 x 64 x 3 | 4 x 4, 2 | 32 | gradient of the input | 0.9 | 0.5 |

    Elsewhere it is Keras's own.

    Args:
        **kwargs: those of `keras.layers.Conv2D`.
    """

    def call(self, inputs: Any) -> Any:
        way = self._way(inputs)
        if way is None:
            return super().call(inputs)
        outputs = way(inputs, self.kernel)
        if self.use_bias:
            outputs = ops.add(outputs, self.bias)
        return outputs if self.activation is None else self.activation(outputs)

    def _way(self, inputs: Any) -> Any:
        """How to convolve if not in Keras's way: a function of inputs and kernel, or None."""
        small, large = self.compute_output_shape(inputs.shape)[1:3], inputs.shape[1:3]
        if (
            self.data_format != "channels_last"
            or self.dilation_rate != (1, 1)
            or self.groups != 1
            or None in (*small, *large)
            or not only_tensorflow_on_cpu()
            or keras.backend.standardize_dtype(inputs.dtype) != "float32"
        ):
            return None
        if self.padding == "valid" and tuple(large) == self.kernel_size:
            return _whole
        if (
            self.padding == "valid"
            and self.strides == (1, 1)
            and is_few(self.kernel_size, self.filters)
        ):
            return _shifted
        padding = self.padding.upper()
        before = first_places(self.kernel_size, self.strides, small, large, padding)
        if not can_spread(self.kernel_size, self.strides, small, large, before):
            return None
        maps = inputs.shape[-1]
        if is_heavy(self.kernel_size, maps, (None, *small, self.filters)):
            return lambda x, w: _by_patches(x, w, self.strides, before, small)
        if is_few(self.kernel_size, maps):
            return lambda x, w: _spread_back(x, w, self.strides, padding)
        return None


def _whole(inputs: Any, kernel: Any) -> Any:
    """A kernel as large as the maps: a dense layer."""
    filters = kernel.shape[3]
    weights = ops.reshape(kernel, (-1, filters))
    made = ops.matmul(ops.reshape(inputs, (-1, weights.shape[0])), weights)
    return ops.reshape(made, (-1, 1, 1, filters))


def _shifted(inputs: Any, kernel: Any) -> Any:
    """A kernel to few maps: what each of its weights makes of each place, shifted and added up."""
    import tensorflow as tf  # only here: the other backends do without TensorFlow

    rows, columns, channels, filters = kernel.shape
    height, width = (n - k + 1 for n, k in zip(inputs.shape[1:3], (rows, columns), strict=True))

    @tf.custom_gradient
    def convolve(x: tf.Tensor, w: tf.Tensor) -> tuple[tf.Tensor, Any]:
        flat = tf.reshape(x, [-1, channels])
        weights = tf.reshape(tf.transpose(w, [0, 1, 3, 2]), [-1, channels])

        def gradient(dy: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            planes = tf.transpose(dy, [3, 0, 1, 2])
            moved = tf.stack(
                [
                    tf.pad(planes, [[0, 0], [0, 0], [i, rows - 1 - i], [j, columns - 1 - j]])
                    for i in range(rows)
                    for j in range(columns)
                ]
            )
            moved = tf.reshape(moved, [rows * columns * filters, -1])
            dx = tf.reshape(tf.matmul(moved, weights, transpose_a=True), tf.shape(x))
            dw = tf.reshape(tf.matmul(moved, flat), [rows, columns, filters, channels])
            return dx, tf.transpose(dw, [0, 1, 3, 2])

        made = tf.matmul(flat, weights, transpose_b=True)
        made = tf.reshape(made, [-1, *x.shape[1:3], rows * columns, filters])
        parts = [
            made[:, i : i + height, j : j + width, columns * i + j]
            for i in range(rows)
            for j in range(columns)
        ]
        return tf.add_n(parts), gradient

    return convolve(inputs, tf.convert_to_tensor(kernel))


def _spread_back(inputs: Any, kernel: Any, strides: tuple[int, int], padding: str) -> Any:
    """TensorFlow's convolution, with a faster way to the gradient of few input maps."""
    import tensorflow as tf

    size = tuple(inputs.shape[1:3])

    @tf.custom_gradient
    def convolve(x: tf.Tensor, w: tf.Tensor) -> tuple[tf.Tensor, Any]:
        def gradient(dy: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            dw = tf.raw_ops.Conv2DBackpropFilter(
                input=x, filter_sizes=w.shape, out_backprop=dy, strides=[1, *strides, 1],
                padding=padding,
            )  # fmt: skip
            return spread(dy, w, strides, size, padding), dw

        return tf.nn.conv2d(x, w, strides, padding), gradient

    return convolve(inputs, tf.convert_to_tensor(kernel))


def _by_patches(
    inputs: Any, kernel: Any, strides: tuple[int, int], before: tuple[int, int], small: Any
) -> Any:
    """A kernel much larger than the maps: a product with the patches that it sees."""
    import tensorflow as tf

    filters, size = kernel.shape[3], tuple(inputs.shape[1:3])

    @tf.custom_gradient
    def convolve(x: tf.Tensor, w: tf.Tensor) -> tuple[tf.Tensor, Any]:
        seen = gathered(x, w.shape[:2], strides, before, small)

        def gradient(dy: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            slopes = tf.reshape(dy, [-1, filters])
            dw = tf.matmul(seen, slopes, transpose_a=True)
            return overlapped(dy, w, strides, size, before), tf.reshape(dw, w.shape)

        made = tf.matmul(seen, tf.reshape(w, [-1, filters]))
        return tf.reshape(made, [-1, *small, filters]), gradient

    return convolve(inputs, tf.convert_to_tensor(kernel))
