"""Layers that Keras lacks, written in `keras.ops`: they run on TensorFlow, JAX and torch.

Importing this package registers them, so that `keras.saving.load_model` finds them by name.
Pictures are channels-last: (batch, height, width, channels).
"""

from kerasuite.layers.activations import scaled_tanh
from kerasuite.layers.batch_normalization import BatchNormalization
from kerasuite.layers.connection_table_conv2d import ConnectionTableConv2D
from kerasuite.layers.euclidean_rbf import EuclideanRBF
from kerasuite.layers.initializers import FanInUniform
from kerasuite.layers.mcculloch_pitts import McCullochPitts
from kerasuite.layers.trainable_subsampling2d import TrainableSubsampling2D

__all__ = [
    "BatchNormalization",
    "ConnectionTableConv2D",
    "EuclideanRBF",
    "FanInUniform",
    "McCullochPitts",
    "TrainableSubsampling2D",
    "scaled_tanh",
]
