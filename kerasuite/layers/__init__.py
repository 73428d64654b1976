"""Layers that Keras lacks, written in `keras.ops`: they run on TensorFlow, JAX and torch.

Importing this package registers them, so that `keras.saving.load_model` finds them by name.
Pictures are channels-last, (batch, height, width, channels), unless a layer has `data_format`.
"""

from kerasuite.layers.activations import scaled_tanh
from kerasuite.layers.append_weights import AppendWeights
from kerasuite.layers.attention_heads import AttentionHeads
from kerasuite.layers.attention_rnn import AttentionRNN
from kerasuite.layers.batch_normalization import BatchNormalization
from kerasuite.layers.beside import Beside
from kerasuite.layers.bicubic import Bicubic
from kerasuite.layers.box_crops import BoxCrops
from kerasuite.layers.box_means import BoxMeans
from kerasuite.layers.class_rbm import ClassRBM
from kerasuite.layers.connection_table_conv2d import ConnectionTableConv2D
from kerasuite.layers.contractive_dense import ContractiveDense
from kerasuite.layers.conv2d import Conv2D
from kerasuite.layers.conv2d_transpose import Conv2DTranspose
from kerasuite.layers.corruption import Corruption
from kerasuite.layers.decoded_boxes import DecodedBoxes
from kerasuite.layers.dueling import Dueling
from kerasuite.layers.euclidean_rbf import EuclideanRBF
from kerasuite.layers.gaussian_code import GaussianCode
from kerasuite.layers.group_evidence import GroupEvidence
from kerasuite.layers.grouped_conv2d import GroupedConv2D
from kerasuite.layers.gru import GRU
from kerasuite.layers.image_pool import ImagePool
from kerasuite.layers.initializers import FanInUniform
from kerasuite.layers.l2_pooling2d import L2Pooling2D
from kerasuite.layers.local_response_normalization import LocalResponseNormalization
from kerasuite.layers.locally_connected import LocallyConnected1D, LocallyConnected2D
from kerasuite.layers.lstm import LSTM
from kerasuite.layers.mcculloch_pitts import McCullochPitts
from kerasuite.layers.memory_attention import MemoryAttention
from kerasuite.layers.no_steps import NoSteps
from kerasuite.layers.noisy_dense import NoisyDense
from kerasuite.layers.one_hot_columns import OneHotColumns
from kerasuite.layers.packed_dense import PackedDense
from kerasuite.layers.piecewise_linear_encoding import PiecewiseLinearEncoding
from kerasuite.layers.pixel_shuffle import PixelShuffle
from kerasuite.layers.product_conv2d import ProductConv2D
from kerasuite.layers.proposals import Proposals
from kerasuite.layers.rbm import RBM
from kerasuite.layers.reflection_padding2d import ReflectionPadding2D
from kerasuite.layers.running_normalization import RunningNormalization
from kerasuite.layers.sinusoidal_positions import SinusoidalPositions
from kerasuite.layers.sparse_code import SparseCode
from kerasuite.layers.sparsity_penalty import SparsityPenalty
from kerasuite.layers.stochastic_depth import StochasticDepth
from kerasuite.layers.stochastic_pooling2d import StochasticPooling2D
from kerasuite.layers.tag_thresholds import TagThresholds
from kerasuite.layers.tf_idf import TfIdf
from kerasuite.layers.trainable_subsampling2d import TrainableSubsampling2D
from kerasuite.layers.whitening import Whitening

__all__ = [
    "GRU",
    "LSTM",
    "RBM",
    "AppendWeights",
    "AttentionHeads",
    "AttentionRNN",
    "BatchNormalization",
    "Beside",
    "Bicubic",
    "BoxCrops",
    "BoxMeans",
    "ClassRBM",
    "ConnectionTableConv2D",
    "ContractiveDense",
    "Conv2D",
    "Conv2DTranspose",
    "Corruption",
    "DecodedBoxes",
    "Dueling",
    "EuclideanRBF",
    "FanInUniform",
    "GaussianCode",
    "GroupEvidence",
    "GroupedConv2D",
    "ImagePool",
    "L2Pooling2D",
    "LocalResponseNormalization",
    "LocallyConnected1D",
    "LocallyConnected2D",
    "McCullochPitts",
    "MemoryAttention",
    "NoSteps",
    "NoisyDense",
    "OneHotColumns",
    "PackedDense",
    "PiecewiseLinearEncoding",
    "PixelShuffle",
    "ProductConv2D",
    "Proposals",
    "ReflectionPadding2D",
    "RunningNormalization",
    "SinusoidalPositions",
    "SparseCode",
    "SparsityPenalty",
    "StochasticDepth",
    "StochasticPooling2D",
    "TagThresholds",
    "TfIdf",
    "TrainableSubsampling2D",
    "Whitening",
    "scaled_tanh",
]
