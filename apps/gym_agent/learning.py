"""How an agent's training becomes epochs of a run: parts of equal length, each with a record."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from gymnasium.vector import VectorEnv

from kerasuite.report.records import read_history
from kerasuite.rl.callbacks import Callback
from kerasuite.rl.core import Agent
from kerasuite.rl.monitoring import Monitor
from kerasuite.rl.player import Player, copy_normalizer

TICKS = 50  # of the progress bar, in each part
# Saving a state ends all episodes, for environments cannot be saved. Done more often, an agent
# would hardly see how long episodes go on.
EPISODES_BETWEEN_SAVES = 8
LOOK_LONGER = 5  # times as many episodes decide whether a part was the best
SCORE = "val_episode_reward"


class Learning:
    """Trains an agent; after each part of the run it is measured.

    Of twenty parts the luckiest would be kept, not the best, were each judged by few episodes. So
    one that seems as good as the best so far plays more of them before it counts, and so does the
    last, which has learned longest.

    States (memory, optimizer, random numbers, counters) are saved after some of the parts, each to
    a file of its own. That of an earlier part is deleted only after the run has noted the later
    one: a run that is killed at any moment goes on from the last part that both know of.

    Args:
        config: of the run.
        agent: compiled.
        model: its player.
        validation: the episodes that it is measured by.
        limit: the most steps of an episode.
        folder: of the run; None to leave no records.
    """

    def __init__(
        self,
        config: Any,
        agent: Agent,
        model: keras.Model,
        validation: Any,
        limit: int,
        folder: Path | None,
    ) -> None:
        self.config, self.agent, self.model, self.folder = config, agent, model, folder
        self.settings = config.resolved()
        self.player, self.best = Player(model, config.seed), -np.inf
        self.validation = validation
        further = (LOOK_LONGER - 1) * validation.count
        seed = validation.seed + validation.count
        self.further = dataclasses.replace(validation, count=further, seed=seed)
        steps = self.settings["steps"] / config.epochs / self.settings["envs"]
        self.parts_between_saves = -(-EPISODES_BETWEEN_SAVES * limit // steps)

    def run(
        self, env: VectorEnv, callbacks: Sequence[keras.callbacks.Callback], first: int
    ) -> None:
        """Trains from part `first` on; a state was saved there, unless it is 0."""
        epochs = self.config.epochs
        if first:
            self.agent.load_state(state_file(self.folder, first), env)
            self.best = max(read_history(self.folder / "history.csv")[SCORE][:first])
        self.told = keras.callbacks.CallbackList(
            list(callbacks), model=self.model, epochs=epochs, steps=TICKS
        )
        self.model.stop_training = False
        self.told.on_train_begin()
        while first < epochs and not self.model.stop_training:
            last = int(min(epochs, first + self.parts_between_saves))
            self._stage(env, first, last)
            first = last
        self.told.on_train_end()

    def end_of(self, part: int) -> int:
        """The step that a part ends at."""
        return round(self.settings["steps"] * (part + 1) / self.config.epochs)

    def begin(self, part: int) -> None:
        """Tells that a part begins, and sets its learning rate."""
        self.told.on_epoch_begin(part)
        rate = self._learning_rate(part)
        for optimizer in optimizers_of(self.agent):
            optimizer.learning_rate = rate

    def end(self, part: int, rewards: Sequence[float]) -> None:
        """Measures the agent after a part, and tells of it.

        Args:
            part: which.
            rewards: of the training episodes that ended in it.
        """
        agent = self.agent
        copy_normalizer(agent.processor, self.model)
        logs = {"steps": agent.step, **agent.metrics}
        if (rate := self._learning_rate(part)) is not None:
            logs["learning_rate"] = rate
        if rewards:
            logs["episode_reward"] = float(np.mean(rewards))
        logs[SCORE] = score = self.score(last=part + 1 == self.config.epochs)
        self.told.on_epoch_end(part, logs)
        if self.config.stop_at is not None and score >= self.config.stop_at:
            self.model.stop_training = True

    def score(self, last: bool) -> float:
        """The mean reward of validation episodes, of more than usual if it is the best so far.

        Args:
            last: whether it is the last part.
        """
        rewards, _ = self.validation.play(self.player)
        if last or _as_recorded(rewards) >= self.best:
            rewards = np.append(rewards, self.further.play(self.player)[0])
        score = _as_recorded(rewards)
        self.best = max(self.best, score)
        return score

    def _stage(self, env: VectorEnv, first: int, last: int) -> None:
        """Trains parts `first` to `last` - 1, then saves the state."""
        parts = _Parts(self, first, last)
        monitors = [] if self.folder is None else [Monitor(self.folder / "monitor.csv")]
        self.agent.fit(
            env,
            self.end_of(last - 1),
            [*monitors, parts],
            verbose=0,
            initial_step=self.agent.step,
        )
        if parts.interrupted:
            raise KeyboardInterrupt
        if self.model.stop_training:
            return
        if self.folder is not None:
            self.agent.save_state(state_file(self.folder, last))
        self.end(last - 1, parts.rewards)
        if self.folder is not None:
            state_file(self.folder, first).unlink(missing_ok=True)

    def _learning_rate(self, part: int) -> float | None:
        """A function of the part alone, so that a resumed run goes on with the right one."""
        if "learning_rate" not in self.settings:
            return None
        left = 1 - part / self.config.epochs if self.settings["schedule"] == "linear" else 1.0
        return self.settings["learning_rate"] * left


def _as_recorded(rewards: np.ndarray) -> float:
    """Their mean as history.csv has it: a resumed run compares with what stands there."""
    return float(f"{rewards.mean():.7g}")


def state_file(folder: Path, parts: int) -> Path:
    """Where the agent's state after so many parts lies."""
    return folder / "checkpoints" / f"agent-{parts}.npz"


def saved_parts(folder: Path, most: int) -> int:
    """After how many parts, `most` at most, there is a state; 0 if there is none."""
    return next((n for n in range(most, 0, -1) if state_file(folder, n).exists()), 0)


def optimizers_of(agent: Agent) -> list[keras.optimizers.Optimizer]:
    """All that an agent learns with: actor and critic may have their own."""
    return [v for v in vars(agent).values() if isinstance(v, keras.optimizers.Optimizer)]


class _Parts(Callback):
    """Divides one `fit` into parts; the last one is ended by whoever called `fit`."""

    def __init__(self, learning: Learning, part: int, last: int) -> None:
        super().__init__()
        self.learning, self.part, self.last = learning, part, last
        self.rewards: list[float] = []
        self.ticks, self.interrupted = 0, False

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.learning.begin(self.part)

    def on_episode_end(self, episode: int, logs: dict[str, Any] | None = None) -> None:
        self.rewards.append(logs["episode_reward"])

    def on_step_end(self, step: int, logs: dict[str, Any] | None = None) -> None:
        end = self.learning.end_of(self.part)
        start = self.learning.end_of(self.part - 1)
        while self.ticks < min(TICKS, TICKS * (step - start) // max(1, end - start)):
            self.learning.told.on_train_batch_end(self.ticks)
            self.ticks += 1
        if step >= end and self.part + 1 < self.last:
            self.learning.end(self.part, self.rewards)
            self.part, self.rewards, self.ticks = self.part + 1, [], 0
            if self.learning.model.stop_training:
                self.model.stop_training = True  # the agent's
            else:
                self.learning.begin(self.part)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.interrupted = bool(logs and logs.get("did_abort"))
