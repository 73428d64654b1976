"""A detector's classes by what a held net sees in each box."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from kerasuite.layers import BoxMeans, GroupEvidence

# Of classifiers learned from ImageNet.
KNOWN_CLASSES = 1000
# What the logarithm of a hint's probability counts for beside what is learned.
TRUST = 0.4


def check_class_head(
    class_head: str, class_hints: Sequence[Sequence[int]] | None, classes: int
) -> None:
    """Raises a ValueError if these arguments of `RetinaNet` do not fit together."""
    if class_head not in ("anchors", "boxes"):
        raise ValueError(
            f'`class_head` must be "anchors" or "boxes". Received: class_head={class_head!r}'
        )
    if class_hints is None:
        return
    if class_head != "boxes":
        raise ValueError(
            f'`class_hints` are for class_head="boxes". Received: class_head={class_head!r}'
        )
    if len(class_hints) != classes:
        raise ValueError(
            f"`class_hints` must hold a list for each of {classes} classes. Received: "
            f"{len(class_hints)}"
        )


def box_classes(
    x: keras.KerasTensor,
    codes: keras.KerasTensor,
    classes: int,
    hints: Sequence[Sequence[int]] | None,
    **geometry: Any,
) -> keras.KerasTensor:
    """The logits of the classes of the thing in each anchor's box.

    A linear layer's answers at each place, and what the net's own classifier says there, averaged
    over the box. No gradient teaches them: see `training.box_classes`.

    Args:
        x: the held net's last maps.
        codes: of the boxes, (batch, all anchors, 4).
        classes: their number.
        hints: which of `KNOWN_CLASSES` are of each; None for none.
        **geometry: of the anchors, see `BoxMeans`.

    Returns:
        float32 (batch, all anchors, classes).
    """
    told = layers.Dense(classes, trainable=False, dtype="float32", name="told")(x)
    if hints is not None:
        known = layers.Dense(
            KNOWN_CLASSES, activation="softmax", trainable=False, dtype="float32", name="known"
        )(x)
        evidence = GroupEvidence(hints, dtype="float32", name="evidence")(known)
        hinted = layers.Rescaling(TRUST, dtype="float32", name="hinted")(evidence)
        told = layers.Add(dtype="float32", name="told_and_hinted")([told, hinted])
    return BoxMeans(**geometry, dtype="float32", name="classes")(told, codes)
