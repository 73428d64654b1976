"""How an agent's training becomes epochs of a run: parts of equal length, each with a record."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from gymnasium.vector import VectorEnv

from kerasuite.rl.callbacks import Callback
from kerasuite.rl.core import Agent
from kerasuite.rl.monitoring import Monitor
from kerasuite.rl.player import Player, copy_normalizer

TICKS = 50  # of the progress bar, in each part


class Learning:
    """Trains an agent in parts. After each it is measured, and its state saved.

    The state (memory, optimizer, random numbers, counters) lies in a file a part. The file of the
    part before is deleted only after the run has noted the new one: a run that is killed at any
    moment finds the state that its own record speaks of.

    Args:
        config: of the run.
        agent: compiled.
        model: its player.
        validation: episodes; `play(player)` plays them.
        folder: of the run; None to leave no records.
    """

    def __init__(
        self, config: Any, agent: Agent, model: keras.Model, validation: Any, folder: Path | None
    ) -> None:
        self.config, self.agent, self.model, self.folder = config, agent, model, folder
        self.settings = config.resolved()
        self._measure = functools.partial(validation.play, Player(model, config.seed))

    def run(
        self, env: VectorEnv, callbacks: Sequence[keras.callbacks.Callback], first_epoch: int
    ) -> None:
        """Trains from part `first_epoch` on."""
        config, agent = self.config, self.agent
        if first_epoch:
            agent.load_state(self._state(first_epoch), env)
        told = keras.callbacks.CallbackList(
            list(callbacks), model=self.model, epochs=config.epochs, steps=TICKS
        )
        self.model.stop_training = False
        told.on_train_begin()
        for epoch in range(first_epoch, config.epochs):
            told.on_epoch_begin(epoch)
            logs = self._part(env, epoch, told)
            if self.folder is not None:
                agent.save_state(self._state(epoch + 1))
            told.on_epoch_end(epoch, logs)
            if self.folder is not None:
                self._state(epoch).unlink(missing_ok=True)
            solved = config.stop_at is not None and logs["val_episode_reward"] >= config.stop_at
            if solved or self.model.stop_training:
                break
        told.on_train_end()

    def _part(
        self, env: VectorEnv, epoch: int, told: keras.callbacks.CallbackList
    ) -> dict[str, float]:
        """Trains one part; returns its figures."""
        agent, total = self.agent, self.settings["steps"]
        rate = self._learning_rate(epoch)
        for optimizer in optimizers_of(agent):
            optimizer.learning_rate = rate
        start, end = (round(total * part / self.config.epochs) for part in (epoch, epoch + 1))
        watch = _Watch(told, start, end)
        monitors = [] if self.folder is None else [Monitor(self.folder / "monitor.csv")]
        history = agent.fit(
            env, end, [*monitors, watch], verbose=0, initial_step=agent.step
        ).history
        if watch.interrupted:
            raise KeyboardInterrupt
        copy_normalizer(agent.processor, self.model)
        rewards, _ = self._measure()
        figures = {"steps": agent.step, "episodes": agent.episode, **agent.metrics}
        if rate is not None:
            figures["learning_rate"] = rate
        if history.get("episode_reward"):
            figures["episode_reward"] = np.mean(history["episode_reward"])
        return {**figures, "val_episode_reward": float(np.mean(rewards))}

    def _learning_rate(self, epoch: int) -> float | None:
        """A function of the part alone, so that a resumed run goes on with the right one."""
        if "learning_rate" not in self.settings:
            return None
        left = 1 - epoch / self.config.epochs if self.settings["schedule"] == "linear" else 1.0
        return self.settings["learning_rate"] * left

    def _state(self, epochs: int) -> Path:
        return self.folder / "checkpoints" / f"agent-{epochs}.npz"


def optimizers_of(agent: Agent) -> list[keras.optimizers.Optimizer]:
    """All that an agent learns with: actor and critic may have their own."""
    return [v for v in vars(agent).values() if isinstance(v, keras.optimizers.Optimizer)]


class _Watch(Callback):
    """Moves the progress bar, and notes an interrupt, which `fit` takes for its end."""

    def __init__(self, told: keras.callbacks.CallbackList, start: int, end: int) -> None:
        super().__init__()
        self.told, self.start, self.size = told, start, max(1, end - start)
        self.ticks, self.interrupted = 0, False

    def on_step_end(self, step: int, logs: dict[str, Any] | None = None) -> None:
        while self.ticks < min(TICKS, TICKS * (step - self.start) // self.size):
            self.told.on_train_batch_end(self.ticks)
            self.ticks += 1

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.interrupted = bool(logs and logs.get("did_abort"))
