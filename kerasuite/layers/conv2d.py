"""A convolution whose kernel learns fast in bfloat16 on a CPU."""

from typing import Any

import keras
from keras import ops

from kerasuite.layers.devices import only_tensorflow_on_cpu
from kerasuite.layers.patches import patches

# Weights of the kernel for each place of the output above which the copies that `_patches` makes
# cost less than they save, without strides and with them; measured on the shapes of ResNet-20 and
# ResNet-50.
_WORTH_COPYING = 2000
_WORTH_COPYING_BY_STRIDES = 100
# The same for the copies of the kernel that a convolution makes of it in every pass, in the order
# that suits it, by 1x1 and by larger kernels; measured on ResNet-50, ResNeXt-50 and DenseNet-121.
_MANY_WEIGHTS = 1000
_VERY_MANY_WEIGHTS = 30000


@keras.saving.register_keras_serializable(package="kerasuite")
class Conv2D(keras.layers.Conv2D):
    """Drop-in for `keras.layers.Conv2D`: same arguments, weights and results.

    In bfloat16 on a CPU, TensorFlow's kernel for the gradient of a convolution's weights is slower
    than everything else of the step together. With dy the gradient of the output, that gradient is
    one matrix product, of dy with the patches of the input that the kernel saw:

        dw[i, j, c, f] = sum over n, y, x of input[n, y + i, x + j, c] * dy[n, y, x, f]

    This layer trains by that product where it is faster: for kernels of 1x1, whose patches are
    the input itself, and for large kernels on small maps. Milliseconds of the gradient, on two
    cores (3 x 3 before the patches were gathered by rows, which is faster still):

    | input, batch 16 | kernel | TensorFlow's | product |
    |---|---|---|---|
    | 16 x 16 x 512 | 1 x 1 x 128 | 2.4 | 1.7 |
    | 8 x 8 x 1024 | 1 x 1 x 256 | 2.1 | 0.9 |
    | 4 x 4 x 2048 | 1 x 1 x 512 | 7.3 | 1.5 |
    | 8 x 8 x 256 | 3 x 3 x 256 | 5.5 | 3.4 |
    | 4 x 4 x 512 | 3 x 3 x 512 | 13.7 | 3.2 |
    | 34 x 34 x 128, strides 2 | 3 x 3 x 128 | 3.2 | 2.2 |

    A convolution by 1x1 is a product itself. TensorFlow's brings the kernel into another order in
    each pass, and is slow with strides; so where maps are small for the kernel's weights, or with
    strides, the output and the gradient of the input are products, too. In milliseconds on two
    cores, with 0.35 of calling them:

    | input, batch 16 | kernel | strides | output | product | gradient | product |
    |---|---|---|---|---|---|---|
    | 4 x 4 x 1024 | 1 x 1 x 2048 | 1 | 2.5 | 1.7 | 3.2 | 1.7 |
    | 4 x 4 x 512 | 1 x 1 x 128 | 1 | 0.52 | 0.38 | 0.54 | 0.40 |
    | 8 x 8 x 1024 | 1 x 1 x 2048 | 2 | 2.4 | 1.6 | 4.0 | 1.7 |
    | 32 x 32 x 256 | 1 x 1 x 512 | 2 | 1.7 | 1.7 | 2.3 | 1.8 |

    With that a step of ResNet-50 takes 0.94 of the time it took without, of ResNeXt-50 0.94, of
    DenseNet-121 0.96. The copies that TensorFlow makes of the heaviest kernels cost more than
    patches: with 3 x 3 x 512 on 4 x 4 x 512 the output takes 1.6 ms as a product in place of 2.1.

    In float32 there is no such difference. There, in inference, with groups, dilation or channels
    first, on other devices and on other backends the layer is Keras's own.

    Args:
        **kwargs: those of `keras.layers.Conv2D`.

    Reference:
        LeCun et al. 1998, "Gradient-based learning applied to document recognition", section II;
        the product is that of Chellapilla et al. 2006, "High performance convolutional neural
        networks for document processing", section 2.
    """

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        way = self._way(inputs) if training else None
        if way is None:
            return super().call(inputs)
        # The values, not the variable, which tf.custom_gradient would treat apart.
        kernel = ops.convert_to_tensor(ops.cast(self.kernel, inputs.dtype))
        outputs = way(inputs, kernel, self.strides, self.padding.upper())
        if self.use_bias:
            outputs = ops.add(outputs, self.bias)
        return outputs if self.activation is None else self.activation(outputs)

    def _way(self, inputs: Any) -> Any:
        """How to convolve in training, or None for Keras's way."""
        plain = self.groups == 1 and self.data_format == "channels_last"
        if not plain or self.dilation_rate != (1, 1) or not only_tensorflow_on_cpu():
            return None
        if keras.backend.standardize_dtype(inputs.dtype) != "bfloat16":
            return None
        strided, weights = self.strides != (1, 1), self._weights_a_place(inputs)
        if self.kernel_size == (1, 1):
            wholly = weights >= _MANY_WEIGHTS or (strided and weights > 0)
            return _product if wholly else _convolution
        # Padding for "same" depends on the size where there are strides.
        if strided and self.padding == "same":
            return None
        if weights >= _VERY_MANY_WEIGHTS:
            return _product_of_patches
        least = _WORTH_COPYING_BY_STRIDES if strided else _WORTH_COPYING
        return _convolution if weights >= least else None

    def _weights_a_place(self, inputs: Any) -> float:
        """Weights of the kernel for each place of the output, 0 for maps of any size or none."""
        height, width = self.compute_output_shape(inputs.shape)[1:3]
        if not height or not width:
            return 0
        rows, columns = self.kernel_size
        return rows * columns * inputs.shape[-1] * self.filters / (height * width)


def _product(inputs: Any, kernel: Any, strides: tuple[int, int], _: str) -> Any:
    """A convolution by 1x1 as one product of all places; so are its gradients."""
    import tensorflow as tf  # only here: the other backends do without TensorFlow

    x = inputs if strides == (1, 1) else _thinned(inputs, strides)
    channels, filters = kernel.shape[2:]
    y = tf.matmul(tf.reshape(x, [-1, channels]), tf.reshape(kernel, [channels, filters]))
    return tf.reshape(y, [-1, *x.shape[1:3], filters])


def _thinned(inputs: Any, strides: tuple[int, int]) -> Any:
    """Every so many-th row and column of maps, with a gradient of one pass."""
    import tensorflow as tf

    (down, right), (height, width, channels) = strides, inputs.shape[1:]
    rows, columns = -(-height // down), -(-width // right)

    @tf.custom_gradient
    def thin(x: tf.Tensor) -> tuple[tf.Tensor, Any]:
        def gradient(dy: tf.Tensor) -> tf.Tensor:
            apart = tf.reshape(dy, [-1, rows, 1, columns, 1, channels])
            zeros = [[0, 0], [0, 0], [0, down - 1], [0, 0], [0, right - 1], [0, 0]]
            dx = tf.reshape(tf.pad(apart, zeros), [-1, rows * down, columns * right, channels])
            return dx[:, :height, :width]

        kept = patches(x, [tf.shape(x)[0], rows, columns], (1, 1), strides)
        return tf.reshape(kept, [-1, rows, columns, channels]), gradient

    return thin(inputs)


def _convolution(inputs: Any, kernel: Any, strides: tuple[int, int], padding: str) -> Any:
    """TensorFlow's convolution, with another way to the gradient of the kernel."""
    import tensorflow as tf  # only here: the other backends do without TensorFlow

    geometry = {"strides": [1, *strides, 1], "padding": padding}

    @tf.custom_gradient
    def convolve(x: tf.Tensor, w: tf.Tensor) -> tuple[tf.Tensor, Any]:
        def gradient(dy: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            dx = tf.raw_ops.Conv2DBackpropInput(
                input_sizes=tf.shape(x), filter=w, out_backprop=dy, **geometry
            )
            seen = _patches(x, tf.shape(dy), w.shape[:2], strides, padding)
            slopes = tf.reshape(dy, [-1, dy.shape[-1]])
            dw = tf.matmul(seen, slopes, transpose_a=True)
            return dx, tf.reshape(dw, w.shape)

        return tf.nn.conv2d(x, w, **geometry), gradient

    return convolve(inputs, kernel)


def _product_of_patches(inputs: Any, kernel: Any, strides: tuple[int, int], padding: str) -> Any:
    """A convolution as one product, and the gradient of its kernel as another."""
    import tensorflow as tf

    filters, geometry = kernel.shape[3], {"strides": [1, *strides, 1], "padding": padding}
    lost = [k - 1 if padding == "VALID" else 0 for k in kernel.shape[:2]]
    sides = zip(inputs.shape[1:3], lost, strides, strict=True)
    height, width = (-(-(n - less) // stride) for n, less, stride in sides)

    @tf.custom_gradient
    def convolve(x: tf.Tensor, w: tf.Tensor) -> tuple[tf.Tensor, Any]:
        seen = _patches(x, (None, height, width), w.shape[:2], strides, padding)

        def gradient(dy: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            dx = tf.raw_ops.Conv2DBackpropInput(
                input_sizes=tf.shape(x), filter=w, out_backprop=dy, **geometry
            )
            dw = tf.matmul(seen, tf.reshape(dy, [-1, filters]), transpose_a=True)
            return dx, tf.reshape(dw, w.shape)

        y = tf.matmul(seen, tf.reshape(w, [-1, filters]))
        return tf.reshape(y, [-1, height, width, filters]), gradient

    return convolve(inputs, kernel)


def _patches(x: Any, output_shape: Any, size: Any, strides: tuple[int, int], padding: str) -> Any:
    """What the kernel sees at each place of the output, [places, rows * columns * channels]."""
    import tensorflow as tf

    rows, columns = size
    if padding == "SAME" and (rows, columns) != (1, 1):
        above, left = (rows - 1) // 2, (columns - 1) // 2
        x = tf.pad(x, [[0, 0], [above, rows - 1 - above], [left, columns - 1 - left], [0, 0]])
    return patches(x, output_shape, size, strides)
