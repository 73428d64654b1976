"""Nets that make pictures larger, and the discriminator of SRGAN."""

import math
from collections.abc import Sequence

import keras
from keras import layers

from kerasuite.layers import BatchNormalization, Bicubic, PixelShuffle
from kerasuite.models import parts

SCALES = (2, 4)
SLOPE = 0.2
_DISCRIMINATOR_STAGES = 4


def SRResNet(
    input_shape: Sequence[int | None] = (24, 24, 3),
    classes: int = 3,
    width: int = 64,
    blocks: int = 16,
    scale: int = 4,
    residual: bool = False,
    name: str = "srresnet",
) -> keras.Model:
    """Builds SRResNet, which is also the generator of SRGAN.

    A 9x9 convolution; residual blocks of two 3x3 convolutions with batch norm and parametric ReLU;
    a shortcut over all of them; for each doubling a 3x3 convolution and a pixel shuffle; and a 9x9
    convolution for the colours. It takes pictures of any size, and all parts know only the
    neighbourhood of a place: see `radius`.

    Args:
        input_shape: (height, width, channels); height and width may be None, for any.
        classes: channels of the large picture.
        width: maps of all convolutions but the last.
        blocks: residual blocks.
        scale: 2 or 4.
        residual: add the bicubic enlargement to the answer, so that only the difference from it is
            learned (VDSR's idea, not SRResNet's), from 0 on; needs as many `classes` as channels.
        name: of the model.

    Returns:
        A functional `keras.Model`: small pictures → pictures `scale` times as high and wide, from
        -1 to 1 both.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Ledig et al. 2017, "Photo-realistic single image super-resolution using a generative
        adversarial network", section 2.1, figure 4; Kim et al. 2016, "Accurate image
        super-resolution using very deep convolutional networks" (the residual).
    """
    for argument in ("classes", "width", "blocks"):
        parts.check_width(locals()[argument], argument)
    if scale not in SCALES:
        raise ValueError(f"`scale` must be one of {SCALES}. Received: scale={scale}")
    inputs = _any_picture(input_shape)
    if residual and classes != inputs.shape[-1]:
        raise ValueError(
            "With `residual`, `classes` must be the channels of the input. Received: "
            f"classes={classes} for {inputs.shape[-1]} channels"
        )
    x = first = _parametric(_convolution(width, 9, "first")(inputs), "first")
    for i in range(1, blocks + 1):
        branch = _normalized(_convolution(width, 3, f"block{i}_1")(x), f"block{i}_1")
        branch = _parametric(branch, f"block{i}")
        branch = _normalized(_convolution(width, 3, f"block{i}_2")(branch), f"block{i}_2")
        x = layers.Add(name=f"block{i}")([x, branch])
    x = _normalized(_convolution(width, 3, "after_blocks")(x), "after_blocks")
    x = layers.Add(name="shortcut")([first, x])
    for i in range(1, int(math.log2(scale)) + 1):
        x = _convolution(4 * width, 3, f"up{i}")(x)
        x = _parametric(PixelShuffle(2, name=f"up{i}_shuffle")(x), f"up{i}")
    # A difference that begins with 0 makes a net that begins as bicubic interpolation.
    start = "zeros" if residual else "glorot_uniform"
    x = layers.Conv2D(
        classes, 9, padding="same", kernel_initializer=start, dtype="float32", name="last"
    )(x)
    if residual:
        enlarged = Bicubic(scale, dtype="float32", name="bicubic")
        x = layers.Add(dtype="float32", name="pictures")([x, enlarged(inputs)])
    return keras.Model(inputs, x, name=name)


def SRGANDiscriminator(
    input_shape: Sequence[int] = (96, 96, 3),
    width: int = 64,
    name: str = "srgan_discriminator",
) -> keras.Model:
    """Builds the discriminator of SRGAN: eight 3x3 convolutions, every second of stride 2 with the
    next twice as wide, batch norm after all but the first, then two dense layers.

    Args:
        input_shape: (height, width, channels) of the large pictures, sides of at least 16.
        width: maps of the first convolution, 1024 / 64 as many units of the dense layer.
        name: of the model.

    Returns:
        A functional `keras.Model`: pictures → scores (batch, 1), without a sigmoid.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Ledig et al. 2017, section 2.1.1, figure 4.
    """
    parts.check_width(width, "width")
    x = inputs = parts.picture_input(input_shape, least_size=16)
    for stage in range(_DISCRIMINATOR_STAGES):
        for stride in (1, 2):
            label = f"stage{stage + 1}_{stride}"
            x = _convolution(width * 2**stage, 3, label, stride)(x)
            x = x if label == "stage1_1" else _normalized(x, label)
            x = layers.LeakyReLU(SLOPE, name=f"{label}_leaky")(x)
    x = layers.Dense(16 * width, name="dense")(layers.Flatten(name="flat")(x))
    x = layers.LeakyReLU(SLOPE, name="dense_leaky")(x)
    return keras.Model(inputs, layers.Dense(1, dtype="float32", name="scores")(x), name=name)


def radius(model: keras.Model) -> int:
    """How far from a place of the small picture what an `SRResNet` makes of that place depends on
    the picture, in pixels of the small one, rounded up."""
    reach, factor = 0.0, 1
    for layer in model.layers:
        if isinstance(layer, PixelShuffle):
            factor *= layer.factor
        elif isinstance(layer, layers.Conv2D):
            reach += (layer.kernel_size[0] // 2) / factor
    return max(2, math.ceil(reach))  # bicubic enlargement sees two pixels


def _any_picture(input_shape: Sequence[int | None]) -> keras.KerasTensor:
    """An input whose height and width may be None."""
    shape = tuple(input_shape) if isinstance(input_shape, Sequence) else ()
    if len(shape) == 3 and None in shape[:2]:
        parts.picture_input([side or 1 for side in shape[:2]] + [shape[2]])  # to be checked
        return keras.Input(shape)
    return parts.picture_input(input_shape)


def _convolution(maps: int, kernel: int, name: str, stride: int = 1) -> layers.Conv2D:
    return layers.Conv2D(maps, kernel, stride, "same", name=name)


def _normalized(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return BatchNormalization(name=f"{name}_norm")(x)


def _parametric(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """A slope per map for what is below 0, learned from 0.25 on as in Torch."""
    slope = keras.initializers.Constant(0.25)
    return layers.PReLU(slope, shared_axes=[1, 2], name=f"{name}_prelu")(x)
