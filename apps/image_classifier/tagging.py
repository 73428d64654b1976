"""Any number of tags a picture: what differs from one class a picture."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite.data.pictures import Pictures
from kerasuite.data.splits import Info, Splits
from kerasuite.evaluation.tagging import average_precisions, best_thresholds, evaluate_tagger
from kerasuite.export.frozen import frozen
from kerasuite.export.picture_classifier import CHECKED_PICTURES, signatures_of
from kerasuite.export.signature import Check, Signature
from kerasuite.layers import TagThresholds
from kerasuite.report import figures as draw
from kerasuite.report.figure import Figure

MONITOR = ("val_mean_average_precision", "max")
HEADLINE = ("mean_average_precision", "micro_average_precision", "macro_f1", "micro_f1")
SHOWN_PICTURES = 20
# Where a score is as near to its threshold as this, two runs of the same arithmetic may differ.
_MARGIN = 1e-3


def with_thresholds(scores: keras.KerasTensor) -> keras.KerasTensor:
    """The scores, with the threshold of each tag kept in the model."""
    return TagThresholds(dtype="float32", name="thresholds")(scores)


def as_targets(stream: tf.data.Dataset) -> tf.data.Dataset:
    """Turns (pictures, int [batch, tags]) into (pictures, float32 [batch, tags])."""
    return stream.map(lambda x, y: (x, tf.cast(y, tf.float32)), num_parallel_calls=2)


class TagValidation(keras.callbacks.Callback):
    """After each epoch: mean average precision on validation data, and the tags' thresholds.

    It goes before the callbacks that record an epoch: they then see the figure, and keep the
    thresholds with the weights that they were chosen for.

    Args:
        answering: the model whose answers count.
        validation: held-out pictures.
        batch_size: of its predictions.
    """

    def __init__(self, answering: keras.Model, validation: Pictures, batch_size: int) -> None:
        super().__init__()
        self._answering, self._validation = answering, validation
        self._batch_size = batch_size

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        labels = self._validation.labels
        scores = self._answering.predict(self._validation.batches(self._batch_size), verbose=0)
        layer = self.model.get_layer("thresholds")
        layer.thresholds.assign(best_thresholds(labels, scores))
        found = average_precisions(labels, scores)
        if logs is not None:
            known = found[~np.isnan(found)]
            logs[MONITOR[0]] = float(known.mean()) if len(known) else 0.0


def evaluate(
    model: keras.Model, answering: keras.Model, splits: Splits, batch_size: int
) -> dict[str, Any]:
    """Measures `answering`, a mean of views of `model` or the model itself, on the test split."""
    test = splits.test
    scores = answering.predict(test.batches(batch_size), verbose=0)
    details = evaluate_tagger(
        test.labels, scores, splits.info.class_names, _thresholds(model), SHOWN_PICTURES
    )
    return {"headline": {name: details[name] for name in HEADLINE}, "evaluation": details}


def signatures(model: keras.Model, answering: keras.Model, info: Info) -> dict[str, Signature]:
    """Raw files or arrays in; tags, scores and which of them apply out, the surest first.

    Weights and thresholds are constants, as they are now.
    """
    names, net = tf.constant(info.class_names), frozen(answering)
    thresholds = _thresholds(model)

    def ranked(pictures: tf.Tensor) -> dict[str, tf.Tensor]:
        scores = tf.cast(net(pictures), tf.float32)
        scores, order = tf.math.top_k(scores, k=len(info.class_names))
        limits = tf.gather(thresholds, order)
        return {"tags": tf.gather(names, order), "scores": scores, "applies": scores >= limits}

    about = "tags and their scores, the surest first, and whether each reaches its own threshold"
    return signatures_of(ranked, info, about)


def checks(
    model: keras.Model, answering: keras.Model, splits: Splits, exact: bool
) -> dict[str, Check]:
    """Test pictures for `signatures`, with the Keras model's own answers.

    Args:
        model, answering: as there.
        splits: its data.
        exact: whether it is compared which tags apply too, and not their scores alone: 16-bit
            layers round too much for that.
    """
    first = np.arange(min(4 * CHECKED_PICTURES, len(splits.test)))
    scores = answering.predict(splits.test.array(first).astype("float32"), verbose=0)
    scores, limits = scores.astype("float32"), _thresholds(model)
    clear = np.abs(scores - limits).min(axis=1) > _MARGIN
    # With many tags no picture may be clear of all thresholds; then the scores are compared.
    exact = exact and bool(clear.any())
    which = (first[clear] if exact else first)[:CHECKED_PICTURES]
    scores = scores[which]
    order = np.argsort(-scores, axis=-1, kind="stable")
    names = np.char.encode(np.array(splits.info.class_names), "utf-8")
    answers = {"tags": names[order], "scores": np.take_along_axis(scores, order, -1)}
    if exact:
        answers["applies"] = np.take_along_axis(scores >= limits, order, -1)
    raw = np.array(splits.test.raw(which), dtype=object)
    pictures = splits.test.array(which).astype("float32")
    return {
        "serving_default": Check({"image_bytes": raw}, answers),
        "tensor": Check({"pictures": pictures}, answers),
    }


def figures(splits: Splits, evaluation: dict[str, Any]) -> list[Figure]:
    """Average precision by tag, and test pictures with the tags they were given."""
    shown = evaluation["pictures"]
    found = [draw.average_precision_bars(evaluation["per_class"])]
    if shown:
        found.append(draw.tag_sheet(splits.test.array([p["index"] for p in shown]), shown))
    return found


def _thresholds(model: keras.Model) -> np.ndarray:
    return keras.ops.convert_to_numpy(model.get_layer("thresholds").thresholds)
