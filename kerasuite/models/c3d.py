"""C3D: convolutions over time and space."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from kerasuite.models import parts
from kerasuite.models.data_format import either_data_format
from kerasuite.models.sizes import sized

# Maps of the convolutions of each block (figure 3).
_BLOCKS = ((64,), (128,), (256, 256), (512, 512), (512, 512))


@either_data_format
def C3D(
    include_top: bool = True,
    input_shape: Sequence[int] = (16, 112, 112, 3),
    pooling: str | None = None,
    classes: int = 487,
    classifier_activation: Any = "softmax",
    blocks: Sequence[Sequence[int]] = _BLOCKS,
    units: Sequence[int] = (4096, 4096),
    dropout: float = 0.5,
    features_only: bool = False,
    name: str = "c3d",
) -> keras.Model:
    """Builds a net of 3x3x3 convolutions over the frames of a clip.

    The first pooling leaves time alone, "not to merge the temporal signal too early"; all
    others halve time, height and width, and round up. As published there are eight
    convolutions in five blocks and two dense layers of 4096 units: 79,991,015 parameters for 16
    frames of 112x112x3 and the 487 classes of Sports-1M.

    Args:
        include_top: whether to end with the dense layers, else with the maps of the last block.
        input_shape: (frames, height, width, channels).
        pooling: without top, None for the maps, "avg" or "max" for one number a map.
        classes: number of classes.
        classifier_activation: "softmax" for probabilities, None for logits.
        blocks: for each block, the maps of its convolutions; a pooling ends the block.
        units: units of each dense layer before the classifier; with none, the classifier sees
            the mean of each map, and the clip's size costs no parameters.
        dropout: share of those units (or means) dropped in training, in [0, 1).
        features_only: whether to return, in place of all the above, the list of the maps before
            each pooling.
        name: name of the model.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Tran et al. 2014, "Learning spatiotemporal features with 3D convolutional networks",
        section 3.3 and figure 3.
    """
    parts.check_top(include_top, pooling, classes)
    parts.check_rate(dropout, "dropout")
    for maps in (m for block in blocks for m in block):
        parts.check_width(maps, "blocks")
    for count in units:
        parts.check_width(count, "units")
    inputs = parts.clip_input(input_shape)
    x, features = inputs, []
    for i, block in enumerate(blocks, 1):
        for j, maps in enumerate(block):
            x = _convolution(x, maps, f"conv{i}{'abcd'[j] if len(block) > 1 else ''}")
        features.append(x)
        size = (1, 2, 2) if i == 1 else 2
        x = layers.MaxPooling3D(size, padding="same", name=f"pool{i}")(x)
    if features_only:
        return keras.Model(inputs, features, name=name)
    if not include_top:
        return keras.Model(inputs, _pooled(x, pooling), name=name)
    x = _dense(x, units, dropout)
    return keras.Model(inputs, parts.predictions(x, classes, classifier_activation), name=name)


def _convolution(x: keras.KerasTensor, maps: int, name: str) -> keras.KerasTensor:
    return layers.Conv3D(
        maps, 3, padding="same", activation="relu", kernel_initializer="he_normal", name=name
    )(x)


def _pooled(x: keras.KerasTensor, pooling: str | None) -> keras.KerasTensor:
    if pooling == "avg":
        return layers.GlobalAveragePooling3D(name="avg_pool")(x)
    if pooling == "max":
        return layers.GlobalMaxPooling3D(name="max_pool")(x)
    return x


def _dense(x: keras.KerasTensor, units: Sequence[int], dropout: float) -> keras.KerasTensor:
    """Returns what the classifier sees."""
    x = layers.Flatten(name="flatten")(x) if units else _pooled(x, "avg")
    if not units and dropout:
        return layers.Dropout(dropout, name="dropout")(x)
    for i, count in enumerate(units, 6):
        x = layers.Dense(count, "relu", kernel_initializer="he_normal", name=f"fc{i}")(x)
        if dropout:
            x = layers.Dropout(dropout, name=f"dropout{i}")(x)
    return x


SmallC3D = sized(
    C3D,
    "SmallC3D",
    "Builds a C3D for clips of 16 frames of 32x32 to 64x64, which trains on a CPU.",
    name="c3d_small",
    input_shape=(16, 32, 32, 1),
    classes=10,
    blocks=((32,), (64,), (128,)),
    units=(),
)
