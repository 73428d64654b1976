"""Callbacks of every run: checkpoints, early stopping, learning rate, progress."""

import math
import time
from pathlib import Path
from typing import Any

import keras
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from kerasuite.errors import KerasuiteError
from kerasuite.files import make_folder, write_bytes
from kerasuite.training.state import History, save_state, save_weights


class Checkpoint(keras.callbacks.Callback):
    """After each epoch: notes its figures, keeps state and best weights, stops early.

    One callback, since a kill between two files must not leave them telling different stories: the
    state file holds history and weights in one, and is renamed into place.

    Args:
        folder: the run's folder; writes checkpoints/ and history.csv in it.
        history: the rows so far (of the run that is resumed).
        patience: stop after this many epochs without a better one; 0 never does.
    """

    def __init__(self, folder: Path, history: History, patience: int = 0) -> None:
        super().__init__()
        self.folder = folder
        self.history = history
        self.patience = patience
        self.checkpoints = make_folder(folder / "checkpoints")
        self._started = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        row = {name: float(value) for name, value in (logs or {}).items()}
        losses = getattr(self.model, "loss_names", ())  # of adversaries, such as "l1" or "cycle"
        for name, value in row.items():
            lost = name in losses or (name.endswith("loss") and not name.startswith("val_"))
            if not lost or math.isfinite(value):
                continue
            raise KerasuiteError(
                f"The {name.replace('_', ' ')} became {value} in epoch {epoch + 1}; try a smaller "
                "--learning-rate. The last good epoch is kept in the run's checkpoints"
            )
        if (optimizer := getattr(self.model, "optimizer", None)) is not None:
            row["learning_rate"] = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
        row["seconds"] = round(time.perf_counter() - self._started, 3)
        self.history.rows.append(row)
        # Best weights first: killed in between, the epoch is run again and writes them again.
        if self.history.best() == len(self.history.rows) - 1:
            save_weights(self.checkpoints / "best.npz", self.model)
        save_state(self.checkpoints / "last.npz", self.model, self.history)
        write_bytes(self.folder / "history.csv", self.history.to_csv().encode())
        if self.should_stop():
            self.model.stop_training = True

    def should_stop(self) -> bool:
        """Whether patience has run out."""
        return bool(self.patience) and self.history.epochs_since_best() >= self.patience


class ProgressBar(keras.callbacks.Callback):
    """A bar on a terminal; a line an epoch where output goes to a file.

    Args:
        console: where to draw.
        first_epoch: how many are done already.
    """

    def __init__(self, console: Console, first_epoch: int = 0) -> None:
        super().__init__()
        self.console = console
        self.first_epoch = first_epoch
        self._bar = Progress(
            TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[figures]}"),
            console=console,
            disable=not console.is_terminal,
        )

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        epochs, steps = self.params["epochs"], self.params["steps"]
        self._task = self._bar.add_task(
            "",
            total=steps and epochs * steps,  # None, for an unknown length, stays None
            completed=self.first_epoch * (steps or 0),
            epoch=self.first_epoch + 1,
            epochs=epochs,
            figures="",
        )
        self._bar.start()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._bar.advance(self._task)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        shown = {k: v for k, v in (logs or {}).items() if k != "learning_rate"}
        figures = "  ".join(f"{name} {value:.4g}" for name, value in shown.items())
        epochs = self.params["epochs"]
        self._bar.update(self._task, epoch=min(epoch + 2, epochs), figures=figures)
        if not self.console.is_terminal:
            self.console.print(f"epoch {epoch + 1}/{epochs}  {figures}", soft_wrap=True)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.close()

    def close(self) -> None:
        """Takes the bar off the terminal; also needed when training ends with an error."""
        self._bar.stop()


def schedule(
    kind: str, peak: float, epochs: int, warmup: int = 0
) -> keras.callbacks.LearningRateScheduler:
    """Sets the learning rate of each epoch: a straight rise to `peak`, then what `kind` says.

    A function of the epoch alone, so that a resumed run goes on with the right one.

    Args:
        kind: "constant", "cosine" for a fall along half a cosine, or "steps": a tenth from a third
            of the epochs on, a hundredth from two thirds on.
        peak: the highest learning rate.
        epochs: how many epochs there are.
        warmup: over how many of them the rate rises, fewer than `epochs`.

    Raises:
        ValueError: if `kind` is another word or `warmup` is out of range.

    Reference:
        Loshchilov & Hutter 2017, SGDR, eq. 5 without restarts; Goyal et al. 2017, section 2.2
        (warm-up); Huang et al. 2017, DenseNet, section 4.2 (steps).
    """
    if kind not in ("constant", "cosine", "steps"):
        raise ValueError(f'`kind` must be "constant", "cosine" or "steps". Received: kind={kind!r}')
    if not 0 <= warmup < epochs:
        raise ValueError(f"`warmup` must be from 0 to below epochs. Received: warmup={warmup}")

    def rate(epoch: int) -> float:
        if epoch < warmup:
            return peak * (epoch + 1) / (warmup + 1)
        if kind == "constant":
            return peak
        if kind == "steps":
            return peak * 0.1 ** (3 * epoch // epochs)
        return peak * 0.5 * (1 + math.cos(math.pi * (epoch - warmup) / (epochs - warmup)))

    return keras.callbacks.LearningRateScheduler(rate)
