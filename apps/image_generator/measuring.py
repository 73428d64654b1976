"""What is measured of generated examples, and how they are watched while they get better."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from PIL import Image

from kerasuite.data.gaussians import Mixture
from kerasuite.data.pictures import Pictures
from kerasuite.evaluation import generative
from kerasuite.files import make_folder
from kerasuite.training.judge import Judge

Figures = dict[str, Any]
MOST_FRAMES = 24
FRAMES = "samples"


def point_figures(real: np.ndarray, fake: np.ndarray, mixture: Mixture) -> Figures:
    """How far generated points are from real ones, and which modes they have found."""
    found = generative.mode_figures(fake, mixture.centres, mixture.std)
    return {**found, "earth_movers_distance": generative.earth_movers_distance(real, fake)}


def picture_figures(
    judge: Judge, real: Pictures, fake: np.ndarray, asked: np.ndarray | None, classes: int
) -> Figures:
    """How far generated pictures are from real ones, by what a classifier sees.

    Args:
        judge: the classifier.
        real: held-out pictures.
        fake: uint8 [n, height, width, channels].
        asked: the classes that were asked for, int [n], or None.
        classes: how many the data has; below 2 the judge knows none.

    Returns:
        Distances, precision and recall; with classes how many of them occur in at least a tenth of
        their equal share, the classifier's score, and the share of pictures of the asked class.
    """
    seen, made = judge.features(real.array(range(len(real)))), judge.features(fake)
    found: Figures = {
        "frechet_distance": generative.frechet_distance(seen, made),
        "kernel_distance": generative.kernel_distance(seen, made),
        **generative.precision_recall(seen, made),
    }
    if classes < 2:
        return found
    probabilities = judge.probabilities(fake)
    told = probabilities.argmax(1)
    shares = np.bincount(told, minlength=classes) / len(told)
    found["classes_found"] = int((shares >= 0.1 / classes).sum())
    found["classifier_score"] = generative.classifier_score(probabilities)
    if asked is not None:
        found["class_accuracy"] = float((told == asked).mean())
    return found


class Watch(keras.callbacks.Callback):
    """After each epoch: the distance of fresh examples; now and then, a picture of some.

    Put it before the callbacks that look at `val_distance`.

    Args:
        distance: measures the model.
        frame: draws some examples of the model, uint8 [height, width, 3].
        epochs: how many there will be.
        folder: where frames are kept, as PNG files by epoch; None for nowhere.
    """

    def __init__(
        self,
        distance: Callable[[keras.Model], float],
        frame: Callable[[keras.Model], np.ndarray],
        epochs: int,
        folder: Path | None,
    ) -> None:
        super().__init__()
        self.distance, self.frame = distance, frame
        self.shown = set(np.linspace(0, epochs - 1, min(epochs, MOST_FRAMES)).round().astype(int))
        self.folder = make_folder(folder / FRAMES) if folder else None

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if logs is not None:
            logs["val_distance"] = self.distance(self.model)
        if self.folder and epoch in self.shown:
            Image.fromarray(self.frame(self.model)).save(self.folder / f"{epoch + 1:05}.png")


def frames(folder: Path | None) -> np.ndarray:
    """The frames that `Watch` kept, uint8 [n, height, width, 3]; n may be 0."""
    files = sorted((folder / FRAMES).glob("*.png")) if folder else []
    kept = [np.asarray(Image.open(f).convert("RGB")) for f in files]
    return np.stack(kept) if kept else np.zeros((0, 1, 1, 3), "uint8")
