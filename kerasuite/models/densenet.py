"""Densely connected nets, for ImageNet and for CIFAR."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers

from kerasuite.models import parts
from kerasuite.models.convolutional import classifier, conv, imagenet_stem, norm_relu
from kerasuite.models.data_format import either_data_format
from kerasuite.models.residual import check_blocks
from kerasuite.models.sizes import sized


@either_data_format
def DenseNet(
    include_top: bool = True,
    input_shape: Sequence[int] = (224, 224, 3),
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    blocks: Sequence[int] = (6, 12, 24, 16),
    growth_rate: int = 32,
    compression: float = 0.5,
    dropout: float = 0.0,
    layer_dropout: float = 0.0,
    features_only: bool = False,
    name: str = "densenet",
) -> keras.Model:
    """Builds a DenseNet-BC for pictures of ImageNet's size.

    A 7x7 convolution and maximum pooling bring the picture to a quarter. In a dense block each
    layer sees the maps of all layers before it, through a bottleneck, and adds `growth_rate` of
    its own; between blocks a 1x1 convolution reduces the maps and average pooling halves them.
    Layers are named as in keras.applications, and the model is the same as there, in torchvision
    and in timm.

    Args:
        include_top: whether to end with the classifier, else with the maps of the last block.
        input_shape: (height, width, channels), height and width at least 32.
        pooling: without top, None for the maps, "avg" or "max" for one number a map.
        classes: number of classes.
        classifier_activation: "softmax" for probabilities, None for logits.
        blocks: number of layers of each dense block.
        growth_rate: maps that each layer adds, k in the paper.
        compression: share of the maps kept between blocks, in (0, 1].
        dropout: share of the pooled features dropped in training, in [0, 1).
        layer_dropout: share of each layer's new maps dropped in training, in [0, 1).
        features_only: whether the outputs are the list of the maps at strides 2, 4, 8, 16, …
            instead: those of the first convolution and of each block. The blocks' maps but the
            last are as concatenated, not normalized.
        name: name of the model.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Huang et al. 2016, "Densely connected convolutional networks", section 3 and table 1.
    """
    parts.check_top(include_top, pooling, classes)
    parts.check_rate(dropout, "dropout")
    parts.check_width(growth_rate, "growth_rate")
    inputs = parts.picture_input(input_shape, least_size=32)
    stem, x = imagenet_stem(inputs, 2 * growth_rate)
    maps = [stem, *_blocks(x, blocks, growth_rate, True, compression, layer_dropout)]
    return classifier(
        inputs,
        maps,
        features_only=features_only,
        include_top=include_top,
        pooling=pooling,
        classes=classes,
        classifier_activation=classifier_activation,
        dropout=dropout,
        name=name,
    )


@either_data_format
def CIFARDenseNet(
    include_top: bool = True,
    input_shape: Sequence[int] = (32, 32, 3),
    pooling: str | None = None,
    classes: int = 10,
    classifier_activation: Any = "softmax",
    depth: int = 40,
    growth_rate: int = 12,
    bottleneck: bool = False,
    compression: float | None = None,
    dropout: float = 0.0,
    layer_dropout: float = 0.0,
    features_only: bool = False,
    name: str = "cifar_densenet",
) -> keras.Model:
    """Builds a DenseNet of three dense blocks for pictures of CIFAR's size.

    As `DenseNet`, but starting with a 3x3 convolution at full size, of 16 maps, or of
    `2 * growth_rate` with bottlenecks and compression.

    Args:
        include_top: whether to end with the classifier, else with the maps of the last block.
        input_shape: (height, width, channels), height and width at least 8.
        pooling: without top, None for the maps, "avg" or "max" for one number a map.
        classes: number of classes.
        classifier_activation: "softmax" for probabilities, None for logits.
        depth: 4 more than a multiple of 3 (of 6 with bottlenecks).
        growth_rate: maps that each layer adds, k in the paper.
        bottleneck: whether each 3x3 convolution follows a 1x1 of four times its maps: the B of
            DenseNet-BC.
        compression: share of the maps kept between blocks, in (0, 1], the C of DenseNet-BC;
            None for 0.5 with bottlenecks and 1 without.
        dropout: share of the pooled features dropped in training, in [0, 1).
        layer_dropout: share of each layer's new maps dropped in training, in [0, 1); 0.2 in the
            paper, where pictures are not augmented.
        features_only: whether the outputs are the list of the maps at strides 1, 2 and 4
            instead: those of each block, but the last as concatenated, not normalized.
        name: name of the model.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Huang et al. 2016, "Densely connected convolutional networks", sections 3 and 4.
    """
    parts.check_top(include_top, pooling, classes)
    parts.check_rate(dropout, "dropout")
    parts.check_width(growth_rate, "growth_rate")
    count = _layers(depth, 6 if bottleneck else 3)
    if compression is None:
        compression = 0.5 if bottleneck else 1.0
    inputs = parts.picture_input(input_shape, least_size=8)
    wide = bottleneck and compression < 1
    x = conv(inputs, 2 * growth_rate if wide else 16, 3, name="conv1_conv")
    return classifier(
        inputs,
        _blocks(x, (count,) * 3, growth_rate, bottleneck, compression, layer_dropout),
        features_only=features_only,
        include_top=include_top,
        pooling=pooling,
        classes=classes,
        classifier_activation=classifier_activation,
        dropout=dropout,
        name=name,
    )


def _blocks(
    x: keras.KerasTensor,
    blocks: Sequence[int],
    growth_rate: int,
    bottleneck: bool,
    compression: float,
    layer_dropout: float,
) -> list[keras.KerasTensor]:
    """Returns the maps after each dense block; the last are normalized and activated."""
    check_blocks(blocks)
    parts.check_rate(layer_dropout, "layer_dropout")
    if not 0 < compression <= 1:
        raise ValueError(f"`compression` must be in (0, 1]. Received: compression={compression}")
    outputs = []
    for block, count in enumerate(blocks, 2):
        if outputs:
            x = _transition(x, int(x.shape[-1] * compression), f"pool{block - 1}")
        for i in range(count):
            name = f"conv{block}_block{i + 1}"
            new = _layer(x, growth_rate, bottleneck, layer_dropout, name)
            x = layers.Concatenate(name=f"{name}_concat")([x, new])
        outputs.append(x)
    # Without a name before it, as in keras.applications: "bn" and "relu".
    outputs[-1] = norm_relu(x, "")
    return outputs


def _layer(
    x: keras.KerasTensor, growth_rate: int, bottleneck: bool, dropout: float, name: str
) -> keras.KerasTensor:
    x = norm_relu(x, f"{name}_0")
    if bottleneck:
        x = conv(x, 4 * growth_rate, 1, name=f"{name}_1_conv")
        if dropout:
            x = layers.Dropout(dropout, name=f"{name}_1_dropout")(x)
        x = norm_relu(x, f"{name}_1")
    x = conv(x, growth_rate, 3, name=f"{name}_2_conv")
    return layers.Dropout(dropout, name=f"{name}_2_dropout")(x) if dropout else x


def _transition(x: keras.KerasTensor, maps: int, name: str) -> keras.KerasTensor:
    x = conv(norm_relu(x, name), maps, 1, name=f"{name}_conv")
    return layers.AveragePooling2D(2, name=f"{name}_pool")(x)


def _layers(depth: int, convolutions: int) -> int:
    """Returns the number of layers in each of three blocks."""
    count, rest = divmod(depth - 4, convolutions) if type(depth) is int else (0, 0)
    if count < 1 or rest:
        raise ValueError(
            f"`depth` must be 4 more than a multiple of {convolutions}. Received: depth={depth}"
        )
    return count


def _imagenet(depth: int, blocks: tuple[int, ...], growth_rate: int = 32) -> Callable:
    summary = f"Builds DenseNet-{depth}."
    return sized(DenseNet, f"DenseNet{depth}", summary, blocks=blocks, growth_rate=growth_rate)


DenseNet121 = _imagenet(121, (6, 12, 24, 16))
DenseNet161 = _imagenet(161, (6, 12, 36, 24), growth_rate=48)
DenseNet169 = _imagenet(169, (6, 12, 32, 32))
DenseNet201 = _imagenet(201, (6, 12, 48, 32))
DenseNet264 = _imagenet(264, (6, 12, 64, 48))

DenseNet40_12 = sized(CIFARDenseNet, "DenseNet40_12", "Builds DenseNet (L=40, k=12).", depth=40)
DenseNet100_12 = sized(CIFARDenseNet, "DenseNet100_12", "Builds DenseNet (L=100, k=12).", depth=100)
DenseNetBC40_12 = sized(
    CIFARDenseNet, "DenseNetBC40_12", "Builds DenseNet-BC (40, 12).", depth=40, bottleneck=True
)
DenseNetBC100_12 = sized(
    CIFARDenseNet, "DenseNetBC100_12", "Builds DenseNet-BC (100, 12).", depth=100, bottleneck=True
)
