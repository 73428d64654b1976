"""A detector that looks twice, taken apart: at whole pictures, and at the boxes found."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite.export.mirrored import with_mirror
from kerasuite.layers.boxes import mirrored_codes


def split_looks(model: keras.Model) -> tuple[keras.Model, keras.Model | None]:
    """The two nets of a detector with "regions"; what the first says can be changed in between.

    Args:
        model: pictures from 0 to 255 → a layer "normalize", then a `RetinaNet`; or any other
            detector.

    Returns:
        The net of whole pictures; and that of pictures and the first's "things" and "boxes", which
        answers for the regions, see `models.retinanet_classes.region_classes`. For a detector
        without regions itself, and None.
    """
    if "regions" not in model.output:
        return model, None
    net = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    regions, normalize = net.get_layer("regions"), model.get_layer("normalize")
    own = {name: x for name, x in net.output.items() if name not in regions.output}
    pictures = keras.Input(model.input_shape[1:], name="pictures")
    first = keras.Model(pictures, keras.Model(net.input, own)(normalize(pictures)))
    pictures, things, boxes = inputs = [
        keras.Input(x.shape[1:], name=x.name) for x in regions.inputs
    ]
    return first, keras.Model(inputs, regions([normalize(pictures), things, boxes]))


def look(
    first: Callable[[Any], Mapping[str, Any]],
    again: Callable[[Any], Mapping[str, Any]] | None,
    order: np.ndarray | None = None,
) -> Callable[[Any], dict[str, Any]]:
    """Both looks in one.

    Args:
        first: the net of whole pictures.
        again: that of regions, or None; see `split_looks`.
        order: of the anchors, see `mirror_order`, if both are to look at mirror images too, and
            what they say is averaged; or None.

    Returns:
        A function of float32 pictures [batch, height, width, channels].
    """
    if order is not None:
        first = with_mirror(first, order)

    def answer(pictures: Any) -> dict[str, Any]:
        answers = dict(first(pictures))
        if again is None:
            return answers
        things, boxes = answers["things"], answers["boxes"]
        regions = dict(again([pictures, things, boxes]))
        if order is not None:
            things, boxes = (tf.gather(x, order, axis=1) for x in (things, boxes))
            images = again([tf.reverse(pictures, [2]), things, mirrored_codes(boxes)])
            # The same regions, chosen by the same numbers, unless rounding decides otherwise.
            chosen = tf.gather(order, tf.maximum(images["regions"], 0))
            classes = regions["region_classes"], images["region_classes"]
            regions["region_classes"] = tf.where(
                (chosen == regions["regions"])[..., None], sum(classes) / 2, classes[0]
            )
        return {**answers, **regions}

    return answer
