"""Generators of pictures or points from noise, and the discriminators against them."""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from kerasuite.layers import BatchNormalization, Conv2DTranspose, ProductConv2D
from kerasuite.models import parts

SLOPE = 0.2
LEAST_SIDE = 4
NORMS = ("batch", "layer", "spectral", None)


def DCGANGenerator(
    input_shape: Sequence[int] = (100,),
    output_shape: Sequence[int] = (64, 64, 3),
    classes: int = 0,
    width: int = 64,
    name: str = "dcgan_generator",
) -> keras.Model:
    """Builds the generator of DCGAN.

    A transposed convolution makes of the noise the first maps, which transposed 4x4 convolutions
    of stride 2 double until they have the size of the picture. The sides of the first maps are
    those of the picture, halved while they are even and at least 8: 4x4 for 64x64, 7x7 for 28x28.
    The last doubling leads to `width` maps for half the picture's size, each earlier one to twice
    as many. Batch norm follows every layer but the last, ReLU likewise, and tanh the last. There
    is no dense layer (but one for the class, if there are classes).

    Args:
        input_shape: (latent,), the length of the noise.
        output_shape: (height, width, channels) of the pictures; sides of multiples of 4.
        classes: number of classes that can be asked for; 0 for none.
        width: maps before the last layer.
        name: of the model.

    Returns:
        A functional `keras.Model`: noise (batch, latent) → pictures from -1 to 1; with classes,
        [noise, int32 classes (batch,)] → pictures.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Radford, Metz & Chintala 2016, "Unsupervised representation learning with deep
        convolutional generative adversarial networks", section 3. (There the kernels are 5x5; the
        authors' later code and most others' has 4x4.) With classes: Mirza & Osindero 2014,
        "Conditional generative adversarial nets".
    """
    parts.check_channels_last()
    parts.check_width(width, "width")
    parts.check_classes_or_none(classes)
    latent = _latent(input_shape)
    doublings = _halvings(output_shape)
    inputs, x = _noise_inputs(latent, classes)
    x = layers.Reshape((1, 1, x.shape[-1]), name="noise_maps")(x)
    sides = tuple(side // 2**doublings for side in output_shape[:2])
    maps = width * 2 ** (doublings - 1)
    x = _up(x, maps, sides, 1, "project")
    for i in range(1, doublings):
        maps //= 2
        x = _up(x, maps, (4, 4), 2, f"up{i}")
    x = Conv2DTranspose(
        output_shape[2], 4, 2, "same", kernel_initializer=_normal(), use_bias=False,
        dtype="float32", name="pictures",
    )(x)  # fmt: skip
    return keras.Model(
        inputs, layers.Activation("tanh", dtype="float32", name="tanh")(x), name=name
    )


def DCGANDiscriminator(
    input_shape: Sequence[int] = (64, 64, 3),
    classes: int = 0,
    width: int = 64,
    norm: str | None = "batch",
    projection: bool = False,
    name: str = "dcgan_discriminator",
) -> keras.Model:
    """Builds the discriminator of DCGAN, the mirror image of its generator.

    4x4 convolutions of stride 2 halve the picture, as often as the generator doubles it; a last
    one, as large as the maps, gives the score. LeakyReLU with slope 0.2 follows each but the last,
    and batch norm each but the first and the last. There is no pooling and no dense layer.

    Args:
        input_shape: (height, width, channels) of the pictures; sides of multiples of 4.
        classes: number of classes of the pictures; 0 for none. A class becomes one more channel of
            the picture, which is learned, unless `projection` is set.
        width: maps of the first layer, doubled by each later one.
        norm: "batch"; "layer" or None for critics with a gradient penalty, in which examples must
            not mix; or "spectral", which divides each kernel by its largest singular value in the
            place of normalizing maps.
        projection: with classes, add to the score the inner product of the class's learned numbers
            and the last maps, summed over all places.
        name: of the model.

    Returns:
        A functional `keras.Model`: pictures from -1 to 1 → scores (batch, 1), without a sigmoid;
        with classes, [pictures, int32 classes (batch,)] → scores.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        As `DCGANGenerator`; Gulrajani et al. 2017, "Improved training of Wasserstein GANs",
        section 4 (layer norm); Miyato et al. 2018, "Spectral normalization for generative
        adversarial networks"; Miyato & Koyama 2018, "cGANs with projection discriminator",
        section 3.
    """
    parts.check_width(width, "width")
    if norm not in NORMS:
        raise ValueError(f"`norm` must be one of {NORMS}. Received: norm={norm!r}")
    parts.check_classes_or_none(classes)
    parts.picture_input(input_shape, least_size=2 * LEAST_SIDE)
    halvings = _halvings(input_shape)
    inputs, x = _picture_inputs(input_shape, classes, projection)
    for i in range(halvings):
        use_bias = norm in ("spectral", None)
        convolution = ProductConv2D(
            width * 2**i, 4, 2, "same", kernel_initializer=_normal(), use_bias=use_bias,
            name=f"down{i + 1}",
        )  # fmt: skip
        x = _bounded(convolution, norm)(x)
        if i:
            x = _normalized(x, norm, f"down{i + 1}_norm")
        x = layers.LeakyReLU(SLOPE, name=f"down{i + 1}_leaky")(x)
    last = ProductConv2D(
        1, x.shape[1:3], kernel_initializer=_normal(), use_bias=False, dtype="float32", name="score"
    )
    scores = layers.Flatten(name="scores")(_bounded(last, norm)(x))
    if classes and projection:
        projected = _projected(x, inputs[1], classes)
        scores = layers.Add(dtype="float32", name="both_scores")([scores, projected])
    return keras.Model(inputs, scores, name=name)


def DenseGenerator(
    input_shape: Sequence[int] = (100,),
    output_shape: Sequence[int] = (28, 28, 1),
    classes: int = 0,
    hidden_units: Sequence[int] = (256, 512),
    activation: Any = "tanh",
    name: str = "dense_generator",
) -> keras.Model:
    """Builds a generator of dense layers with ReLU, as in the first GAN.

    Args:
        input_shape: (latent,), the length of the noise.
        output_shape: of an example, such as (28, 28, 1) for pictures or (2,) for points.
        classes: number of classes that can be asked for; 0 for none.
        hidden_units: units of each hidden layer.
        activation: of the output: "tanh" for pictures from -1 to 1, None for numbers of any size.
        name: of the model.

    Returns:
        A functional `keras.Model`: noise (batch, latent) → examples; with classes, [noise, int32
        classes (batch,)] → examples.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Goodfellow et al. 2014, "Generative adversarial nets", section 5.
    """
    parts.check_classes_or_none(classes)
    inputs, x = _noise_inputs(_latent(input_shape), classes)
    x = _hidden(x, hidden_units, "relu")
    x = layers.Dense(math.prod(output_shape), dtype="float32", name="numbers")(x)
    x = layers.Reshape(tuple(output_shape), dtype="float32", name="examples")(x)
    outputs = layers.Activation(activation, dtype="float32", name="outputs")(x)
    return keras.Model(inputs, outputs, name=name)


def DenseDiscriminator(
    input_shape: Sequence[int] = (28, 28, 1),
    classes: int = 0,
    hidden_units: Sequence[int] = (512, 256),
    dropout: float = 0.0,
    name: str = "dense_discriminator",
) -> keras.Model:
    """Builds a discriminator of dense layers with LeakyReLU of slope 0.2.

    The first GAN's had maxout units; these are the ones that replaced them.

    Args:
        input_shape: of an example.
        classes: number of classes of the examples; 0 for none.
        hidden_units: units of each hidden layer.
        dropout: share of each hidden layer dropped in training, in [0, 1).
        name: of the model.

    Returns:
        A functional `keras.Model`: examples → scores (batch, 1), without a sigmoid; with classes,
        [examples, int32 classes (batch,)] → scores.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Goodfellow et al. 2014, "Generative adversarial nets", section 5.
    """
    parts.check_rate(dropout, "dropout")
    parts.check_classes_or_none(classes)
    parts.check_positive_shape(input_shape)
    examples = keras.Input(tuple(input_shape), name="examples")
    x = layers.Flatten(name="flatten")(examples)
    inputs: Any = examples
    if classes:
        asked = keras.Input((), dtype="int32", name="classes")
        inputs, x = [examples, asked], layers.Concatenate(name="both")([x, _code(asked, classes)])
    x = _hidden(x, hidden_units, "leaky_relu", dropout)
    return keras.Model(inputs, layers.Dense(1, dtype="float32", name="score")(x), name=name)


def _hidden(
    x: keras.KerasTensor, units: Sequence[int], kind: str, dropout: float = 0.0
) -> keras.KerasTensor:
    for i, n in enumerate(units, 1):
        parts.check_width(n, "hidden_units")
        x = layers.Dense(n, kernel_initializer="he_normal", name=f"hidden{i}")(x)
        act = layers.ReLU if kind == "relu" else layers.LeakyReLU
        x = act(**({} if kind == "relu" else {"negative_slope": SLOPE}), name=f"hidden{i}_{kind}")(
            x
        )
        if dropout:
            x = layers.Dropout(dropout, name=f"dropout{i}")(x)
    return x


def _latent(input_shape: Sequence[int]) -> int:
    parts.check_positive_shape(input_shape, axes=1)
    return input_shape[0]


def _halvings(shape: Sequence[int]) -> int:
    """How often both sides of a picture can be halved, down to no less than 4."""
    if (
        len(shape) != 3
        or any(not isinstance(n, int) or n < 1 for n in shape)
        or any(side % LEAST_SIDE or side < 2 * LEAST_SIDE for side in shape[:2])
    ):
        raise ValueError(
            "The shape of the pictures must be (height, width, channels), with sides of multiples "
            f"of 4 from 8 on. Received: {tuple(shape)}"
        )
    count, least = 0, min(shape[:2])
    while all(side % 2 ** (count + 1) == 0 for side in shape[:2]) and least // 2 >= LEAST_SIDE:
        count, least = count + 1, least // 2
    return count


def _noise_inputs(latent: int, classes: int) -> tuple[Any, keras.KerasTensor]:
    """The inputs of a generator, and all of them in one row of numbers."""
    noise = keras.Input((latent,), name="noise")
    if not classes:
        return noise, noise
    asked = keras.Input((), dtype="int32", name="classes")
    return [noise, asked], layers.Concatenate(name="both")([noise, _code(asked, classes)])


def _picture_inputs(
    shape: Sequence[int], classes: int, apart: bool = False
) -> tuple[Any, keras.KerasTensor]:
    """The inputs of a discriminator, the class as one more channel of the picture, or apart."""
    pictures = keras.Input(tuple(shape), name="pictures")
    if not classes:
        return pictures, pictures
    asked = keras.Input((), dtype="int32", name="classes")
    if apart:
        return [pictures, asked], pictures
    plane = layers.Embedding(
        classes, shape[0] * shape[1], keras.initializers.RandomNormal(stddev=1.0), name="planes"
    )(asked)
    plane = layers.Reshape((*shape[:2], 1), name="plane")(plane)
    return [pictures, asked], layers.Concatenate(name="both")([pictures, plane])


def _projected(
    maps: keras.KerasTensor, asked: keras.KerasTensor, classes: int
) -> keras.KerasTensor:
    """How well maps fit the class that is asked for, (batch, 1)."""
    places = maps.shape[1] * maps.shape[2]
    sums = layers.Rescaling(places, dtype="float32", name="sums")(
        layers.GlobalAveragePooling2D(name="means")(maps)
    )
    wanted = layers.Embedding(
        classes, maps.shape[-1], _normal(), dtype="float32", name="class_features"
    )(asked)
    return layers.Dot(-1, dtype="float32", name="projection")([wanted, sums])


def _code(asked: keras.KerasTensor, classes: int) -> keras.KerasTensor:
    """One number a class, learned, and begun with as many as there are classes."""
    start = keras.initializers.RandomNormal(stddev=1.0)
    return layers.Embedding(classes, max(classes, 8), start, name="code")(asked)


def _up(x: keras.KerasTensor, maps: int, kernel: Any, stride: int, name: str) -> keras.KerasTensor:
    """A transposed convolution with batch norm and ReLU."""
    x = Conv2DTranspose(
        maps, kernel, stride, "same" if stride > 1 else "valid", use_bias=False,
        kernel_initializer=_normal(), name=name,
    )(x)  # fmt: skip
    x = BatchNormalization(momentum=0.9, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x)


def _bounded(layer: keras.layers.Layer, norm: str | None) -> keras.layers.Layer:
    if norm != "spectral":
        return layer
    return layers.SpectralNormalization(layer, dtype=layer.dtype_policy, name=f"{layer.name}_sn")


def _normalized(x: keras.KerasTensor, norm: str | None, name: str) -> keras.KerasTensor:
    if norm == "batch":
        return BatchNormalization(momentum=0.9, name=name)(x)
    if norm == "layer":
        return layers.GroupNormalization(groups=1, epsilon=1e-5, name=name)(x)
    return x


def _normal() -> keras.initializers.Initializer:
    """The paper's start of all weights, section 4."""
    return keras.initializers.RandomNormal(stddev=0.02)
