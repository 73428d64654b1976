"""Grouped convolution that trains on a CPU."""

import functools
import math
from typing import Any

import keras
from keras import ops

from kerasuite.layers.devices import only_tensorflow_on_cpu

# Up to how many channels of a group the gradient of its kernel is better made of several groups at
# once in bfloat16, and how many channels are then made one group: TensorFlow's kernel takes these
# at once.
_FEW_CHANNELS = 4
_LANES = 16


@keras.saving.register_keras_serializable(package="kerasuite")
class GroupedConv2D(keras.layers.Conv2D):
    """Drop-in for `keras.layers.Conv2D` with `groups`: same arguments, weights and results.

    The channels are cut into `groups` equal parts, each convolved on its own with
    `filters // groups` filters. The kernel has Keras's shape
    (height, width, channels // groups, filters), so weights are exchanged with
    `keras.layers.Conv2D`: by `get_weights` and `set_weights`, or by files ending in ".h5" that
    are loaded with `by_name=True`. Files ending in ".weights.h5" name layers by their class, so
    they do not serve for that.

    On TensorFlow, Keras compiles every grouped convolution with XLA. On a CPU that is slow in
    inference and hopeless in training. With no other device than the CPU this layer takes
    TensorFlow's own kernels, which know groups where oneDNN computes (float32 and bfloat16);
    where they do not, it makes one convolution of each group, unless the channels come first.
    Elsewhere (other devices, JAX, torch) the layer is Keras's own.

    The convolutions of ResNeXt-50 (3x3, 32 groups, a batch of 16, float32) on two cores, each
    as "forward pass, step of training", that is with both gradients; medians of
    benchmarks/records/grouped_conv.json. First this layer's milliseconds, then how many times
    as long the others take:

    | feature map | this layer | one convolution a group | PyTorch | Keras |
    |---|---|---|---|---|
    | 56 x 56 x 128 | 21, 49 | 2.4, 1.8 | 0.9, 1.7 | 17, 564 |
    | 28 x 28 x 256 | 7.8, 25 | 2.5, 1.8 | 1.1, 1.5 | 18, 1271 |
    | 14 x 14 x 512 | 6.0, 17 | 2.2, 2.5 | 1.6, 1.7 | 9.7, 760 |
    | 7 x 7 x 1024 | 13, 17 | 1.6, 1.7 | 0.8, 1.4 | 1.6, 299 |

    In bfloat16 the gradient of groups of two to four channels is computed as that of wider groups,
    of which all but the groups themselves is left out: 1.5 ms in place of 2.5 on two cores for
    maps of 32 x 32 x 128, a batch of 16, 32 groups. A step of ResNeXt-50 takes 0.99 of its time so.

    Args:
        **kwargs: those of `keras.layers.Conv2D`.

    Raises:
        ValueError: if `groups` divides the filters or the channels of the input unevenly.

    Reference:
        Krizhevsky, Sutskever, Hinton 2012, "ImageNet classification with deep convolutional
        neural networks", figure 2; Xie et al. 2017, "Aggregated residual transformations for
        deep neural networks", figure 3c.
    """

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        if self.groups == 1 or len(inputs.shape) != 4 or not only_tensorflow_on_cpu():
            return super().convolution_op(inputs, kernel)
        dtype = keras.backend.standardize_dtype(inputs.dtype)
        if _kernels_know_groups(dtype, self.data_format):
            return self._in_one_convolution(inputs, kernel)
        if self.data_format == "channels_last":
            return self._group_by_group(inputs, kernel)
        return super().convolution_op(inputs, kernel)

    def _in_one_convolution(self, inputs: Any, kernel: Any) -> Any:
        import tensorflow as tf  # only here: the other backends do without TensorFlow

        geometry = {
            "strides": self.strides,
            "padding": self.padding.upper(),
            "data_format": _tensorflow_format(self.data_format),
            "dilations": self.dilation_rate,
        }
        # The values, not the variable, which tf.custom_gradient would treat apart.
        kernel = ops.convert_to_tensor(ops.cast(kernel, inputs.dtype))
        at_once = self._groups_at_once(inputs)
        if at_once > 1:
            outputs = _with_wide_gradient(inputs, kernel, at_once, geometry)
        else:
            outputs = tf.nn.conv2d(inputs, kernel, **geometry)
        # Costs nothing, and keeps TensorFlow from fusing the convolution with a normalization
        # after it: without oneDNN, where an exported model may be served, that fusion fails.
        return tf.ensure_shape(outputs, outputs.shape)

    def _groups_at_once(self, inputs: Any) -> int:
        """Of how many groups the kernel's gradient is computed as if they were one."""
        channels = inputs.shape[-1] // self.groups
        few = 2 <= channels <= _FEW_CHANNELS and self.dilation_rate == (1, 1)
        if not few or self.data_format != "channels_last":
            return 1
        if keras.backend.standardize_dtype(inputs.dtype) != "bfloat16":
            return 1
        return math.gcd(self.groups, _LANES // channels)

    def _group_by_group(self, inputs: Any, kernel: Any) -> Any:
        groups = zip(
            ops.split(inputs, self.groups, axis=-1),
            ops.split(ops.convert_to_tensor(kernel), self.groups, axis=-1),
            strict=True,
        )
        convolve = super().convolution_op
        return ops.concatenate([convolve(x, k) for x, k in groups], axis=-1)


def _with_wide_gradient(inputs: Any, kernel: Any, at_once: int, geometry: dict) -> Any:
    """A grouped convolution whose kernel's gradient is made by several groups at once.

    That of one wide group holds those of its parts, as blocks of a diagonal.
    """
    import tensorflow as tf

    rows, columns, channels, filters = kernel.shape

    @tf.custom_gradient
    def convolve(x: tf.Tensor, w: tf.Tensor) -> tuple[tf.Tensor, Any]:
        def gradient(dy: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            slope = {
                "out_backprop": dy,
                "strides": [1, *geometry["strides"], 1],
                "padding": geometry["padding"],
            }
            dx = tf.raw_ops.Conv2DBackpropInput(input_sizes=tf.shape(x), filter=w, **slope)
            wide = tf.raw_ops.Conv2DBackpropFilter(
                input=x, filter_sizes=[rows, columns, at_once * channels, filters], **slope
            )
            # Axis 2 is the part of the wide group that is seen, axis 5 the one that sees.
            parts = at_once, channels, x.shape[-1] // (at_once * channels), at_once
            wide = tf.reshape(wide, [rows, columns, *parts, -1])
            dw = tf.stack([wide[:, :, i, :, :, i] for i in range(at_once)], axis=-2)
            return dx, tf.reshape(dw, w.shape)

        return tf.nn.conv2d(x, w, **geometry), gradient

    return convolve(inputs, kernel)


@functools.cache
def _kernels_know_groups(dtype: str, data_format: str) -> bool:
    """Tries a grouped convolution of ones and its gradients.

    Without oneDNN the gradients raise an error, or are wrong for some shapes.
    """
    import tensorflow as tf

    shape = (2, 9, 10, 8) if data_format == "channels_last" else (2, 8, 9, 10)
    options = {
        "strides": [1] * 4,
        "padding": "VALID",
        "data_format": _tensorflow_format(data_format),
    }
    # Computes at once, even while a graph is traced; tapes do not record here.
    with tf.init_scope():
        x, kernel = tf.ones(shape, dtype), tf.ones((3, 3, 2, 12), dtype)
        try:
            y = tf.nn.conv2d(x, kernel, **options)
            slope = {"out_backprop": tf.ones_like(y), **options}
            to_x = tf.raw_ops.Conv2DBackpropInput(input_sizes=shape, filter=kernel, **slope)
            to_kernel = tf.raw_ops.Conv2DBackpropFilter(input=x, filter_sizes=kernel.shape, **slope)
            found = y, to_x, to_kernel
            greatest, least = ([float(f(t)) for t in found] for f in (tf.reduce_max, tf.reduce_min))
        except tf.errors.OpError:
            return False
    # An output adds 3 * 3 places of 2 channels. An input is seen by 3 filters, from 9 places in
    # the middle and 1 at a corner. An entry of the kernel sees 7 * 8 places of 2 examples.
    return greatest == [18, 27, 112] and least == [18, 3, 112]


def _tensorflow_format(data_format: str) -> str:
    return "NHWC" if data_format == "channels_last" else "NCHW"
