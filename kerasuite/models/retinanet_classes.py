"""A detector's classes by what held nets see in each box."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
from keras import layers, ops

from kerasuite.layers import BoxCrops, BoxMeans, DecodedBoxes, GroupEvidence, Proposals

# Of classifiers learned from ImageNet.
KNOWN_CLASSES = 1000
# What the logarithm of a hint's probability counts for beside what is learned.
TRUST = 0.4
# With which the names of the layers begin that look at regions.
REGION = "region_"
EACH_REGION = "each_region"


@dataclass(frozen=True)
class Regions:
    """Which boxes of a picture are looked at again, and how: `regions` of `RetinaNet`.

    Attributes:
        count: how many, the surest. Each is cut out by itself and brought to one size for a held
            net, as in R-CNN.
        backbone: the registered model for that; None for another of the detector's.
        size: the sides of the cut-outs in pixels.
        overlap: the largest IoU of two regions, before boxes vote where each lies.
        rescaling: what each channel of a cut-out is multiplied by and what is added then, for a net
            that was learned from pictures of another scale; None for nothing.
    """

    count: int
    backbone: str | None = None
    size: int = 160
    overlap: float = 0.5
    rescaling: tuple[Sequence[float], Sequence[float]] | None = None

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"`count` of regions must be at least 1. Received: {self.count}")


def check_class_head(
    class_head: str,
    class_hints: Sequence[Sequence[int]] | None,
    classes: int,
    regions: Regions | None,
) -> None:
    """Raises a ValueError if these arguments of `RetinaNet` do not fit together."""
    if class_head not in ("anchors", "boxes"):
        raise ValueError(
            f'`class_head` must be "anchors" or "boxes". Received: class_head={class_head!r}'
        )
    for given, argument in ((class_hints, "class_hints"), (regions, "regions")):
        if given is not None and class_head != "boxes":
            raise ValueError(
                f'`{argument}` are for class_head="boxes". Received: class_head={class_head!r}'
            )
    if class_hints is not None and len(class_hints) != classes:
        raise ValueError(
            f"`class_hints` must hold a list for each of {classes} classes. Received: "
            f"{len(class_hints)}"
        )


def box_classes(
    maps: keras.KerasTensor,
    codes: keras.KerasTensor,
    classes: int,
    hints: Sequence[Sequence[int]] | None,
    **geometry: Any,
) -> keras.KerasTensor:
    """The logits of the classes of the thing in each anchor's box, by maps of the whole picture.

    A linear layer's answers at each place, and what the net's own classifier says there, averaged
    over the box. No gradient teaches them: see `training.box_classes`.

    Args:
        maps: the held net's last, of the whole picture.
        codes: of the boxes, (batch, all anchors, 4).
        classes: their number.
        hints: which of `KNOWN_CLASSES` are of each; None for none.
        **geometry: of the anchors, see `DecodedBoxes`.

    Returns:
        float32 (batch, all anchors, classes).
    """
    told = _told(maps, classes, hints)
    boxes = DecodedBoxes(**geometry, dtype="float32", name="decoded")(codes)
    return BoxMeans(dtype="float32", name="classes")(told, boxes)


def region_classes(
    net: keras.Model,
    pictures: keras.KerasTensor,
    things: keras.KerasTensor,
    codes: keras.KerasTensor,
    classes: int,
    hints: Sequence[Sequence[int]] | None,
    regions: Regions,
    **geometry: Any,
) -> keras.Model:
    """A net that looks at the surest boxes again, each cut out and brought to one size.

    What surrounds a thing is not seen then, and small things are seen large. Classes are told as by
    `box_classes`.

    Args:
        net: held, it gives the last maps of a cut-out.
        pictures: what the cut-outs are of.
        things: how sure it is of each anchor that there is a thing, (batch, all anchors, 1).
        codes: of the boxes, (batch, all anchors, 4).
        classes: their number.
        hints: which of `KNOWN_CLASSES` are of each; None for none.
        regions: which boxes are looked at.
        **geometry: of the anchors, see `DecodedBoxes`.

    Returns:
        A functional model of pictures, things and codes as these are. It answers "regions", int32
        (batch, count), the anchors that are looked at, -1 for none; "region_boxes", float32
        (batch, count, 4), where: left, top, right and bottom as shares of the picture's sides; and
        "region_classes", float32 logits (batch, count, classes).

    Reference:
        Girshick et al. 2014, "Rich feature hierarchies for accurate object detection and semantic
        segmentation", section 2: warped regions.
    """
    inputs = [keras.Input(pictures.shape[1:], name="pictures")]
    inputs += [
        keras.Input(x.shape[1:], dtype="float32", name=name)
        for name, x in (("things", things), ("boxes", codes))
    ]
    decoded = DecodedBoxes(**geometry, dtype="float32", name="region_decoded")(inputs[2])
    proposals = Proposals(regions.count, regions.overlap, dtype="float32", name="proposals")
    chosen, boxes = proposals(inputs[1], decoded)
    x = BoxCrops(net.input_shape[1:3], dtype="float32", name="crops")(inputs[0], boxes)
    # Named, so that a server can leave some out: see `export.looks`.
    x = layers.Identity(name=EACH_REGION)(ops.reshape(x, (-1, *net.input_shape[1:])))
    x = rescaled(x, regions.rescaling)
    told = _told(net(x), classes, hints, REGION)
    told = layers.GlobalAveragePooling2D(
        data_format="channels_last", dtype="float32", name="averaged"
    )(told)
    told = ops.reshape(told, (-1, regions.count, classes))
    outputs = {"regions": chosen, "region_boxes": boxes, "region_classes": told}
    return keras.Model(inputs, outputs, name="regions")


def rescaled(
    x: keras.KerasTensor, rescaling: tuple[Sequence[float], Sequence[float]] | None
) -> keras.KerasTensor:
    """Pictures times the first numbers and plus the second, one of each for a channel."""
    if rescaling is None:
        return x
    scale, offset = (list(numbers) for numbers in rescaling)
    return layers.Rescaling(scale, offset, name=f"{REGION}rescaled")(x)


def held(net: keras.Model, prefix: str = "") -> keras.Model:
    """The last maps of a net that does not learn, as a layer called "held"."""
    last = keras.Model(net.input, net.outputs[-1], name=f"{prefix}held")
    last.trainable = False
    return last


def has_layer(net: keras.Model, name: str) -> bool:
    """Whether a net has a layer of that name."""
    return any(layer.name == name for layer in net.layers)


def _told(
    x: keras.KerasTensor, classes: int, hints: Sequence[Sequence[int]] | None, prefix: str = ""
) -> keras.KerasTensor:
    """What is said at each place."""
    fixed = {"trainable": False, "dtype": "float32"}
    told = layers.Dense(classes, **fixed, name=f"{prefix}told")(x)
    if hints is None:
        return told
    known = layers.Dense(KNOWN_CLASSES, activation="softmax", **fixed, name=f"{prefix}known")(x)
    evidence = GroupEvidence(hints, dtype="float32", name=f"{prefix}evidence")(known)
    hinted = layers.Rescaling(TRUST, dtype="float32", name=f"{prefix}hinted")(evidence)
    return layers.Add(dtype="float32", name=f"{prefix}told_and_hinted")([told, hinted])
