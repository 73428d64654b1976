"""Callbacks of agents: Keras's, and calls for episodes, steps and actions.

Any `keras.callbacks.Callback` can be used too: an episode is its epoch, a step its batch.
"""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kerasuite.files import write_json


class Callback(keras.callbacks.Callback):
    """Is told of episodes, steps and actions.

    A step is one of all environments together. `logs` of a step hold "action", "observation" and
    "reward" ([envs, ...], before processing nothing is unpacked), "metrics" (name to figure, those
    of the latest learning) and "valid" (bool [envs], False where an environment was only reset).
    `logs` of an episode's end hold "episode_reward", "nb_episode_steps" and "nb_steps" (of the
    agent, so far). `self.model` is the agent, `self.env` what it acts in.
    """

    env: Any = None

    def on_episode_begin(self, episode: int, logs: dict[str, Any] | None = None) -> None:
        """Called when an episode begins; episodes are numbered in this order."""

    def on_episode_end(self, episode: int, logs: dict[str, Any] | None = None) -> None:
        """Called when the episode of that number has ended."""

    def on_step_begin(self, step: int, logs: dict[str, Any] | None = None) -> None:
        """Called before a step; `step` is the agent's count."""

    def on_step_end(self, step: int, logs: dict[str, Any] | None = None) -> None:
        """Called after a step, and the learning that followed it."""

    def on_action_begin(self, action: np.ndarray, logs: dict[str, Any] | None = None) -> None:
        """Called before actions are taken."""

    def on_action_end(self, action: np.ndarray, logs: dict[str, Any] | None = None) -> None:
        """Called after actions were taken."""


_AS_KERAS = {
    "on_episode_begin": "on_epoch_begin",
    "on_episode_end": "on_epoch_end",
    "on_step_begin": "on_train_batch_begin",
    "on_step_end": "on_train_batch_end",
}


class CallbackList:
    """Calls those callbacks that listen; a step that nobody listens to costs nothing."""

    def __init__(self, callbacks: Iterable[Any], agent: Any, env: Any, params: dict) -> None:
        self.callbacks = list(callbacks)
        for callback in self.callbacks:
            callback.set_model(agent)
            callback.set_params(params)
            callback.env = env
        events = ("episode_begin", "episode_end", "step_begin", "step_end")
        events += ("action_begin", "action_end")
        self._listeners = {event: self._listening(f"on_{event}") for event in events}

    def wants(self, event: str) -> bool:
        """Whether anybody listens to an event, such as "step_end"."""
        return bool(self._listeners[event])

    def call(self, event: str, *args) -> None:
        """Tells those who listen of an event that comes often."""
        for listener in self._listeners[event]:
            listener(*args)

    def begin(self, kind: str) -> None:
        """Tells all that "train" or "test" begins."""
        for callback in self.callbacks:
            getattr(callback, f"on_{kind}_begin")({})

    def end(self, kind: str, logs: dict[str, Any]) -> None:
        """Tells all that "train" or "test" is over."""
        for callback in self.callbacks:
            getattr(callback, f"on_{kind}_end")(logs)

    def _listening(self, name: str) -> list[Any]:
        found = []
        for callback in self.callbacks:
            own = name if hasattr(callback, name) else _AS_KERAS.get(name, name)
            method = getattr(type(callback), own, None)
            silent = (getattr(Callback, own, None), getattr(keras.callbacks.Callback, own, None))
            if method is not None and method not in silent:
                found.append(getattr(callback, own))
        return found


class TrainEpisodeLogger(Callback):
    """Prints a line an episode."""

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._started = time.perf_counter()

    def on_episode_end(self, episode: int, logs: dict[str, Any] | None = None) -> None:
        seconds = time.perf_counter() - self._started
        print(
            f"{logs['nb_steps']}/{self.params['nb_steps']}: episode: {episode + 1}, "
            f"episode steps: {logs['nb_episode_steps']}, "
            f"episode reward: {logs['episode_reward']:.3f}, "
            f"steps per second: {logs['nb_steps'] / seconds:.0f}{_listed(self.model.metrics)}"
        )


class TrainIntervalLogger(Callback):
    """Prints a line every `interval` steps: the episodes since, and the latest figures."""

    def __init__(self, interval: int = 10_000) -> None:
        super().__init__()
        self.interval = interval

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._rewards: list[float] = []
        self._last, self._since = self.model.step, time.perf_counter()

    def on_episode_end(self, episode: int, logs: dict[str, Any] | None = None) -> None:
        self._rewards.append(logs["episode_reward"])

    def on_step_end(self, step: int, logs: dict[str, Any] | None = None) -> None:
        if step // self.interval == self._last // self.interval:
            return
        rate = (step - self._last) / (time.perf_counter() - self._since)
        rewards = self._rewards
        found = "no episode ended"
        if rewards:
            found = (
                f"{len(rewards)} episodes, episode_reward: {np.mean(rewards):.3f} "
                f"[{min(rewards):.3f}, {max(rewards):.3f}]"
            )
        total = self.params["nb_steps"]
        print(f"{step}/{total}: {found}, {rate:.0f} steps/s{_listed(self.model.metrics)}")
        self._rewards, self._last, self._since = [], step, time.perf_counter()


class TestLogger(Callback):
    """Prints a line for each episode of a test."""

    def on_episode_end(self, episode: int, logs: dict[str, Any] | None = None) -> None:
        steps = logs["nb_episode_steps"]
        print(f"Episode {episode + 1}: reward: {logs['episode_reward']:.3f}, steps: {steps}")


class FileLogger(Callback):
    """Writes the figures of all episodes to a JSON file: name to list.

    Args:
        filepath: of the file.
        interval: also write it every so many episodes; None for only at the end.
    """

    def __init__(self, filepath: str | Path, interval: int | None = None) -> None:
        super().__init__()
        self.filepath = Path(filepath)
        self.interval = interval
        self._rows: list[dict[str, float]] = []
        self._starts: dict[int, float] = {}

    def on_episode_begin(self, episode: int, logs: dict[str, Any] | None = None) -> None:
        self._starts[episode] = time.perf_counter()

    def on_episode_end(self, episode: int, logs: dict[str, Any] | None = None) -> None:
        duration = time.perf_counter() - self._starts.pop(episode)
        row = {"episode": episode, **logs, **self.model.metrics, "duration": duration}
        self._rows.append({name: float(value) for name, value in row.items()})
        if self.interval is not None and len(self._rows) % self.interval == 0:
            self.save_data()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.save_data()

    def save_data(self) -> None:
        """Writes what was collected; None stands where an episode has no such figure."""
        names = dict.fromkeys(name for row in self._rows for name in row)
        write_json(self.filepath, {n: [row.get(n) for row in self._rows] for n in names})


class Visualizer(Callback):
    """Renders the environment after each action: make it with render_mode="human"."""

    def on_action_end(self, action: np.ndarray, logs: dict[str, Any] | None = None) -> None:
        self.env.render()


class ModelIntervalCheckpoint(Callback):
    """Saves the agent's weights every `interval` steps.

    Args:
        filepath: of the weights; "{step}" stands for the step.
        interval: in steps of the environments.
        verbose: 1 to print each time.
    """

    def __init__(self, filepath: str | Path, interval: int, verbose: int = 0) -> None:
        super().__init__()
        self.filepath, self.interval, self.verbose = str(filepath), interval, verbose
        self._last = 0

    def on_step_end(self, step: int, logs: dict[str, Any] | None = None) -> None:
        if step // self.interval == self._last // self.interval:
            return
        self._last = step
        filepath = self.filepath.format(step=step)
        if self.verbose:
            print(f"Step {step}: saving the weights to {filepath}")
        self.model.save_weights(filepath, overwrite=True)


class StopOnReward(Callback):
    """Stops training when the mean reward of the latest episodes reaches a threshold.

    Args:
        threshold: the mean reward.
        episodes: over how many.
    """

    def __init__(self, threshold: float, episodes: int = 100) -> None:
        super().__init__()
        self.threshold, self.episodes = threshold, episodes
        self._rewards: list[float] = []

    def on_episode_end(self, episode: int, logs: dict[str, Any] | None = None) -> None:
        self._rewards = [*self._rewards, logs["episode_reward"]][-self.episodes :]
        full = len(self._rewards) == self.episodes
        if full and np.mean(self._rewards) >= self.threshold:
            self.model.stop_training = True


def _listed(metrics: dict[str, float]) -> str:
    return "".join(f", {name}: {value:.4g}" for name, value in metrics.items())
