"""Deep belief nets: restricted Boltzmann machines that become a classifier and draw pictures."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite.app import App
from kerasuite.apps.deep_belief_net import learning, measuring
from kerasuite.apps.deep_belief_net.nets import Parts, deep_belief_net
from kerasuite.apps.deep_belief_net.sampling import dreams
from kerasuite.data.load import load_pictures
from kerasuite.data.splits import Info, Splits
from kerasuite.export.made_pictures import png_files_of_shares
from kerasuite.export.picture_classifier import picture_checks, picture_signatures
from kerasuite.export.signature import Check, Signature
from kerasuite.report import figures as draw
from kerasuite.report.figure import Figure

_SHOWN_MISTAKES, _SHOWN_CLASSES, _COLUMNS, _ROWS = 20, 12, 8, 5
_CHECKED_SEEDS = 2


class DeepBeliefNet(App):
    """Learns layers without labels, then a classifier; dreams of what it saw."""

    monitor = ("val_accuracy", "max")

    def data(self, info: Info | None = None) -> Splits:
        config = self.config
        side = config.image_size
        size, channels = ((side, side) if side else None), None
        if info is not None:
            size, channels = info.shape[:2], info.shape[2]
        splits = load_pictures(
            config.data, size=size, channels=channels, seed=config.seed, limit=config.limit
        )
        splits.check_classes(info)
        return splits

    def build(self, info: Info) -> keras.Model:
        return deep_belief_net(self.config, info)

    def fit(
        self,
        model: keras.Model,
        splits: Splits,
        callbacks: Sequence[keras.callbacks.Callback],
        first_epoch: int = 0,
    ) -> None:
        learning.fit(model, splits, self.config, callbacks, first_epoch)

    def resumable(self, epochs: int) -> int:
        """A layer's pretraining starts anew: momentum and chains are not kept."""
        if epochs >= self.config.pretraining:
            return epochs
        return epochs - epochs % self.config.pretrain_epochs

    def evaluate(self, model: keras.Model, splits: Splits) -> dict[str, Any]:
        return measuring.evaluate(model, splits, self.config)

    def signatures(self, model: keras.Model, info: Info) -> dict[str, Signature]:
        parts, steps = Parts.of(model, info), self.config.gibbs_steps
        names = tf.constant(info.class_names)

        def sample(seed: tf.Tensor, *class_name: tf.Tensor) -> dict[str, tf.Tensor]:
            labels = _labels(names, *class_name) if class_name else None
            pictures = dreams(parts, tf.cast(seed, tf.int32), steps, labels)
            return {"picture_bytes": png_files_of_shares(pictures), "pictures": 255.0 * pictures}

        seed = tf.TensorSpec([None], tf.float32, "seed")
        given = [tf.TensorSpec([None], tf.string, "class_name")] if parts.top is not None else []
        of_class = " and classes" if given else ""
        about = f"whole numbers that decide about chance{of_class} → PNG pictures drawn by Gibbs "
        about += "sampling, and the means of their pixels from 0 to 255"
        kinds = {"seed": "column", **({"class_name": "column"} if given else {})}
        made = Signature(lambda *inputs: sample(*inputs), (seed, *given), kinds, about)
        return {**picture_signatures(model, info), "sample": made}

    def checks(self, model: keras.Model, splits: Splits) -> dict[str, Check]:
        parts = Parts.of(model, splits.info)
        seeds, labels = np.arange(_CHECKED_SEEDS), None
        inputs = {"seed": seeds.astype("float32")}
        if parts.top is not None:
            labels = tf.constant(seeds % len(splits.info.class_names), tf.int32)
            names = np.char.encode(np.array(splits.info.class_names), "utf-8").astype(object)
            inputs["class_name"] = names[labels.numpy()]
        pictures = self._drawn(parts, seeds, labels)
        return {
            **picture_checks(model, splits),
            "sample": Check(inputs, {"pictures": 255 * pictures}),
        }

    def figures(
        self, model: keras.Model, splits: Splits, evaluation: dict[str, Any]
    ) -> list[Figure]:
        parts = Parts.of(model, splits.info)
        found = []
        if mistakes := evaluation["mistakes"][:_SHOWN_MISTAKES]:
            images = splits.test.array([m["index"] for m in mistakes])
            shown = [{**m, "index": i} for i, m in enumerate(mistakes)]
            found.append(draw.mistakes_sheet(images, shown, splits.info.class_names))
        kernel = keras.ops.convert_to_numpy(parts.machines[0].kernel)
        pixels = int(np.prod(splits.info.shape))
        found.append(draw.filters(kernel[:pixels].reshape(*splits.info.shape, -1)))
        if self.config.pretrain_epochs:
            found.append(self._samples(parts))
        return found

    def _samples(self, parts: Parts) -> Figure:
        names = parts.info.class_names[:_SHOWN_CLASSES] if parts.top is not None else ()
        count = len(names) or _ROWS
        labels = tf.repeat(tf.range(count), _COLUMNS) if names else None
        pictures = self._drawn(parts, np.arange(count * _COLUMNS), labels)
        rows = pictures.reshape(count, _COLUMNS, *parts.info.shape)
        words = names or [" " * i for i in range(count)]
        held = "; a row a class, at which its units are held" if names else ""
        return draw.picture_rows(
            dict(zip(words, rows, strict=True)),
            "samples",
            "Drawn by Gibbs sampling",
            f"Means of the pixels after {self.config.gibbs_steps} steps in the top machine{held}.",
        )

    def _drawn(self, parts: Parts, seeds: np.ndarray, labels: tf.Tensor | None) -> np.ndarray:
        # Compiled, as in the SavedModel: rounded otherwise, a chain would take another way.
        draw_all = tf.function(lambda s: dreams(parts, s, self.config.gibbs_steps, labels))
        return draw_all(tf.constant(seeds, tf.int32)).numpy()


def _labels(names: tf.Tensor, class_name: tf.Tensor) -> tf.Tensor:
    same = tf.equal(class_name[:, None], names[None])
    known = tf.debugging.Assert(
        tf.reduce_all(tf.reduce_any(same, axis=1)),
        ["class_name must be one of the model's classes. Received: ", class_name],
    )
    with tf.control_dependencies([known] if known is not None else []):
        return tf.argmax(tf.cast(same, tf.int32), axis=1, output_type=tf.int32)


APP = DeepBeliefNet
