"""A detector's classes by a linear layer on its backbone's last maps."""

from collections.abc import Sequence

import keras
from keras import layers

from kerasuite.layers import GroupEvidence

# Of classifiers learned from ImageNet.
KNOWN_CLASSES = 1000
# A few hundred things must not set the weights of a thousand maps freely.
_DECAY = 0.1
# What a hint counts for at first; the training finds its own numbers from there.
_TRUST = 0.5


def check_class_head(
    class_head: str, class_hints: Sequence[Sequence[int]] | None, classes: int
) -> None:
    """Raises a ValueError if these arguments of `RetinaNet` do not fit together."""
    if class_head not in ("anchors", "maps"):
        raise ValueError(
            f'`class_head` must be "anchors" or "maps". Received: class_head={class_head!r}'
        )
    if class_hints is None:
        return
    if class_head != "maps":
        raise ValueError(
            f'`class_hints` are for class_head="maps". Received: class_head={class_head!r}'
        )
    if len(class_hints) != classes:
        raise ValueError(
            f"`class_hints` must hold a list for each of {classes} classes. Received: "
            f"{len(class_hints)}"
        )


def class_maps(
    x: keras.KerasTensor, classes: int, hints: Sequence[Sequence[int]] | None
) -> keras.KerasTensor:
    """The logits of the classes of a thing at each place.

    Args:
        x: the backbone's last maps.
        classes: their number.
        hints: which of `KNOWN_CLASSES` are of each; None for none.

    Returns:
        float32 (batch, height, width, classes).
    """
    # A thing covers several places of these maps, and what one of them misses the next one sees.
    x = layers.AveragePooling2D(3, strides=1, padding="same", name="class_mean")(x)
    told = layers.Dense(
        classes, kernel_regularizer=keras.regularizers.L2(_DECAY), dtype="float32", name="told"
    )(x)
    if hints is None:
        return told
    known = layers.Dense(
        KNOWN_CLASSES, activation="softmax", trainable=False, dtype="float32", name="known"
    )(x)
    evidence = GroupEvidence(hints, dtype="float32", name="evidence")(known)
    hinted = layers.Dense(
        classes,
        use_bias=False,
        kernel_initializer=keras.initializers.Identity(_TRUST),
        dtype="float32",
        name="hinted",
    )(evidence)
    return layers.Add(dtype="float32", name="told_and_hinted")([told, hinted])


def at_anchors(
    x: keras.KerasTensor, sizes: Sequence[Sequence[int]], anchors: int
) -> keras.KerasTensor:
    """Brings the logits of places to the anchors of all levels.

    Args:
        x: (batch, height, width, classes).
        sizes: height and width of each level, from the finest to the coarsest: times or parts of
            those of `x` by powers of two.
        anchors: of each place.

    Returns:
        float32 (batch, all anchors, classes).
    """
    found = []
    for height, width in sizes:
        y = x
        if height > x.shape[1]:
            factor = height // x.shape[1]
            y = layers.UpSampling2D(factor, interpolation="bilinear", dtype="float32")(y)
        elif height < x.shape[1]:
            y = layers.AveragePooling2D(-(-x.shape[1] // height), padding="same", dtype="float32")(
                y
            )
        y = layers.Reshape((height * width, x.shape[-1]), dtype="float32")(y)
        found.append(layers.UpSampling1D(anchors, dtype="float32")(y))
    if len(found) == 1:
        return found[0]
    return layers.Concatenate(axis=1, dtype="float32", name="classes")(found)
