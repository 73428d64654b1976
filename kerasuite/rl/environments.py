"""Gymnasium's environments as agents see them: several in lockstep, each step checked."""

import inspect
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv

from kerasuite.errors import InputError, KerasuiteError
from kerasuite.rl.factory import make
from kerasuite.rl.memory import Transition


class SingleEnvironment(VectorEnv):
    """One environment in the form of a vector of length 1, reset by the step after its end."""

    def __init__(self, env: gymnasium.Env) -> None:
        self.env = env
        self.num_envs = 1
        self.metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP}
        self.single_observation_space = env.observation_space
        self.single_action_space = env.action_space
        self.spec = env.spec
        self._ended = False

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple:
        self._ended = False
        observation, info = self.env.reset(seed=seed, options=options)
        return np.asarray(observation)[None], self._add_info({}, info, 0)

    def step(self, actions: np.ndarray) -> tuple:
        reward, terminated, truncated = 0.0, False, False
        if self._ended:
            observation, info = self.env.reset()
        else:
            observation, reward, terminated, truncated, info = self.env.step(actions[0])
        self._ended = bool(terminated or truncated)
        return (
            np.asarray(observation)[None],
            np.array([reward], "float64"),
            np.array([terminated], bool),
            np.array([truncated], bool),
            self._add_info({}, info, 0) if info else {},
        )

    def render(self) -> Any:
        return self.env.render()

    def close(self, **kwargs) -> None:
        self.env.close()


class Environments:
    """Steps environments and says what each step was.

    Args:
        env: a `gymnasium.Env`, a `VectorEnv` that resets on the step after an end (Gymnasium's
            default), or the name of an environment.
        processor: see `kerasuite.rl.processors`; None for none.
        nb_max_episode_steps: truncates episodes of a single environment; None for never.

    Attributes:
        nb_envs: how many there are.
        observation_space, action_space: of one of them.
        observations: [envs, ...], what they show now.
        first: bool [envs], which of these begin an episode.
        masks: bool [envs, actions] from `info["action_mask"]`; None if there are none.
        rewards: float32 [envs], those of the latest step before processing.

    Raises:
        InputError: if `env` is none of these.
    """

    def __init__(
        self, env: Any, processor: Any = None, nb_max_episode_steps: int | None = None
    ) -> None:
        self.vector = _as_vector(env, nb_max_episode_steps)
        self.processor = processor
        self.nb_envs = self.vector.num_envs
        self.action_space = self.vector.single_action_space
        self.observation_space = self.vector.single_observation_space
        if self.observation_space.shape is None:
            raise InputError(
                "Observations must be arrays of one shape; flatten others with "
                f"gymnasium.wrappers.FlattenObservation. Received: {self.observation_space}"
            )
        spec = getattr(self.vector, "spec", None)
        self.name = spec.id if spec is not None else type(_innermost(self.vector)).__name__
        discrete = isinstance(self.action_space, gymnasium.spaces.Discrete)
        self._first_action = int(self.action_space.start) if discrete else 0

    def reset(self, seed: int | None = None) -> None:
        """Begins new episodes.

        Raises:
            KerasuiteError: if the environment fails or shows something that is not finite.
        """
        self._steps = 0
        with _Failures(self.name, "reset"):
            observations, infos = self.vector.reset(seed=seed)
        if self.processor is not None:
            self.processor.reset(self.nb_envs)
        self.observations = self._processed(self._checked(observations))
        if self.processor is not None:
            # A processor may change the shape of what is seen.
            self.observation_space = _space_like(self.observation_space, self.observations)
        self._ended = np.zeros(self.nb_envs, bool)
        self.first = np.ones(self.nb_envs, bool)
        self.masks = self._masks(infos)

    def step(self, actions: np.ndarray) -> Transition:
        """Takes one action in each; a row of an environment that has ended resets it.

        Args:
            actions: [envs, ...], discrete ones counted from 0; numbers are clipped to their bounds.

        Raises:
            KerasuiteError: if the environment fails or shows something that is not finite.
        """
        before, masks, valid = self.observations, self.masks, ~self._ended
        done = actions
        if self._first_action:
            done = actions + self._first_action
        elif isinstance(self.action_space, gymnasium.spaces.Box):
            done = np.clip(actions, self.action_space.low, self.action_space.high)
        if self.processor is not None:
            done = self.processor.process_action(done)
        self._steps += 1
        with _Failures(self.name, "step"):
            observations, rewards, terminated, truncated, infos = self.vector.step(done)
        self.observations = self._processed(self._checked(observations))
        rewards = self.rewards = self._checked(np.asarray(rewards, "float32"), "rewards")
        if self.processor is not None:
            ended = np.asarray(terminated | truncated)
            rewards = np.asarray(self.processor.process_rewards(rewards, ended), "float32")
        self.first = ~valid
        self._ended = terminated | truncated
        self.masks = self._masks(infos)
        return Transition(
            before, actions, rewards, terminated, truncated, valid, masks, self.observations
        )

    def _processed(self, observations: np.ndarray) -> np.ndarray:
        if self.processor is None:
            return np.array(observations)  # the environment may write the next into the same array
        return self.processor.process_observations(observations)

    def _checked(self, values: np.ndarray, what: str = "observations") -> np.ndarray:
        shape = self.vector.single_observation_space.shape if what == "observations" else ()
        expected = (self.nb_envs, *shape)
        if values.shape != expected:
            raise KerasuiteError(
                f"The environment {self.name} gave {what} of shape {values.shape[1:]}; that of its "
                f"space is {expected[1:]}"
            )
        # The sum is not finite if any number is not; it may overflow otherwise, hence the second.
        if values.dtype.kind == "f" and not np.isfinite(values.sum()):
            wrong = np.argwhere(~np.isfinite(values))
            if len(wrong):
                place = ", ".join(str(i) for i in wrong[0])
                raise KerasuiteError(
                    f"The environment {self.name} gave {what} that are not finite after "
                    f"{self._steps} steps: {what}[{place}] = {values[tuple(wrong[0])]}"
                )
        return values

    def _masks(self, infos: dict[str, Any]) -> np.ndarray | None:
        masks = infos.get("action_mask")
        if masks is None:
            return None
        masks = np.asarray(masks)
        expected = (self.nb_envs, int(getattr(self.action_space, "n", 0)))
        if masks.shape != expected:
            raise KerasuiteError(
                f'The environment {self.name} gave info["action_mask"] of shape {masks.shape[1:]}, '
                f"({expected[1]},) was expected: one number for each action"
            )
        return masks.astype(bool)


class _Failures:
    """Says which environment failed in what, and keeps what it raised as the cause."""

    def __init__(self, name: str, where: str) -> None:
        self.name, self.where = name, where

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type | None, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, Exception) and not isinstance(error, KerasuiteError):
            raise KerasuiteError(
                f"The environment {self.name} failed in `{self.where}`: "
                f"{type(error).__name__}: {error}"
            ) from error


def _as_vector(env: Any, nb_max_episode_steps: int | None) -> VectorEnv:
    if isinstance(env, str):
        env = make(env)
    if isinstance(env, VectorEnv):
        if nb_max_episode_steps is not None:
            raise InputError(
                "nb_max_episode_steps is for single environments; make the vector with "
                f"max_episode_steps={nb_max_episode_steps} instead"
            )
        mode = env.metadata.get("autoreset_mode", AutoresetMode.NEXT_STEP)
        if mode != AutoresetMode.NEXT_STEP:
            raise InputError(
                "The vector of environments must reset on the step after an end "
                f"(autoreset_mode=AutoresetMode.NEXT_STEP, Gymnasium's default). Received: {mode}"
            )
        return env
    if isinstance(env, gymnasium.Env):
        if nb_max_episode_steps is not None:
            env = gymnasium.wrappers.TimeLimit(env, nb_max_episode_steps)
        return SingleEnvironment(env)
    kind = env if inspect.isclass(env) else type(env)
    raise InputError(
        "`env` must be a gymnasium.Env, a gymnasium.vector.VectorEnv or the name of an "
        f"environment. Received: {kind.__module__}.{kind.__qualname__}"
    )


def _innermost(vector: VectorEnv) -> Any:
    """The first environment without its wrappers; the vector itself if it has none."""
    env = getattr(vector, "env", vector)
    env = next(iter(getattr(env, "envs", [])), env)
    return getattr(env, "unwrapped", env)


def _space_like(space: gymnasium.Space, observations: np.ndarray) -> gymnasium.Space:
    shape, dtype = observations.shape[1:], observations.dtype
    if (space.shape, space.dtype) == (shape, dtype):
        return space
    low, high = (0, 255) if dtype == np.uint8 else (-np.inf, np.inf)
    return gymnasium.spaces.Box(low, high, shape, dtype.type)
