"""Callbacks that record training: a table of episodes, TensorBoard, the best weights so far."""

import json
import time
from collections import deque
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import tensorflow as tf

from kerasuite.errors import InputError
from kerasuite.files import write_bytes
from kerasuite.rl.callbacks import Callback

_COLUMNS = "r,l,t,steps"


class Monitor(Callback):
    """Writes a line for each episode: reward, length, seconds since the start, steps so far.

    The file is stable-baselines3's monitor.csv with a column more, so that its tools and rl-zoo's
    plots read it. A run that goes on from an earlier state goes on with its file: lines of
    episodes after that state are dropped.

    Args:
        filepath: of the file.
    """

    def __init__(self, filepath: str | Path) -> None:
        super().__init__()
        self.filepath = Path(filepath)
        self._file: TextIO | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        rows = read_monitor(self.filepath) if self.model.step and self.filepath.exists() else []
        kept = [row for row in rows if row["steps"] <= self.model.step]
        before = kept[-1]["t"] if kept else 0.0
        self._started = time.time() - before
        header = json.dumps({"t_start": self._started, "env_id": self._name()})
        lines = [f"#{header}", _COLUMNS, *map(_line, kept)]
        write_bytes(self.filepath, ("\n".join(lines) + "\n").encode())
        self._file = self.filepath.open("a", encoding="utf-8")

    def on_episode_end(self, episode: int, logs: dict[str, Any] | None = None) -> None:
        row = {
            "r": logs["episode_reward"],
            "l": logs["nb_episode_steps"],
            "t": time.time() - self._started,
            "steps": logs["nb_steps"],
        }
        self._file.write(_line(row) + "\n")

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _name(self) -> str:
        spec = getattr(self.env, "spec", None)
        return spec.id if spec is not None else type(self.env).__name__


def read_monitor(filepath: str | Path) -> list[dict[str, float]]:
    """Reads what a `Monitor` wrote; a last line that was not finished is left out.

    Raises:
        InputError: if the file is damaged.
    """
    try:
        first, columns, *lines = Path(filepath).read_text(encoding="utf-8").splitlines()
        names = columns.split(",")
        if not first.startswith("#") or not {"r", "l", "t", "steps"} <= set(names):
            raise ValueError("the first lines are others")
        rows = [line.split(",") for line in lines]
        if rows and len(rows[-1]) < len(names):
            rows.pop()
        return [dict(zip(names, map(float, row), strict=True)) for row in rows]
    except (OSError, ValueError) as e:
        raise InputError(f"{filepath} is no monitor file, or damaged: {e}") from e


def _line(row: dict[str, float]) -> str:
    return f"{row['r']:.6f},{row['l']:.0f},{row['t']:.6f},{row['steps']:.0f}"


class TensorBoard(Callback):
    """Writes figures for TensorBoard, over the steps of the environments.

    "rollout/ep_rew_mean" and "rollout/ep_len_mean" are means over the latest 100 episodes, "train/"
    holds the figures of the latest learning, "time/fps" the steps a second.

    Args:
        log_dir: folder for the files.
        interval: steps from one point to the next.
    """

    def __init__(self, log_dir: str | Path, interval: int = 1000) -> None:
        super().__init__()
        self.log_dir, self.interval = str(log_dir), interval
        self._episodes: deque[tuple[float, float]] = deque(maxlen=100)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._writer = tf.summary.create_file_writer(self.log_dir)
        self._last, self._since = self.model.step, time.perf_counter()

    def on_episode_end(self, episode: int, logs: dict[str, Any] | None = None) -> None:
        self._episodes.append((logs["episode_reward"], logs["nb_episode_steps"]))

    def on_step_end(self, step: int, logs: dict[str, Any] | None = None) -> None:
        if step // self.interval == self._last // self.interval:
            return
        now = time.perf_counter()
        points = {"time/fps": (step - self._last) / (now - self._since)}
        if self._episodes:
            rewards, lengths = np.mean(self._episodes, axis=0)
            points |= {"rollout/ep_rew_mean": rewards, "rollout/ep_len_mean": lengths}
        points |= {f"train/{name}": value for name, value in self.model.metrics.items()}
        with self._writer.as_default(step):
            for name, value in points.items():
                tf.summary.scalar(name, value)
        self._last, self._since = step, now

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self._writer.close()


class BestModel(Callback):
    """Plays test episodes every so many steps, and keeps the weights that were best.

    Args:
        filepath: of the weights.
        env: an environment of its own: playing in the one that trains would disturb it.
        interval: steps from one test to the next.
        nb_episodes: episodes of a test.
        stop_at: stop training when their mean reward reaches this; None for never.
        verbose: 1 to print each time.

    Attributes:
        best: the best mean reward so far.
        results: (step, mean reward) of each test.
    """

    def __init__(
        self,
        filepath: str | Path,
        env: Any,
        interval: int,
        nb_episodes: int = 10,
        stop_at: float | None = None,
        verbose: int = 0,
    ) -> None:
        super().__init__()
        self.filepath, self.test_env = filepath, env
        self.interval, self.nb_episodes = interval, nb_episodes
        self.stop_at, self.verbose = stop_at, verbose
        self.best = -np.inf
        self.results: list[tuple[int, float]] = []
        self._last = 0

    def on_step_end(self, step: int, logs: dict[str, Any] | None = None) -> None:
        if step // self.interval == self._last // self.interval:
            return
        self._last = step
        history = self.model.test(self.test_env, self.nb_episodes, verbose=0)
        mean = float(np.mean(history.history["episode_reward"]))
        self.results.append((step, mean))
        if self.verbose:
            print(f"Step {step}: mean reward {mean:.3f} over {self.nb_episodes} episodes")
        if mean > self.best:
            self.best = mean
            self.model.save_weights(self.filepath, overwrite=True)
        if self.stop_at is not None and mean >= self.stop_at:
            self.model.stop_training = True
