"""The surest boxes of a detector, each thing once: where to look again."""

from typing import Any

import keras
from keras import ops

from kerasuite.layers.boxes import pairwise_iou

# What no anchor has that may still be chosen.
_GONE = -1e9


def surest(scores: Any, boxes: Any, count: int, overlap: float) -> Any:
    """Non-maximum suppression: the surest boxes, none of which overlaps a surer one much.

    Args:
        scores: float tensor [batch, boxes].
        boxes: float tensor [batch, boxes, 4]: left, top, right, bottom.
        count: how many to choose.
        overlap: the largest IoU of two that are chosen.

    Returns:
        int32 tensor [batch, count], the indices of the chosen, the surest first; -1 where none is
        left.
    """
    scores = ops.cast(scores, "float32")
    places = ops.arange(scores.shape[1] or ops.shape(scores)[1], dtype="int32")

    turns = ops.arange(count, dtype="int32")

    def choose(turn: Any, state: tuple[Any, Any]) -> tuple[Any, Any]:
        left, chosen = state
        best = ops.cast(ops.argmax(left, axis=-1), "int32")[:, None]
        box = ops.take_along_axis(boxes, best[..., None], axis=1)
        covered = (pairwise_iou(boxes, box)[..., 0] > overlap) | (places == best)
        best = ops.where(ops.max(left, axis=-1, keepdims=True) > _GONE, best, -1)
        return ops.where(covered, _GONE, left), ops.where(turns == turn, best, chosen)

    none = ops.zeros_like(scores[:, :1], dtype="int32") - ops.ones_like(turns)
    return ops.fori_loop(0, count, choose, (scores, none))[1]


def voted(chosen: Any, things: Any, boxes: Any, vote: float) -> Any:
    """Chosen boxes as the mean of all that lie much alike, each by the square of its probability.

    Args:
        chosen: float tensor [batch, count, 4], of `boxes`.
        things: float tensor [batch, boxes], logits of how sure each box is.
        boxes: float tensor [batch, boxes, 4]: left, top, right, bottom.
        vote: the IoU with a chosen box above which a box has a say in it, below 1.

    Returns:
        float tensor [batch, count, 4].

    Reference:
        Gidaris & Komodakis 2015, "Object detection via a multi-region and semantic
        segmentation-aware CNN model": bounding box voting.
    """
    weights = ops.square(ops.sigmoid(things))[:, None]
    weights = ops.where(pairwise_iou(chosen, boxes) > vote, weights, 0)
    total = ops.sum(weights, -1, keepdims=True)
    mean = ops.matmul(weights, boxes) / ops.where(total > 0, total, 1)
    return ops.where(total > 0, mean, chosen)


@keras.saving.register_keras_serializable(package="kerasuite")
class Proposals(keras.layers.Layer):
    """Chooses the boxes that a detector is surest of, each thing once.

    Args:
        count: how many boxes to choose for each picture.
        overlap: the largest IoU of two boxes that are chosen, above 0 and at most 1.
        vote: the IoU above which other boxes have a say in where a chosen one lies, see `voted`;
            1 for none.
        **kwargs: of every Keras layer.

    Call arguments:
        things: (batch, anchors, 1), logits of how sure the detector is that there is a thing.
        boxes: (batch, anchors, 4), the anchors' boxes: left, top, right and bottom.

    Returns:
        int32 (batch, count), the chosen anchors, the surest first, -1 where none is left; and
        (batch, count, 4), their boxes.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Ren et al. 2015, "Faster R-CNN", section 3.3.
    """

    def __init__(self, count: int, overlap: float = 0.5, vote: float = 0.7, **kwargs: Any) -> None:
        super().__init__(trainable=False, **kwargs)
        if count < 1 or not 0 < overlap <= 1 or not 0 < vote <= 1:
            raise ValueError(
                "`count` must be at least 1, `overlap` and `vote` above 0 and at most 1. Received: "
                f"count={count}, overlap={overlap}, vote={vote}"
            )
        self.count, self.overlap, self.vote = count, overlap, vote

    def call(self, things: Any, boxes: Any) -> tuple[Any, Any]:
        """The chosen anchors and their boxes."""
        things = things[..., 0]
        chosen = surest(things, boxes, self.count, self.overlap)
        found = ops.take_along_axis(boxes, ops.maximum(chosen, 0)[..., None], axis=1)
        return chosen, voted(found, things, boxes, self.vote) if self.vote < 1 else found

    def compute_output_spec(self, things: Any, boxes: Any) -> tuple[Any, Any]:
        """int32 (batch, count) and (batch, count, 4)."""
        batch = things.shape[0]
        return (
            keras.KerasTensor((batch, self.count), "int32"),
            keras.KerasTensor((batch, self.count, 4), boxes.dtype),
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        config = {k: v for k, v in super().get_config().items() if k != "trainable"}
        return {**config, "count": self.count, "overlap": self.overlap, "vote": self.vote}
