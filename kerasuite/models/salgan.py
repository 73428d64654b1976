"""SalGAN: the net that says where people look, and the discriminator against it."""

from collections.abc import Sequence

import keras
from keras import layers

from kerasuite.layers import BatchNormalization
from kerasuite.models import parts

SLOPE = 0.2  # of the discriminator's LeakyReLU
# Convolutions of VGG-16's blocks, and their maps in multiples of the first one's.
_CONVOLUTIONS, _MAPS = (2, 2, 3, 3, 3), (1, 2, 4, 8, 8)


def SalGANGenerator(
    input_shape: Sequence[int] = (192, 256, 3),
    classes: int = 1,
    width: int = 64,
    depth: int = 5,
    batch_norm: bool = False,
    name: str = "salgan_generator",
) -> keras.Model:
    """Builds the encoder-decoder of SalGAN.

    The encoder is VGG-16 up to its last pooling, which is left out; the decoder is the encoder
    turned round, with upsampling in the place of pooling; a 1x1 convolution and a sigmoid end it.

    Args:
        input_shape: (height, width, channels), sides of multiples of 2^(depth - 1).
        classes: maps that are answered.
        width: maps of the first convolution.
        depth: blocks, 5 in the paper.
        batch_norm: whether each convolution is followed by batch norm. The paper's has none, and
            begins with VGG-16's learned weights.
        name: of the model.

    Returns:
        A functional `keras.Model`: pictures → maps (batch, height, width, classes) from 0 to 1.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Pan et al. 2017, "SalGAN: visual saliency prediction with generative adversarial networks",
        section 3.1, table 1.
    """
    parts.check_width(width, "width")
    parts.check_width(classes, "classes")
    if depth not in range(1, 6):
        raise ValueError(f"`depth` must be from 1 to 5. Received: depth={depth}")
    x = inputs = parts.picture_input(input_shape)
    halved = 2 ** (depth - 1)
    if any(side % halved for side in input_shape[:2]):
        raise ValueError(
            f"The sides of `input_shape` must be multiples of {halved}. Received: "
            f"input_shape={tuple(input_shape)}"
        )
    for block in range(depth):
        x = layers.MaxPooling2D(name=f"pool{block}")(x) if block else x
        for i in range(_CONVOLUTIONS[block]):
            label = f"down{block + 1}_{i + 1}"
            x = _convolution(x, width * _MAPS[block], batch_norm, label)
    for block in reversed(range(depth)):
        for i in range(_CONVOLUTIONS[block]):
            label = f"up{block + 1}_{i + 1}"
            x = _convolution(x, width * _MAPS[block], batch_norm, label)
        x = layers.UpSampling2D(name=f"enlarge{block}")(x) if block else x
    x = layers.Conv2D(classes, 1, dtype="float32", name="last")(x)
    return keras.Model(
        inputs, layers.Activation("sigmoid", dtype="float32", name="maps")(x), name=name
    )


def SalGANDiscriminator(
    input_shape: Sequence[int] = (192, 256, 3), classes: int = 1, name: str = "salgan_discriminator"
) -> keras.Model:
    """Builds the discriminator of SalGAN: six convolutions, three poolings, three dense layers.

    LeakyReLU follows each but the last, where the paper has ReLU after convolutions and tanh after
    dense layers.

    Args:
        input_shape: (height, width, channels) of the picture, sides of at least 8.
        classes: maps that belong to it.
        name: of the model.

    Returns:
        A functional `keras.Model`: [pictures, maps] → scores (batch, 1), without a sigmoid.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Pan et al. 2017, section 3.2, table 2.
    """
    parts.check_width(classes, "classes")
    pictures = parts.picture_input(input_shape, least_size=8)
    maps = keras.Input((*input_shape[:2], classes), name="maps")
    x = layers.Concatenate(name="both")([pictures, maps])
    x = _seen(x, 3, 1, "conv1_1")
    x = _seen(x, 32, 3, "conv1_2")
    for block in (2, 3):
        x = layers.MaxPooling2D(name=f"pool{block - 1}")(x)
        for i in (1, 2):
            x = _seen(x, 64, 3, f"conv{block}_{i}")
    x = layers.Flatten(name="flat")(layers.MaxPooling2D(name="pool3")(x))
    for units, label in ((100, "fc4"), (2, "fc5")):
        x = layers.Dense(units, kernel_initializer="he_normal", name=label)(x)
        x = layers.LeakyReLU(SLOPE, name=f"{label}_leaky")(x)
    scores = layers.Dense(1, dtype="float32", name="scores")(x)
    return keras.Model([pictures, maps], scores, name=name)


def _convolution(x: keras.KerasTensor, maps: int, batch_norm: bool, name: str) -> keras.KerasTensor:
    x = layers.Conv2D(
        maps,
        3,
        padding="same",
        use_bias=not batch_norm,
        kernel_initializer="he_normal",
        name=name,
    )(x)
    x = BatchNormalization(momentum=0.9, name=f"{name}_norm")(x) if batch_norm else x
    return layers.ReLU(name=f"{name}_relu")(x)


def _seen(x: keras.KerasTensor, maps: int, kernel: int, name: str) -> keras.KerasTensor:
    """A convolution of the discriminator, from He's start on.

    With the paper's ReLU, of which the first layer has three, nothing of the maps came through: the
    discriminator answered 0 to everything and learned nothing.
    """
    x = layers.Conv2D(maps, kernel, padding="same", kernel_initializer="he_normal", name=name)(x)
    return layers.LeakyReLU(SLOPE, name=f"{name}_leaky")(x)
