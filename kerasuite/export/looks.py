"""A detector that looks twice, taken apart: at whole pictures, and at the boxes found."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from kerasuite.export.mirrored import with_mirror
from kerasuite.models.retinanet_classes import EACH_REGION


class Looks(NamedTuple):
    """The parts of a detector, as models or as functions that do the same.

    Attributes:
        first: pictures → what is said of them as a whole.
        cut: [pictures, "things", "boxes"], the last two as `first` says them → "regions" and
            "region_boxes", see `models.retinanet_classes.region_classes`; and "crops", float32
            [batch, count, height, width, channels], what lies there. None for a detector without
            regions.
        tell: crops [n, height, width, channels] → logits [n, classes]. None without regions.
    """

    first: Callable[[Any], Mapping[str, Any]]
    cut: Callable[[Any], Mapping[str, Any]] | None = None
    tell: Callable[[Any], Any] | None = None

    def each(self, ready: Callable[[keras.Model], Callable[[Any], Any]]) -> "Looks":
        """The parts, each made into another function."""
        return Looks(*(part and ready(part) for part in self))


def split_looks(model: keras.Model) -> Looks:
    """The nets of a detector; what one says can be changed before the next is asked.

    Args:
        model: pictures from 0 to 255 → a layer "normalize", then a `RetinaNet`; or any other
            detector.
    """
    if "regions" not in model.output:
        return Looks(model)
    net = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    regions, normalize = net.get_layer("regions"), model.get_layer("normalize")
    own = {name: x for name, x in net.output.items() if name not in regions.output}
    pictures = keras.Input(model.input_shape[1:], name="pictures")
    first = keras.Model(pictures, keras.Model(net.input, own)(normalize(pictures)))
    found = {name: x for name, x in regions.output.items() if name != "region_classes"}
    cut = keras.Model(regions.input, {**found, "crops": regions.get_layer("crops").output})
    inputs = [keras.Input(x.shape[1:], name=x.name) for x in regions.inputs]
    cut = keras.Model(inputs, cut([normalize(inputs[0]), *inputs[1:]]))
    tell = keras.Model(*(regions.get_layer(name).output for name in (EACH_REGION, "averaged")))
    return Looks(first, cut, tell)


def look(
    looks: Looks, order: np.ndarray | None = None, least: float = 0.0
) -> Callable[[Any], dict[str, Any]]:
    """All parts in one.

    Args:
        looks: see there.
        order: of the anchors, see `mirror_order`, if pictures and regions are to be looked at in
            their mirror images too, and what is said of both is averaged; or None.
        least: how probable a thing must be for its region to be looked at, but for the surest one
            of a picture; the others' classes are as the first look has them.

    Returns:
        A function of float32 pictures [batch, height, width, channels].
    """
    first = looks.first if order is None else with_mirror(looks.first, order)

    def answer(pictures: Any) -> dict[str, Any]:
        answers = dict(first(pictures))
        if looks.cut is None:
            return answers
        things, boxes = answers["things"], answers["boxes"]
        regions = dict(looks.cut([pictures, things, boxes]))
        chosen, crops = (tf.convert_to_tensor(regions[name]) for name in ("regions", "crops"))
        del regions["crops"]
        sure = (chosen >= 0) & (tf.sigmoid(at_regions(chosen, things)[..., 0]) >= least)
        sure |= tf.range(chosen.shape[1]) == 0
        told = _told(looks.tell, tf.boolean_mask(crops, sure), mirrored=order is not None)
        classes = at_regions(chosen, answers["classes"])
        regions["region_classes"] = tf.tensor_scatter_nd_update(classes, tf.where(sure), told)
        return {**answers, **regions}

    return answer


def at_regions(regions: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """Of values [batch, anchors, n] those of the regions, [batch, count, n]."""
    return tf.gather(values, tf.maximum(regions, 0), axis=1, batch_dims=1)


def _told(tell: Callable[[Any], Any], crops: tf.Tensor, mirrored: bool) -> tf.Tensor:
    if not mirrored:
        return tf.convert_to_tensor(tell(crops))
    told = tell(tf.concat([crops, tf.reverse(crops, [2])], 0))
    return sum(tf.split(told, 2)) / 2
