"""A detector's answers to a picture and to its mirror image, averaged: test-time augmentation."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from kerasuite.layers.boxes import mirrored_codes


def mirror_order(anchors: np.ndarray, width: int) -> np.ndarray:
    """Which anchor each anchor becomes where the picture is mirrored.

    Args:
        anchors: float32 [anchors, 4] in pixels.
        width: of the pictures in pixels.

    Returns:
        int32 [anchors].

    Raises:
        ValueError: if there is none for some: the width is no multiple of the coarsest stride.
    """
    left, top, right, bottom = np.asarray(anchors, "float64").T
    images = np.stack([width - right, top, width - left, bottom], -1)
    places = {_key(anchor): i for i, anchor in enumerate(np.asarray(anchors, "float64"))}
    try:
        return np.array([places[_key(image)] for image in images], "int32")
    except KeyError:
        raise ValueError(
            "`anchors` must be their own mirror images, so the pictures' width must be a multiple "
            f"of the coarsest level's stride. Received: width={width}"
        ) from None


def averaged(
    answers: Mapping[str, Any], of_mirrored: Mapping[str, Any], order: np.ndarray
) -> dict[str, tf.Tensor]:
    """The mean of what a net says of pictures and of their mirror images.

    Args:
        answers: "boxes", codes [batch, anchors, 4], and others, logits [batch, anchors, n].
        of_mirrored: the same for the mirror images.
        order: of the anchors, see `mirror_order`.
    """
    mirrored = {name: tf.gather(value, order, axis=1) for name, value in of_mirrored.items()}
    mirrored["boxes"] = mirrored_codes(mirrored["boxes"])
    return {name: (value + mirrored[name]) / 2 for name, value in answers.items()}


def with_mirror(
    net: Callable[[tf.Tensor], Mapping[str, Any]], order: np.ndarray
) -> Callable[[tf.Tensor], dict[str, tf.Tensor]]:
    """A net that also looks at the mirror images of its pictures."""

    def look(pictures: tf.Tensor) -> dict[str, tf.Tensor]:
        both = net(tf.concat([pictures, tf.reverse(pictures, [2])], 0))
        halves = {name: tf.split(value, 2) for name, value in both.items()}
        first, second = ({name: half[i] for name, half in halves.items()} for i in range(2))
        return averaged(first, second, order)

    return look


def _key(anchor: np.ndarray) -> tuple[float, ...]:
    return tuple(np.round(anchor, 2) + 0.0)  # no -0.0
