"""Learns to act: environments in, an agent out that answers observations with actions."""

import functools
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gymnasium
import keras
import numpy as np
from gymnasium.vector import VectorEnv

from kerasuite.app import App
from kerasuite.apps.gym_agent import serving
from kerasuite.apps.gym_agent.agents import AGENTS
from kerasuite.apps.gym_agent.learning import Learning, saved_parts
from kerasuite.apps.gym_agent.plan import Plan, processor
from kerasuite.apps.gym_agent.settings import parse
from kerasuite.data.splits import Info, Splits
from kerasuite.errors import InputError
from kerasuite.evaluation.intervals import mean_interval
from kerasuite.export.signature import Check, Signature
from kerasuite.report import figures as draw
from kerasuite.report.figure import Figure
from kerasuite.report.records import read_history
from kerasuite.rl.env_checker import check_environment
from kerasuite.rl.environments import Environments
from kerasuite.rl.factory import make, make_one
from kerasuite.rl.monitoring import read_monitor
from kerasuite.rl.player import Frames, Player, player_model

# Training draws its seeds below 2**31: these lie beyond, a range for each purpose.
TEST_SEED, VALIDATION_SEED, PLAY_SEED = (2**31 + i * 2**29 + 100_000 for i in range(3))
NO_LIMIT = 1000
MOST_FRAMES, WIDEST = 150, 400


@dataclass(frozen=True)
class Episodes:
    """Episodes to measure an agent by.

    Attributes:
        make: makes so many environments.
        count: how many episodes.
        seed: of the environments.
    """

    make: Callable[[int], VectorEnv]
    count: int
    seed: int

    def __len__(self) -> int:
        return self.count

    def play(self, player: Player) -> tuple[np.ndarray, np.ndarray]:
        """Plays them, as many as can be at once: rewards and steps, float [episodes] each."""
        env = self.make(min(self.count, 100))
        try:
            history = player.test(env, self.count, verbose=0, seed=self.seed).history
        finally:
            env.close()
        return np.array(history["episode_reward"]), np.array(history["nb_episode_steps"])


class GymAgent(App):
    """Trains an agent of `kerasuite.rl` in any environment of Gymnasium.

    What the run knows as the model is the player: from raw observations to actions and values. It
    shares its weights with the agent, which holds all else that learning goes on from.
    """

    monitor = ("val_episode_reward", "max")
    ties = "last"

    def data(self, info: Info | None = None) -> Splits:
        """Environments: for training, how to make them; else episodes on seeds of their own."""
        config = self.config
        single = self._single()
        if info is None:
            for warning in check_environment(single):
                print(f"{config.env}: {warning}")
        shape = single.observation_space.shape or ()
        single.close()
        return Splits(
            self._several,
            Episodes(self._several, config.validation_episodes, VALIDATION_SEED),
            Episodes(self._several, config.episodes, TEST_SEED),
            Info(config.env, shape),
        )

    def build(self, info: Info) -> keras.Model:
        config = self.config
        settings = config.resolved()
        kind = AGENTS[config.agent]
        self.processor = processor(settings)
        environments = Environments(self._several(1), self.processor)
        environments.reset(config.seed)
        actions = environments.action_space
        plan = Plan(environments.observation_space, actions, settings, self.processor, config.seed)
        self.agent = kind.make(plan)
        self.agent.check(environments)
        model = player_model(
            lambda states, mask: kind.answer(self.agent, states, mask, actions),
            next(iter(self.agent.networks().values())),
            environments,
            self.processor,
            name=config.agent,
        )
        environments.vector.close()
        self._start = model.get_weights()
        return model

    def resumable(self, epochs: int) -> int:
        return saved_parts(self.folder, epochs)

    def fit(
        self,
        model: keras.Model,
        splits: Splits,
        callbacks: Sequence[keras.callbacks.Callback],
        first_epoch: int = 0,
    ) -> None:
        if not first_epoch:  # the run may have put weights there that it cannot go on from
            model.set_weights(self._start)
            self.agent.weights_changed()
        env = self._several(self.config.resolved()["envs"])
        limit = self._limit() or self._spec.max_episode_steps
        try:
            learning = Learning(
                self.config, self.agent, model, splits.validation, limit, self.folder
            )
            learning.run(env, callbacks, first_epoch)
        finally:
            env.close()

    def evaluate(self, model: keras.Model, splits: Splits) -> dict[str, Any]:
        rewards, lengths = splits.test.play(Player(model, self.config.seed))
        random, _ = splits.test.play(Player(None, self.config.seed))
        mean = float(rewards.mean())
        evaluation = {
            "episode_reward": mean,
            "episode_reward_interval": list(mean_interval(rewards)),
            "median": float(np.median(rewards)),
            "worst": float(rewards.min()),
            "best": float(rewards.max()),
            "mean_length": float(lengths.mean()),
            "random_actions": float(random.mean()),
            "first_test_seed": TEST_SEED,
            "rewards": rewards.tolist(),
        }
        headline = {"episode_reward": mean, "standard_deviation": float(rewards.std(ddof=1))}
        return {"headline": headline, "evaluation": evaluation}

    def signatures(self, model: keras.Model, info: Info) -> dict[str, Signature]:
        return {"serving_default": serving.signature(model)}

    def checks(self, model: keras.Model, splits: Splits) -> dict[str, Check]:
        env = self._several(1)
        try:
            return {"serving_default": serving.check(model, env, self.config.seed)}
        finally:
            env.close()

    def figures(
        self, model: keras.Model, splits: Splits, evaluation: dict[str, Any]
    ) -> list[Figure]:
        found = []
        if self.folder is not None and (self.folder / "monitor.csv").exists():
            episodes = read_monitor(self.folder / "monitor.csv")
            history = read_history(self.folder / "history.csv")
            found.append(
                draw.reward_curve(
                    [row["steps"] for row in episodes],
                    [row["r"] for row in episodes],
                    history.get("steps", []),
                    history.get("val_episode_reward", []),
                    self._threshold(),
                )
            )
        found.append(draw.reward_histogram(evaluation["rewards"], evaluation["random_actions"]))
        if self.config.film:
            found += self.play(model, 1, TEST_SEED)
        return found

    def play(
        self, model: keras.Model, episodes: int, seed: int | None = None, window: bool = False
    ) -> list[Figure]:
        """Plays episodes to be looked at.

        Args:
            model: the player.
            episodes: how many.
            seed: of the environment; None for one that training and test never use.
            window: show them in a window instead of taking pictures.

        Returns:
            A film; nothing with a window, or if the environment cannot be drawn.

        Raises:
            InputError: if a window is wanted where there can be none.
        """
        seed = PLAY_SEED if seed is None else seed
        mode = "human" if window else "rgb_array"
        modes = self._render_modes()
        if window:
            _check_window(modes)
        elif mode not in modes:
            return []
        elif not _has_display():
            os.environ.setdefault("SDL_VIDEODRIVER", "dummy")  # keeps SDL from complaining
        env = self._single(mode)
        height, width = (0, 0) if window else _size(env, seed)
        frames = Frames(MOST_FRAMES * episodes, -(-max(height, width) // WIDEST) or 1)
        try:
            history = Player(model, self.config.seed).test(
                env, episodes, [] if window else [frames], verbose=int(window), seed=seed
            )
        finally:
            env.close()
        if window:
            return []
        rewards = history.history["episode_reward"]
        seconds = max(0.02, frames.every / (env.metadata.get("render_fps") or 30))
        caption = f"Reward {', '.join(f'{r:.4g}' for r in rewards)}."
        return [draw.film(np.stack(frames.frames), "film", "The trained agent", caption, seconds)]

    def _several(self, nb_envs: int) -> VectorEnv:
        limit = self._limit()
        kwargs = {} if limit is None else {"max_episode_steps": limit}
        return make(nb_envs=nb_envs, **self._named(), **kwargs)

    def _single(self, render_mode: str | None = None) -> gymnasium.Env:
        return make_one(**self._named(), max_episode_steps=self._limit(), render_mode=render_mode)

    def _named(self) -> dict[str, Any]:
        config = self.config
        env_kwargs = parse("env_kwargs", config.env_kwargs)
        return {"env_id": config.env, "env_kwargs": env_kwargs, "wrappers": config.wrappers}

    @functools.cached_property
    def _spec(self) -> gymnasium.envs.registration.EnvSpec | None:
        env = make_one(**self._named())
        env.close()
        return env.spec

    def _limit(self) -> int | None:
        if self.config.max_episode_steps is not None:
            return self.config.max_episode_steps
        limited = self._spec is not None and self._spec.max_episode_steps is not None
        return None if limited else NO_LIMIT

    def _threshold(self) -> float | None:
        return None if self._spec is None else self._spec.reward_threshold

    def _render_modes(self) -> list[str]:
        env = self._single()
        env.close()
        return env.metadata.get("render_modes", [])


def _check_window(modes: Sequence[str]) -> None:
    """Refuses a window that nobody would see."""
    if "human" not in modes:
        raise InputError(
            "--window needs an environment with the render mode human. "
            f"Received one with {', '.join(modes) or 'none'}"
        )
    if sys.platform == "linux" and not (_has_display() or os.environ.get("SDL_VIDEODRIVER")):
        raise InputError(
            "--window needs a display, but neither DISPLAY nor WAYLAND_DISPLAY is set; without "
            "--window a film is made"
        )


def _has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _size(env: gymnasium.Env, seed: int) -> tuple[int, int]:
    """Height and width of its pictures."""
    env.reset(seed=seed)
    return np.shape(env.render())[:2]


APP = GymAgent
