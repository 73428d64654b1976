"""What learning to translate needs beyond `fit`: BLEU after each epoch, averaged weights."""

from pathlib import Path
from typing import Any

import keras
import numpy as np

from kerasuite.apps.translator.sentences import Sentences, language_indices
from kerasuite.apps.translator.translating import Translator
from kerasuite.evaluation.translation import evaluate_translations
from kerasuite.training.state import load_weights, save_weights


class ValidationBleu(keras.callbacks.Callback):
    """Translates validation sentences greedily after each epoch and notes "val_bleu".

    Args:
        sentences: the validation pairs.
        count: how many of them, spread over all.
    """

    def __init__(self, sentences: Sentences, count: int) -> None:
        super().__init__()
        chosen = np.unique(np.linspace(0, len(sentences) - 1, count).astype(int))
        self.pairs = sentences.pairs.take(chosen)
        self.vocabulary = sentences.vocabulary
        self.languages = language_indices(self.pairs, sentences.vocabulary)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.translator = Translator(self.model, self.vocabulary)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        texts, _ = self.translator.all(self.pairs.sources, self.languages)
        scores = evaluate_translations([t[0] for t in texts], self.pairs.targets)
        if logs is not None:
            logs["val_bleu"] = scores["bleu"]


class AveragedWeights(keras.callbacks.Callback):
    """Keeps the weights of the last epochs and gives the model their mean at the end.

    They lie beside the checkpoints, so that a resumed run averages the same epochs.

    Args:
        folder: where.
        count: how many epochs.

    Reference:
        Vaswani et al. 2017, "Attention is all you need", section 6.1.
    """

    def __init__(self, folder: Path, count: int) -> None:
        super().__init__()
        self.folder, self.count = folder, count

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        save_weights(self._path(epoch), self.model)
        self._path(epoch - self.count).unlink(missing_ok=True)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        paths = sorted(self.folder.glob("epoch-*.npz"))[-self.count :]
        totals = [np.zeros(w.shape, "float64") for w in self.model.trainable_variables]
        for path in paths:
            load_weights(path, self.model)
            for total, weight in zip(totals, self.model.trainable_variables, strict=True):
                total += keras.ops.convert_to_numpy(weight)
        for total, weight in zip(totals, self.model.trainable_variables, strict=True):
            weight.assign(total / len(paths))

    def _path(self, epoch: int) -> Path:
        return self.folder / f"epoch-{epoch:04d}.npz"
