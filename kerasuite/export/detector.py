"""From what a detector's net answers for each anchor to boxes: decoded, and each thing once."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite.evaluation.detection import Boxes
from kerasuite.export.frozen import frozen
from kerasuite.export.looks import at_regions, look, split_looks
from kerasuite.export.mirrored import mirror_order
from kerasuite.layers.boxes import clip, decode

# Logistic regression is too sure of the classes of unseen things. Found on the validation scenes of
# tuxpaint_scenes, among 0.5, 0.7 and 1.
CLASS_SHARPNESS = 0.5
# How probable a thing must be for its region to be looked at again. Of the 16 regions of a picture
# of tuxpaint_scenes' validation split, 4.3 are; all of them gain 0.02 points of mAP@0.5.
WORTH_A_LOOK = 0.2


@dataclass(frozen=True)
class Detections:
    """Boxes found in a batch of pictures, the surest first.

    Attributes:
        boxes: float32 [batch, most, 4]: left, top, right, bottom; zeros where nothing is left.
        scores: float32 [batch, most], 0 there.
        labels: int32 [batch, most], 0 there.
        count: int32 [batch], how many there are.
    """

    boxes: tf.Tensor
    scores: tf.Tensor
    labels: tf.Tensor
    count: tf.Tensor


class Detector:
    """A net that answers for anchors, with decoding and non-maximum suppression in the graph.

    Suppression is class by class: of boxes of one class that overlap more than `overlap`, the
    surest stays.

    Args:
        model: float32 [batch, height, width, channels] from 0 to 255 → "classes", logits [batch,
            anchors, classes], and "boxes", codes [batch, anchors, 4]. If it also answers "things",
            logits [batch, anchors, 1] of whether there is any, then "classes" are logits of a
            softmax that is evened out by `CLASS_SHARPNESS`, and a class is as probable as the thing
            times it. If it also has "regions" that it looks at again, see
            `models.retinanet_classes.region_classes`, only these are answered for, and their
            classes' logits are the mean of both looks; where things are less probable
            than `WORTH_A_LOOK`, nothing is looked at again.
        anchors: float32 [anchors, 4] in pixels of its pictures.
        score: the least score of a detection, from 0 to below 1.
        overlap: the largest IoU of two detections of one class, above 0 and at most 1. Regions are
            each of one thing already: they are all kept.
        most: the largest number of detections of a picture.
        mirrored: whether the model looks at the mirror image of each picture too, and both answers
            are averaged: twice the work for about one point of mAP.
        constant: whether the model's weights are constants of the graph, as they are now: for
            serving, see `frozen`.

    Raises:
        ValueError: if the model answers for another number of anchors, or they are not their own
            mirror images, which `mirrored` needs.

    Reference:
        Lin et al. 2017, "Focal loss for dense object detection", section 4.1 (inference).
    """

    def __init__(
        self,
        model: keras.Model,
        anchors: np.ndarray,
        score: float = 0.05,
        overlap: float = 0.5,
        most: int = 100,
        mirrored: bool = False,
        constant: bool = False,
    ) -> None:
        answered = model.output["boxes"].shape[1]
        if answered != len(anchors):
            raise ValueError(
                f"`anchors` must be the {answered} that the model answers for. Received: "
                f"{len(anchors)}"
            )
        self.model, self.anchors = model, anchors
        self.score, self.overlap, self.most = score, overlap, most
        shape = [None, *model.input_shape[1:]]
        self._looks = split_looks(model)
        self._order = mirror_order(anchors, model.input_shape[2]) if mirrored else None
        answer = look(
            self._looks.each(frozen if constant else _inference), self._order, WORTH_A_LOOK
        )
        # A function of its own: its graph is traced once, whatever it becomes a part of.
        self._answers = tf.function(answer, input_signature=[tf.TensorSpec(shape, tf.float32)])
        self._detect = tf.function(self._found, input_signature=[tf.TensorSpec(shape, tf.uint8)])

    def raw(self, pictures: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """What is found at each anchor.

        Args:
            pictures: float32 [batch, height, width, channels] from 0 to 255.

        Returns:
            float32 [batch, anchors, classes] probabilities; and float32 [batch, anchors, 4] boxes
            in pixels, within the picture. If there are regions, they are in the place of anchors.
        """
        return self.decoded(self._answers(pictures))

    def decoded(
        self, answers: Mapping[str, Any], groups: Sequence[Sequence[int]] | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """`raw` of what the model has answered already.

        Args:
            answers: the model's, for a batch of pictures.
            groups: which of the model's classes become each class that is detected, for wider ones
                than it has learned; None for its own. Each is as probable as that any of its
                classes is there, if they are independent (their sum, if they are of a softmax).
        """
        regions = answers.get("regions")
        answers = {k: tf.cast(v, tf.float32) for k, v in answers.items() if k != "regions"}
        height, width = self.model.input_shape[1:3]
        boxes = clip(decode(answers["boxes"], self.anchors), height, width)
        if "things" in answers:
            things, classes = tf.sigmoid(answers["things"]), answers["classes"]
            if regions is not None:
                things, classes = (at_regions(regions, x) for x in (things, classes))
                things *= tf.cast(regions >= 0, tf.float32)[..., None]
                classes = (classes + answers["region_classes"]) / 2
                boxes = answers["region_boxes"] * tf.constant([width, height] * 2, tf.float32)
            probabilities = things * tf.nn.softmax(CLASS_SHARPNESS * classes)
            together = functools.partial(tf.reduce_sum, axis=-1)
        else:
            probabilities, together = tf.sigmoid(answers["classes"]), _any
        if groups is not None:
            each = [together(tf.gather(probabilities, x, axis=-1)) for x in groups]
            probabilities = tf.stack(each, axis=-1)
        return probabilities, boxes

    def suppressed(self, probabilities: tf.Tensor, boxes: tf.Tensor) -> Detections:
        """Keeps each thing once, of what `raw` returns."""
        # The operation wants top and bottom first; exchanging the axes changes no overlap.
        found = tf.image.combined_non_max_suppression(
            boxes[:, :, None],
            probabilities,
            max_output_size_per_class=self.most,
            max_total_size=self.most,
            iou_threshold=self.overlap if self._looks.cut is None else 1.0,
            score_threshold=self.score,
            clip_boxes=False,
        )
        labels = tf.cast(found.nmsed_classes, tf.int32)
        return Detections(found.nmsed_boxes, found.nmsed_scores, labels, found.valid_detections)

    def detect(self, pictures: tf.Tensor) -> Detections:
        """What is found in pictures, float32 [batch, height, width, channels] from 0 to 255."""
        return self.suppressed(*self.raw(pictures))

    def predicted(self, pictures: np.ndarray) -> dict[str, np.ndarray]:
        """`answered` by `model.predict`: what the published answers are compared with."""
        answers = look(self._looks.each(_predictor), self._order, WORTH_A_LOOK)(pictures)
        return {name: np.asarray(value) for name, value in answers.items()}

    def answered(self, pictures: np.ndarray) -> dict[str, tf.Tensor]:
        """What the model says of pictures, uint8 [batch, height, width, channels]."""
        return self._answers(tf.cast(pictures, tf.float32))

    def boxes_in(
        self, answers: Mapping[str, Any], groups: Sequence[Sequence[int]] | None = None
    ) -> list[Boxes]:
        """What is found in each picture that the model has answered for; see `decoded`."""
        found = self.suppressed(*self.decoded(answers, groups))
        return list(_listed(found.boxes, found.labels, found.scores, found.count))

    def found(self, batches: Sequence[np.ndarray]) -> Iterator[Boxes]:
        """Detects in batches of pictures.

        Args:
            batches: each uint8 [batch, height, width, channels].

        Yields:
            What is found in each picture.
        """
        for pictures in batches:
            yield from _listed(*self._detect(tf.constant(pictures)))

    def _found(self, pictures: tf.Tensor) -> tuple[tf.Tensor, ...]:
        found = self.detect(tf.cast(pictures, tf.float32))
        return found.boxes, found.labels, found.scores, found.count


def _listed(*found: tf.Tensor) -> Iterator[Boxes]:
    for boxes, labels, scores, n in zip(*(x.numpy() for x in found), strict=True):
        yield Boxes(boxes[:n], labels[:n], scores[:n])


def _inference(model: keras.Model) -> Callable[[Any], Any]:
    return functools.partial(model, training=False)


def _predictor(model: keras.Model) -> Callable[[Any], Any]:
    return functools.partial(model.predict, verbose=0)


def _any(probabilities: tf.Tensor) -> tf.Tensor:
    return 1 - tf.reduce_prod(1 - probabilities, axis=-1)
