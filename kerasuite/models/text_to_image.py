"""Nets between texts and pictures: two encoders into one space, and GAN-CLS's two nets."""

from collections.abc import Sequence

import keras
from keras import layers

from kerasuite.layers import BatchNormalization
from kerasuite.models import parts
from kerasuite.models.gan import DCGANDiscriminator, DCGANGenerator
from kerasuite.models.small_cnn import SmallCNN

SLOPE = 0.2


def TextEncoder(
    vocabulary_size: int, units: int = 128, code: int = 128, name: str = "text_encoder"
) -> keras.Model:
    """Builds an encoder of texts: word vectors, an LSTM, and a dense layer from its last state.

    Args:
        vocabulary_size: number of ids; 0 is padding.
        units: of the word vectors and of the LSTM.
        code: length of the code.
        name: of the model.

    Returns:
        A functional `keras.Model`: int32 ids (batch, length) → codes (batch, code) of length 1.

    Raises:
        ValueError: if an argument is not a positive integer.

    Reference:
        Reed et al. 2016, "Learning deep representations of fine-grained visual descriptions",
        section 4 (the word-level LSTM).
    """
    for argument in ("vocabulary_size", "units", "code"):
        parts.check_width(locals()[argument], argument)
    ids = keras.Input((None,), dtype="int32", name="ids")
    x = layers.Embedding(vocabulary_size, units, mask_zero=True, name="words")(ids)
    x = layers.LSTM(units, name="lstm")(x)
    x = layers.Dense(code, name="dense")(x)
    return keras.Model(ids, layers.UnitNormalization(dtype="float32", name="code")(x), name=name)


def PictureEncoder(
    input_shape: Sequence[int] = (64, 64, 3),
    code: int = 128,
    width: int = 16,
    name: str = "picture_encoder",
) -> keras.Model:
    """Builds an encoder of pictures into the space of a `TextEncoder`'s codes.

    Args:
        input_shape: (height, width, channels).
        code: length of the code.
        width: maps of the first stage of its `SmallCNN`.
        name: of the model.

    Returns:
        A functional `keras.Model`: pictures from -1 to 1 → codes (batch, code) of length 1.

    Raises:
        ValueError: if an argument is not as described.
    """
    parts.check_width(code, "code")
    net = SmallCNN(include_top=False, input_shape=input_shape, pooling="avg", width=width)
    x = layers.Dense(code, name="dense")(net.output)
    return keras.Model(
        net.input, layers.UnitNormalization(dtype="float32", name="code")(x), name=name
    )


def GANCLSGenerator(
    input_shape: Sequence[int] = (100,),
    output_shape: Sequence[int] = (64, 64, 3),
    code: int = 128,
    compressed: int = 128,
    width: int = 64,
    name: str = "gan_cls_generator",
) -> keras.Model:
    """Builds GAN-CLS's generator: DCGAN's, from noise and the code of a text beside it.

    Args:
        input_shape: (latent,), the length of the noise.
        output_shape: (height, width, channels) of the pictures; sides of multiples of 4.
        code: length of a text's code.
        compressed: numbers that a dense layer with leaky ReLU makes of the code.
        width: maps before the last layer.
        name: of the model.

    Returns:
        A functional `keras.Model`: [noise, codes] → pictures from -1 to 1.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Reed et al. 2016, "Generative adversarial text to image synthesis", section 4.1, figure 2.
    """
    parts.check_positive_shape(input_shape, axes=1)
    noise = keras.Input(tuple(input_shape), name="noise")
    codes, text = _compressed(code, compressed)
    net = DCGANGenerator((input_shape[0] + compressed,), output_shape, width=width)
    both = layers.Concatenate(name="noise_and_text")([noise, text])
    return keras.Model([noise, codes], net(both), name=name)


def GANCLSDiscriminator(
    input_shape: Sequence[int] = (64, 64, 3),
    code: int = 128,
    compressed: int = 128,
    width: int = 64,
    name: str = "gan_cls_discriminator",
) -> keras.Model:
    """Builds GAN-CLS's discriminator: DCGAN's down to its last maps, which are joined there by the
    code of a text at every place, mixed by a 1x1 convolution, and scored.

    Args:
        input_shape: (height, width, channels) of the pictures; sides of multiples of 4.
        code: length of a text's code.
        compressed: numbers that a dense layer with leaky ReLU makes of the code.
        width: maps of the first layer, doubled by each later one.
        name: of the model.

    Returns:
        A functional `keras.Model`: [pictures from -1 to 1, codes] → scores (batch, 1), without a
        sigmoid.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Reed et al. 2016, section 4.1, figure 2.
    """
    net = DCGANDiscriminator(input_shape, width=width)
    maps = net.get_layer("score").input
    rows, columns, depth = maps.shape[1:]
    codes, text = _compressed(code, compressed)
    text = layers.Reshape((1, 1, compressed), name="text_maps")(text)
    text = layers.UpSampling2D((rows, columns), name="text_everywhere")(text)
    x = layers.Concatenate(name="picture_and_text")([maps, text])
    x = layers.Conv2D(depth, 1, use_bias=False, kernel_initializer=_normal(), name="mix")(x)
    x = BatchNormalization(momentum=0.9, name="mix_norm")(x)
    x = layers.LeakyReLU(SLOPE, name="mix_leaky")(x)
    x = layers.Conv2D(
        1, (rows, columns), kernel_initializer=_normal(), dtype="float32", name="last"
    )(x)
    return keras.Model([net.input, codes], layers.Flatten(name="scores")(x), name=name)


def _compressed(code: int, compressed: int) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """The input of codes, and what a dense layer makes of them."""
    parts.check_width(code, "code")
    parts.check_width(compressed, "compressed")
    codes = keras.Input((code,), name="codes")
    x = layers.Dense(compressed, name="compress")(codes)
    return codes, layers.LeakyReLU(SLOPE, name="compress_leaky")(x)


def _normal() -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(stddev=0.02)
