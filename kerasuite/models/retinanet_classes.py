"""A detector's classes by what held nets see in each box."""

from collections.abc import Mapping, Sequence
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
    seen: Mapping[str, keras.KerasTensor],
    codes: keras.KerasTensor,
    classes: int,
    hints: Sequence[Sequence[int]] | None,
    **geometry: Any,
) -> keras.KerasTensor:
    """The logits of the classes of the thing in each anchor's box.

    Of each held net a linear layer's answers at each place, and what the net's own classifier says
    there: their mean over the nets, averaged over the box. No gradient teaches them: see
    `training.box_classes`.

    Args:
        seen: the held nets' last maps, by the nets' names.
        codes: of the boxes, (batch, all anchors, 4).
        classes: their number.
        hints: which of `KNOWN_CLASSES` are of each; None for none.
        **geometry: of the anchors, see `BoxMeans`.

    Returns:
        float32 (batch, all anchors, classes).

    Raises:
        ValueError: if the maps differ in size, or there are none.
    """
    sizes = {name: tuple(x.shape[1:3]) for name, x in seen.items()}
    if len(set(sizes.values())) != 1:
        raise ValueError(
            f"`class_backbones` must have last maps of one size. Received: maps of {sizes}"
        )
    answers = [_told(name, x, classes, hints) for name, x in seen.items()]
    told = answers[0]
    if len(answers) > 1:
        told = layers.Average(dtype="float32", name="together")(answers)
    return BoxMeans(**geometry, dtype="float32", name="classes")(told, codes)


def _told(
    net: str, x: keras.KerasTensor, classes: int, hints: Sequence[Sequence[int]] | None
) -> keras.KerasTensor:
    """What one net says at each place."""
    fixed = {"trainable": False, "dtype": "float32"}
    told = layers.Dense(classes, **fixed, name=f"told_{net}")(x)
    if hints is None:
        return told
    known = layers.Dense(KNOWN_CLASSES, activation="softmax", **fixed, name=f"known_{net}")(x)
    evidence = GroupEvidence(hints, dtype="float32", name=f"evidence_{net}")(known)
    hinted = layers.Rescaling(TRUST, dtype="float32", name=f"hinted_{net}")(evidence)
    return layers.Add(dtype="float32", name=f"told_and_hinted_{net}")([told, hinted])
