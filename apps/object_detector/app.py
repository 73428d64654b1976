"""Boxes around things: RetinaNet, from raw files to served boxes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite.app import App
from kerasuite.apps.object_detector.nets import build_detector, levels_of
from kerasuite.apps.object_detector.serving import box_checks, box_signatures
from kerasuite.data.augment_boxes import boxed_augmentation
from kerasuite.data.boxed import Boxed
from kerasuite.data.boxed_sets import THING, load_boxed
from kerasuite.data.scene_sets import Composition
from kerasuite.data.splits import Info, Splits
from kerasuite.evaluation.detection import Boxes, evaluate_detections
from kerasuite.export.detector import Detector
from kerasuite.export.signature import Check, Signature
from kerasuite.layers.anchors import anchor_boxes, assign
from kerasuite.models import fold_batch_norms
from kerasuite.report import figures as draw
from kerasuite.report.figure import Figure
from kerasuite.training.box_classes import learn_box_classes
from kerasuite.training.callbacks import schedule

AUGMENTATION = {"flip": True, "shift": 0.1, "scale": 0.3, "colour": 0.3, "exchange": True}
SHOWN_PICTURES = 12
# The first training pictures with things: the classes are learned from these.
CLASS_PICTURES = 1000


class ObjectDetector(App):
    """Trains a registered detector on pictures with boxes."""

    monitor = ("val_map_50", "max")
    _made: Detector | None = None

    def data(self, info: Info | None = None) -> Splits:
        config = self.config
        splits = load_boxed(
            config.data,
            size=config.image_size,
            target=config.target,
            seed=config.seed,
            limit=config.limit,
            composition=Composition(
                scenes=config.scenes,
                things=config.things,
                vary_things=config.vary_things,
                fold=config.fold,
                drawings=config.drawings,
                grounds=config.grounds,
            ),
        )
        splits.check_classes(info)
        return splits

    def build(self, info: Info) -> keras.Model:
        return build_detector(self.config, info)

    def fit(
        self,
        model: keras.Model,
        splits: Splits,
        callbacks: Sequence[keras.callbacks.Callback],
        first_epoch: int = 0,
    ) -> None:
        if self.config.class_head == "boxes" and first_epoch == 0:
            filled = [i for i, these in enumerate(splits.train.labels) if len(these)]
            some = splits.train.take(filled[:CLASS_PICTURES])
            learn_box_classes(model, some, self.config.batch_size)
        super().fit(model, splits, callbacks, first_epoch)

    def training_batches(self, splits: Splits, first_epoch: int = 0) -> tf.data.Dataset:
        config, train = self.config, splits.train.reduced(self.config.reduction)
        steps = train.steps_per_epoch(config.batch_size)
        augment = boxed_augmentation(
            **{k: v for k, v in AUGMENTATION.items() if k in config.augment}, seed=config.seed
        )
        batches = train.shuffled_batches(config.batch_size, config.seed, first_epoch)
        batches = batches.enumerate(first_epoch * steps).map(
            lambda step, batch: self._targets(*self._enlarged(*augment(step, *batch))),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        return batches.prefetch(tf.data.AUTOTUNE)

    def validation_batches(self, splits: Splits) -> tf.data.Dataset:
        return super().validation_batches(splits).map(self._targets)

    def callbacks(self, model: keras.Model, splits: Splits) -> list[keras.callbacks.Callback]:
        config, finder = self.config, model
        if config.class_head == "boxes":
            # Classes were learned before: what an epoch changes is how well things are found, which
            # takes a fraction of the time to measure.
            answers = {"boxes": model.output["boxes"], "classes": model.output["things"]}
            finder = keras.Model(model.inputs, answers)
        validate = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: logs.update(self._validated(finder, splits))
        )
        rate = schedule(config.schedule, config.learning_rate, config.epochs, config.warmup)
        return [rate, validate]

    def evaluate(self, model: keras.Model, splits: Splits) -> dict[str, Any]:
        test, classes, kinds = splits.test, splits.info.class_names, splits.info.kinds
        # How well things are found, and how well they are told apart.
        wider = {"things": (THING,) * len(classes)} if len(classes) > 1 else {}
        if kinds:
            wider["kinds"] = kinds
        found = self._found(fold_batch_norms(model), test, {"classes": classes, **wider})
        least = self.config.drawn
        details = evaluate_detections(_truths(test), found["classes"], classes, least=least)
        names = ("map_50", "map", "map_75", "average_recall")
        headline = {name: details[name] for name in names}
        for name, become in wider.items():
            details[name] = _evaluate_wider(test, found[name], become)
            headline[f"{name}_map_50"] = details[name]["map_50"]
        return {"headline": headline, "evaluation": details}

    def signatures(self, model: keras.Model, info: Info) -> dict[str, Signature]:
        detector = self._new_detector(fold_batch_norms(model), constant=True)
        return box_signatures(detector, info, self.config.drawn)

    def checks(self, model: keras.Model, splits: Splits) -> dict[str, Check]:
        exact = self.config.precision == "float32"
        return box_checks(self._detector(fold_batch_norms(model)), splits, exact)

    def figures(
        self, model: keras.Model, splits: Splits, evaluation: dict[str, Any]
    ) -> list[Figure]:
        test, names = splits.test, splits.info.class_names
        chosen = {
            "detections": np.arange(min(SHOWN_PICTURES, len(test))),
            "worst_detections": [p["index"] for p in evaluation["pictures"][:SHOWN_PICTURES]],
        }
        titles = ("First test pictures", "Worst test pictures")
        sheets = []
        for (name, which), title in zip(chosen.items(), titles, strict=True):
            part = test.take(which)
            found = list(self._detector(model).found(self._pieces(part.images)))
            words = {"name": name, "title": title, "least": self.config.drawn}
            sheets.append(draw.box_sheet(part.images, _truths(part), found, names, **words))
        return [
            *sheets,
            draw.precision_recall(evaluation["curves"]),
            draw.ap_bars(evaluation["per_class"]),
        ]

    def _anchors(self) -> np.ndarray:
        config = self.config
        size, strides = (config.image_size,) * 2, config.anchor_strides
        return anchor_boxes(size, levels_of(config), strides_long=strides)

    def _detector(self, model: keras.Model) -> Detector:
        """The model with suppression; made once, since tracing its graph takes seconds."""
        if self._made is None or self._made.model is not model:
            self._made = self._new_detector(model)
        return self._made

    def _new_detector(self, model: keras.Model, **how: Any) -> Detector:
        config = self.config
        limits = config.score, config.overlap, config.detections
        return Detector(model, self._anchors(), *limits, mirrored=config.mirrored, **how)

    def _targets(
        self, pictures: tf.Tensor, boxes: tf.Tensor, labels: tf.Tensor
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """What each anchor is to answer, as the losses take it."""
        labels, codes = assign(boxes, labels, self._anchors())
        codes = tf.concat([codes, tf.cast(labels, tf.float32)[..., None]], axis=-1)
        answers = {"classes": labels, "boxes": codes}
        if self.config.class_head == "boxes":
            answers["things"] = tf.minimum(labels, 0)  # one class: a thing
            del answers["classes"]  # learned before
        return pictures, answers

    def _enlarged(
        self, pictures: tf.Tensor, boxes: tf.Tensor, labels: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Reduced pictures for the net, which makes them as small again: changing small ones at
        random takes a fraction of the time, and the classes are not learned by these."""
        factor = self.config.reduction
        for axis in (1, 2) if factor > 1 else ():
            pictures = tf.repeat(pictures, factor, axis)
        return pictures, boxes * factor, labels

    def _validated(self, finder: keras.Model, splits: Splits) -> dict[str, float]:
        part, names = splits.validation, splits.info.class_names
        if self.config.class_head == "boxes":
            part, names = part.relabelled([0] * len(names)), (THING,)
        found = list(self._detector(finder).found(self._pieces(part.images)))
        details = evaluate_detections(_truths(part), found, names)
        return {f"val_{name}": details[name] for name in ("map_50", "map")}

    def _found(
        self, model: keras.Model, part: Boxed, become: Mapping[str, Sequence[str]]
    ) -> dict[str, list[Boxes]]:
        """What is found if classes are called by other names, for each such list: those called
        alike become one. The net answers once."""
        detector = self._detector(model)
        found: dict[str, list[Boxes]] = {name: [] for name in become}
        for pictures in self._pieces(part.images):
            answers = detector.answered(pictures)
            for name, names in become.items():
                groups = [[i for i, x in enumerate(names) if x == y] for y in dict.fromkeys(names)]
                found[name] += detector.boxes_in(answers, groups)
        return found

    def _pieces(self, pictures: np.ndarray) -> Iterator[np.ndarray]:
        size = self.config.batch_size
        return (pictures[i : i + size] for i in range(0, len(pictures), size))


def _evaluate_wider(part: Boxed, found: Sequence[Boxes], become: Sequence[str]) -> dict[str, Any]:
    """The worth of what is found where of each class only a wider one is asked for."""
    names = tuple(dict.fromkeys(become))
    truths = _truths(part.relabelled([names.index(name) for name in become]))
    details = evaluate_detections(truths, found, names)
    return {k: v for k, v in details.items() if k not in ("curves", "pictures")}


def _truths(part: Boxed) -> list[Boxes]:
    return [Boxes(*these) for these in zip(part.boxes, part.labels, strict=True)]


APP = ObjectDetector
