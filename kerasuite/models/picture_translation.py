"""Nets that make a picture of another one, and the discriminators of patches against them."""

import itertools
from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from kerasuite.layers import (
    BatchNormalization,
    Conv2DTranspose,
    ProductConv2D,
    ReflectionPadding2D,
)
from kerasuite.models import parts

SLOPE = 0.2
# The receptive field of PatchGAN to its convolutions of stride 2.
PATCHES = {1: 0, 16: 1, 70: 3, 286: 5}
NORMS = ("batch", "instance")
_EPSILON = 1.001e-5  # that of Torch, raised to the least that fused kernels take
_DROPPED = 3


def Pix2PixGenerator(
    input_shape: Sequence[int] = (256, 256, 3),
    classes: int = 3,
    width: int = 64,
    dropout: float = 0.5,
    norm: str = "batch",
    name: str = "pix2pix_generator",
) -> keras.Model:
    """Builds the U-Net of pix2pix: 4x4 convolutions of stride 2 down to one place, and back up.

    Encoder C64-C128-C256-C512-C512-C512-C512-C512 for 256x256, and a decoder of transposed
    convolutions that is given the encoder's maps of the same size. Smaller pictures have fewer of
    the C512. Norm follows all but the first and the innermost convolution and the last transposed
    one.

    Args:
        input_shape: (height, width, channels), sides of powers of 2 from 16 on, or multiples of one
            of these.
        classes: channels of the picture that is made.
        width: maps of the first convolution, doubled by each up to eight times as many.
        dropout: share dropped in the decoder's three innermost layers (fewer for smaller
            pictures), in [0, 1).
        norm: "batch" or "instance".
        name: of the model.

    Returns:
        A functional `keras.Model`: pictures from -1 to 1 → pictures from -1 to 1 of the same size.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Isola et al. 2017, "Image-to-image translation with conditional adversarial networks",
        section 6.1.1.
    """
    _check(width, norm)
    parts.check_width(classes, "classes")
    parts.check_rate(dropout, "dropout")
    inputs = parts.picture_input(input_shape, least_size=16)
    depth = _depth(input_shape)
    maps = [width * min(8, 2**i) for i in range(depth)]
    x, bridges = inputs, []
    for i, n in enumerate(maps, 1):
        x = layers.LeakyReLU(SLOPE, name=f"down{i}_leaky")(x) if i > 1 else x
        x = _convolution(n, norm, f"down{i}")(x)
        x = _normalized(x, norm, f"down{i}") if 1 < i < depth else x
        bridges.append(x)
    x = bridges.pop()
    for i, n in enumerate(reversed(maps[:-1]), 1):
        x = layers.ReLU(name=f"up{i}_relu")(x)
        x = _convolution(n, norm, f"up{i}", Conv2DTranspose)(x)
        x = _normalized(x, norm, f"up{i}")
        if dropout and i <= min(_DROPPED, depth - 5):
            x = layers.Dropout(dropout, name=f"up{i}_dropout")(x)
        x = layers.Concatenate(name=f"bridge{i}")([bridges.pop(), x])
    x = layers.ReLU(name="last_relu")(x)
    x = Conv2DTranspose(
        classes, 4, 2, "same", kernel_initializer=_normal(), dtype="float32", name="last"
    )(x)
    return keras.Model(
        inputs, layers.Activation("tanh", dtype="float32", name="tanh")(x), name=name
    )


def PatchDiscriminator(
    input_shape: Sequence[int] = (256, 256, 3),
    classes: int = 3,
    width: int = 64,
    patch: int = 70,
    norm: str = "batch",
    name: str = "patch_discriminator",
) -> keras.Model:
    """Builds PatchGAN's discriminator: a score for every patch of a picture.

    Args:
        input_shape: (height, width, channels) of the picture that is given; with `classes` 0 of the
            only one.
        classes: channels of the picture that may have been made of it; 0 for a discriminator that
            sees the made picture alone.
        width: maps of the first convolution, doubled by each up to eight times as many.
        patch: side of the patch that a score is of, in pixels: 1, 16, 70 or 286.
        norm: "batch" or "instance".
        name: of the model.

    Returns:
        A functional `keras.Model`: [given pictures, made pictures] → scores (batch, rows, columns,
        1), without a sigmoid; with `classes` 0, pictures → scores.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Isola et al. 2017, section 6.1.2; Zhu et al. 2017, "Unpaired image-to-image translation
        using cycle-consistent adversarial networks", section 7.2 (instance norm).
    """
    _check(width, norm)
    parts.check_classes_or_none(classes)
    if patch not in PATCHES:
        raise ValueError(f"`patch` must be one of {list(PATCHES)}. Received: patch={patch}")
    given = parts.picture_input(input_shape, least_size=4 if patch == 1 else 16)
    inputs: Any = given
    x = given
    if classes:
        made = keras.Input((*input_shape[:2], classes), name="made")
        inputs, x = [given, made], layers.Concatenate(name="both")([given, made])
    kernel, halvings = (1, 0) if patch == 1 else (4, PATCHES[patch])
    # One layer more of stride 1, and then the scores.
    for i in range(halvings + 1 if patch > 1 else 2):
        stride = 2 if i < halvings else 1
        x = _patch_convolution(
            x, width * min(8, 2**i), kernel, stride, f"conv{i + 1}", i == 0 or norm == "instance"
        )
        x = _normalized(x, norm, f"conv{i + 1}") if i else x
        x = layers.LeakyReLU(SLOPE, name=f"conv{i + 1}_leaky")(x)
    bias = patch > 1 or norm == "instance"
    scores = _patch_convolution(x, 1, kernel, 1, "scores", bias, dtype="float32")
    return keras.Model(inputs, scores, name=name)


def CycleGANGenerator(
    input_shape: Sequence[int] = (256, 256, 3),
    classes: int = 3,
    width: int = 64,
    blocks: int = 9,
    norm: str = "instance",
    skip: bool = False,
    name: str = "cyclegan_generator",
) -> keras.Model:
    """Builds the ResNet generator of CycleGAN.

    c7s1-64, d128, d256, then residual blocks R256, u128, u64, c7s1-3: two convolutions of stride 2,
    `blocks` blocks, two transposed ones; reflection padding where there is padding without stride.

    Args:
        input_shape: (height, width, channels), sides of multiples of 4 from 16 on.
        classes: channels of the picture that is made.
        width: maps of the first convolution.
        blocks: residual blocks: 6 for 128x128, 9 for 256x256 in the paper.
        norm: "instance" or "batch".
        skip: whether the net learns a difference, which is added to the picture and cut off at -1
            and 1; it begins at 0, so that at first each picture stays as it is. The paper's net
            makes the picture itself, and ends with a tanh.
        name: of the model.

    Returns:
        A functional `keras.Model`: pictures from -1 to 1 → pictures from -1 to 1 of the same size.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Zhu et al. 2017, section 7.2; Johnson et al. 2016, "Perceptual losses for real-time style
        transfer and super-resolution".
    """
    _check(width, norm)
    parts.check_width(classes, "classes")
    parts.check_width(blocks, "blocks")
    inputs = parts.picture_input(input_shape, least_size=16)
    if any(side % 4 for side in input_shape[:2]):
        raise ValueError(
            "The sides of `input_shape` must be multiples of 4. Received: "
            f"input_shape={tuple(input_shape)}"
        )
    if skip and classes != input_shape[2]:
        raise ValueError(
            "`skip` needs as many channels made as given. Received: "
            f"classes={classes}, input_shape={tuple(input_shape)}"
        )
    x = _reflected(inputs, width, 7, norm, "first")
    for i in (1, 2):
        x = layers.ZeroPadding2D(1, name=f"down{i}_pad")(x)
        x = _convolution(width * 2**i, norm, f"down{i}", kernel=3, padding="valid")(x)
        x = _relu(x, norm, f"down{i}")
    for i in range(1, blocks + 1):
        branch = _reflected(x, 4 * width, 3, norm, f"block{i}_1")
        branch = _reflected(branch, 4 * width, 3, norm, f"block{i}_2", relu=False)
        x = layers.Add(name=f"block{i}")([x, branch])
    for i in (1, 2):
        maps = 4 * width // 2**i
        # Torch's padding of 1 and one more at the end make the same size as "same" does.
        x = _convolution(maps, norm, f"up{i}", Conv2DTranspose, kernel=3)(x)
        x = _relu(x, norm, f"up{i}")
    x = ReflectionPadding2D(3, name="last_pad")(x)
    start = "zeros" if skip else _normal()
    x = layers.Conv2D(classes, 7, kernel_initializer=start, dtype="float32", name="last")(x)
    if skip:
        x = layers.Add(dtype="float32", name="changed")([inputs, x])
    bound = "hard_tanh" if skip else "tanh"
    return keras.Model(inputs, layers.Activation(bound, dtype="float32", name=bound)(x), name=name)


def receptive_field(model: keras.Model) -> int:
    """The side of the patch of a picture that one score of a `PatchDiscriminator` sees."""
    field = 1
    for layer in reversed(model.layers):
        if isinstance(layer, layers.Conv2D):
            field = (field - 1) * layer.strides[0] + layer.kernel_size[0]
    return field


def _check(width: int, norm: str) -> None:
    parts.check_width(width, "width")
    if norm not in NORMS:
        raise ValueError(f"`norm` must be one of {NORMS}. Received: norm={norm!r}")


def _depth(input_shape: Sequence[int]) -> int:
    """How often a picture can be halved, at most down to one place and eight times."""
    for depth in itertools.count():
        if depth == 8 or any(side % 2 ** (depth + 1) for side in input_shape[:2]):
            break
    if depth < 4:
        raise ValueError(
            "The sides of `input_shape` must be multiples of 16. "
            f"Received: input_shape={tuple(input_shape)}"
        )
    return depth


def _convolution(
    maps: int,
    norm: str,
    name: str,
    kind: type = ProductConv2D,
    kernel: int = 4,
    padding: str = "same",
) -> keras.layers.Layer:
    """Of stride 2. Nets with batch norm have no biases here, as in the authors' code."""
    return kind(
        maps,
        kernel,
        2,
        padding,
        use_bias=norm == "instance",
        kernel_initializer=_normal(),
        name=name,
    )


def _patch_convolution(
    x: keras.KerasTensor, maps: int, kernel: int, stride: int, name: str, bias: bool, **kwargs: Any
) -> keras.KerasTensor:
    """A convolution padded by 1 on all sides, as in Torch; 1x1 ones need no padding."""
    if kernel > 1:
        x = layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
    return ProductConv2D(
        maps, kernel, stride, use_bias=bias, kernel_initializer=_normal(), name=name, **kwargs
    )(x)


def _reflected(
    x: keras.KerasTensor, maps: int, kernel: int, norm: str, name: str, relu: bool = True
) -> keras.KerasTensor:
    x = ReflectionPadding2D(kernel // 2, name=f"{name}_pad")(x)
    x = layers.Conv2D(
        maps, kernel, use_bias=norm == "instance", kernel_initializer=_normal(), name=name
    )(x)
    return _relu(x, norm, name) if relu else _normalized(x, norm, name)


def _relu(x: keras.KerasTensor, norm: str, name: str) -> keras.KerasTensor:
    return layers.ReLU(name=f"{name}_relu")(_normalized(x, norm, name))


def _normalized(x: keras.KerasTensor, norm: str, name: str) -> keras.KerasTensor:
    if norm == "batch":
        return BatchNormalization(momentum=0.9, epsilon=_EPSILON, name=f"{name}_norm")(x)
    # A group for each map, without weights, as in the authors' code.
    return layers.GroupNormalization(
        groups=-1, epsilon=_EPSILON, center=False, scale=False, name=f"{name}_norm"
    )(x)


def _normal() -> keras.initializers.Initializer:
    """Both papers' start of all weights."""
    return keras.initializers.RandomNormal(stddev=0.02)
