"""What all agents share: acting, counting, callbacks, saving. How they learn is in agents/."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kerasuite.rl import callbacks as cb
from kerasuite.rl import saving
from kerasuite.rl.acting import CompiledNet, NumpyNet, flat_weights
from kerasuite.rl.checks import check_actions, check_finite, check_input
from kerasuite.rl.environments import Environments
from kerasuite.rl.episodes import Episodes, Window, episode_seed, step_logs
from kerasuite.rl.memory import Transition
from kerasuite.rl.processors import Processor
from kerasuite.rl.replay import TargetNets
from kerasuite.rl.wrappers import wrapped


class Agent:
    """Acts in environments and learns from what happens.

    A subclass defines `check`, `make_room`, `forward`, `backward` and `networks`, and what of its
    own is to be saved (`own_state`, `restore_own_state`).

    Args:
        processor: what lies between environment and agent; None for nothing.
        seed: decides all that is random in acting and learning, and the environments' seeds; None
            to draw one. (The nets' first weights follow `keras.utils.set_random_seed`.)

    Attributes:
        step: steps of the environments so far, over all of them.
        training: whether it learns at present.
        metrics: name to figure, of the latest learning.
        stop_training: set it to True to end `fit` after the present step.
    """

    def __init__(self, processor: Processor | None = None, seed: int | None = None) -> None:
        self.processor = processor
        self.seed = int(np.random.SeedSequence().entropy % 2**31) if seed is None else seed
        self.rng = np.random.default_rng(self.seed)
        self.window_length = 1
        self.optimizer: keras.optimizers.Optimizer | None = None
        self.targets: TargetNets | None = None
        self._net: NumpyNet | CompiledNet | None = None  # what acts
        self.training = False
        self.stop_training = False
        self.step = self.episode = 0
        self.metrics: dict[str, float] = {}

    def check(self, environments: Environments) -> None:
        """Checks that spaces and nets fit.

        Raises:
            InputError: if they do not.
        """
        raise NotImplementedError

    def make_room(self, environments: Environments) -> None:
        """Makes room for what is remembered, before training."""

    def forward(self, states: np.ndarray, masks: np.ndarray | None) -> np.ndarray:
        """Chooses actions, [envs, ...].

        Args:
            states: [envs, window_length, ...], or [envs, ...] for a window of 1.
            masks: bool [envs, actions], what is allowed; None if everything is.
        """
        raise NotImplementedError

    def backward(self, transition: Transition) -> None:
        """Remembers what happened, and learns when it is time to."""
        raise NotImplementedError

    @property
    def compiled(self) -> bool:
        """Whether it can learn."""
        return self.optimizer is not None

    @property
    def busy(self) -> bool:
        """Whether it gathers what it will learn from, so that `fit` should not pause yet."""
        return False

    def cut(self) -> None:
        """Is told that the present episodes go on no further, though they have not ended."""

    def networks(self) -> dict[str, keras.Model]:
        """The models that are learned, by name."""
        raise NotImplementedError

    def variables(self) -> dict[str, list[keras.Variable]]:
        """All variables that learning goes on from, by name of the group."""
        groups = {name: model.variables for name, model in self.networks().items()}
        if self.optimizer is not None:
            groups["optimizer"] = self.optimizer.variables
        if self.targets is not None:
            groups["target"] = self.targets.variables
        return groups

    def parts(self) -> dict[str, Any]:
        """What else learning goes on from: things with `state` and `restore`, by name."""
        return {}

    def own_state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Arrays and plain values that learning goes on from, besides variables."""
        return saving.pack_parts(self.parts())

    def restore_own_state(self, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> None:
        """Puts back what `own_state` gave."""
        saving.unpack_parts(self.parts(), arrays, values)

    def fit(
        self,
        env: Any,
        nb_steps: int,
        callbacks: Sequence[keras.callbacks.Callback] | None = None,
        verbose: int = 1,
        visualize: bool = False,
        log_interval: int = 10_000,
        nb_max_episode_steps: int | None = None,
        action_repetition: int = 1,
        nb_max_start_steps: int = 0,
        start_step_policy: Callable[[Any], Any] | None = None,
        initial_step: int = 0,
        checkpoint: str | Path | None = None,
        checkpoint_interval: int = 10_000,
    ) -> keras.callbacks.History:
        """Trains.

        Args:
            env: a Gymnasium environment, a vector of them, or a name.
            nb_steps: where to stop, in steps of the environments over all of them. A few more are
                done if the last step is one of several environments, and until what was gathered
                is learned from.
            callbacks: of `kerasuite.rl.callbacks` or of Keras.
            verbose: 0 for silence, 1 for a line every `log_interval` steps, 2 for one an episode.
            visualize: render after each action; the environment must be made for that.
            log_interval: see `verbose`.
            nb_max_episode_steps: truncates episodes of a single environment; None for never.
            action_repetition: how often each action is taken, in a single environment.
            nb_max_start_steps: the most steps at the start of each episode of a single environment
                that the agent does not see.
            start_step_policy: an observation to an action, for these; None for any action.
            initial_step: where to begin; the agent's `step` to go on after `load_state`.
            checkpoint: file that the state is saved to every `checkpoint_interval` steps, new
                episodes beginning there; None for none. A run that was killed and goes on from
                this file ends as one that was left alone.
            checkpoint_interval: see `checkpoint`.

        Returns:
            Its `history` holds "episode_reward", "nb_episode_steps" and "nb_steps", a number for
            each episode that ended.

        Raises:
            RuntimeError: before `compile`.
            InputError: if the environment does not suit the agent.
            KerasuiteError: if the environment fails, or a loss is no longer finite.
        """
        if not self.compiled:
            raise RuntimeError("Call compile() before fit()")
        loggers = {1: [cb.TrainIntervalLogger(log_interval)], 2: [cb.TrainEpisodeLogger()]}
        history = keras.callbacks.History()
        env = wrapped(env, action_repetition, nb_max_start_steps, start_step_policy)
        with self._environments(env, nb_max_episode_steps) as environments:
            self.make_room(environments)
            self.step, self.stop_training = initial_step, False
            listeners = cb.CallbackList(
                [
                    *(callbacks or []),
                    *loggers.get(verbose, []),
                    *([cb.Visualizer()] if visualize else []),
                    history,
                ],
                self,
                environments.vector,
                {"nb_steps": nb_steps},
            )
            self._set_training(True)
            aborted = True
            listeners.begin("train")
            try:
                while self.step < nb_steps and not self.stop_training:
                    pause = nb_steps
                    if checkpoint is not None:
                        pause = (self.step // checkpoint_interval + 1) * checkpoint_interval
                    self._train(environments, min(pause, nb_steps), listeners)
                    if checkpoint is not None:
                        self.save_state(checkpoint)
                aborted = False
            except KeyboardInterrupt:
                pass  # what was learned so far can be used
            finally:
                self._set_training(False)
                listeners.end("train", {"did_abort": aborted})
        return history

    def test(
        self,
        env: Any,
        nb_episodes: int = 1,
        callbacks: Sequence[keras.callbacks.Callback] | None = None,
        verbose: int = 1,
        visualize: bool = False,
        nb_max_episode_steps: int | None = None,
        action_repetition: int = 1,
        nb_max_start_steps: int = 0,
        start_step_policy: Callable[[Any], Any] | None = None,
        seed: int | None = None,
    ) -> keras.callbacks.History:
        """Plays whole episodes without learning.

        Each environment of a vector plays its share of the episodes: taking the first to end would
        favour short ones.

        Args:
            env: as for `fit`.
            nb_episodes: how many.
            callbacks: as for `fit`.
            verbose: 1 for a line an episode.
            visualize: as for `fit`.
            nb_max_episode_steps: as for `fit`.
            action_repetition: as for `fit`.
            nb_max_start_steps: as for `fit`.
            start_step_policy: as for `fit`.
            seed: of the environments and of random actions; None for one that training never uses.

        Returns:
            Its `history` holds "episode_reward", "nb_episode_steps" and "nb_steps", a number for
            each episode.
        """
        env = wrapped(env, action_repetition, nb_max_start_steps, start_step_policy)
        seed = episode_seed(self.seed, -1) if seed is None else seed
        history = keras.callbacks.History()
        loggers = [cb.TestLogger()] if verbose else []
        viewers = [cb.Visualizer()] if visualize else []
        before = self.rng, self.training
        self.rng = np.random.default_rng(seed)
        self._set_training(False)
        try:
            with self._environments(env, nb_max_episode_steps) as environments:
                listeners = cb.CallbackList(
                    [*(callbacks or []), *loggers, *viewers, history],
                    self,
                    environments.vector,
                    {"nb_episodes": nb_episodes},
                )
                # Keras's callbacks know only training.
                listeners.begin("train")
                self._play(environments, nb_episodes, seed, listeners)
                listeners.end("train", {})
        finally:
            self.rng = before[0]
            self._set_training(before[1])
        return history

    def save_weights(self, filepath: str | Path, overwrite: bool = False) -> None:
        """Writes the nets' weights: to `filepath`, or beside it with a name for each of several.

        Raises:
            InputError: if a file is there and `overwrite` is False.
        """
        for name, path in saving.weight_files(Path(filepath), list(self.networks())).items():
            saving.save_weights(path, self.networks()[name], overwrite)

    def load_weights(self, filepath: str | Path) -> None:
        """Reads what `save_weights` wrote.

        Raises:
            InputError: if a file is missing or holds weights of another architecture.
        """
        for name, path in saving.weight_files(Path(filepath), list(self.networks())).items():
            saving.load_weights(path, self.networks()[name])
        if self.targets is not None:
            self.targets.renew()
        self.weights_changed()

    def weights_changed(self) -> None:
        """Is to be called when weights were set from outside: what acts has a copy of them."""
        if self._net is not None:
            self._net.set_flat(flat_weights(self._net).numpy())

    def save_state(self, filepath: str | Path) -> None:
        """Writes all that training goes on from, into one file, whole or not at all.

        Raises:
            RuntimeError: before `fit`, when there is nothing to go on from.
        """
        if not self.step:
            raise RuntimeError("Call fit() before save_state()")
        saving.save_agent(Path(filepath), self)

    def load_state(self, filepath: str | Path, env: Any) -> None:
        """Puts back what `save_state` wrote; `fit(env, nb_steps, initial_step=agent.step)` goes on.

        Args:
            filepath: of the state.
            env: environments like those of the training.

        Raises:
            InputError: if the file is damaged, or of another agent.
        """
        if not self.compiled:
            raise RuntimeError("Call compile() before load_state()")
        with self._environments(env, None) as environments:
            self.make_room(environments)
        saving.load_agent(Path(filepath), self)

    def net_input(self, states: np.ndarray, model: keras.Model) -> np.ndarray:
        """Returns states [..., *state] as a net wants them.

        keras-rl's nets have an axis for the window even if its length is 1.
        """
        if self.processor is not None:
            states = self.processor.process_state_batch(states)
        if self.window_length == 1 and len(model.input_shape) == states.ndim + 1:
            return states[:, None]
        return states

    def check_nets(self, *models: keras.Model, environments: Environments) -> None:
        """Refuses nets that do not take what the environments show.

        Raises:
            InputError: naming both shapes.
        """
        for model in models:
            if self.processor is None:  # which may change shapes
                check_input(model, environments.observation_space, self.window_length)

    def check_finite(self, losses: np.ndarray) -> None:
        """Stops training if one of `losses`, float [gradient steps], is not finite.

        Raises:
            KerasuiteError: naming the step, and what is not finite.
        """
        check_finite(losses, self.step, self.networks().values())

    def _train(self, environments: Environments, until: int, listeners: cb.CallbackList) -> None:
        """Acts and learns until the count of steps reaches `until`, in episodes of its own."""
        environments.reset(episode_seed(self.seed, self.step))
        window = Window(self.window_length)
        episodes = Episodes(environments.nb_envs, self.episode, listeners)
        try:
            while (self.step < until or self.busy) and not self.stop_training:
                listeners.call("step_begin", self.step)
                transition = self._act(environments, window, listeners)
                self.step += int(np.count_nonzero(transition.valid))
                self.backward(transition)
                if listeners.wants("step_end"):
                    listeners.call("step_end", self.step, step_logs(transition, self.metrics))
                self.episode = episodes.update(transition, environments.rewards, self.step)
        finally:
            self.cut()

    def _act(
        self, environments: Environments, window: Window, listeners: cb.CallbackList
    ) -> Transition:
        """One step of all environments."""
        states = window.push(environments.observations, environments.first)
        actions = self.forward(states, environments.masks)
        check_actions(actions, self.step, self.networks().values())
        listeners.call("action_begin", actions)
        transition = environments.step(actions)
        listeners.call("action_end", actions)
        return transition

    def _play(
        self, environments: Environments, nb_episodes: int, seed: int, listeners: cb.CallbackList
    ) -> None:
        environments.reset(seed)
        window = Window(self.window_length)
        nb_envs = environments.nb_envs
        quota = np.full(nb_envs, nb_episodes // nb_envs)
        quota[: nb_episodes % nb_envs] += 1
        episodes = Episodes(nb_envs, 0, listeners, quota)
        steps = 0
        while (episodes.ended < quota).any():
            listeners.call("step_begin", steps)
            transition = self._act(environments, window, listeners)
            steps += int(np.count_nonzero(transition.valid))
            if listeners.wants("step_end"):
                listeners.call("step_end", steps, step_logs(transition, {}))
            episodes.update(transition, environments.rewards, steps)

    def _set_training(self, training: bool) -> None:
        self.training = training
        if self.processor is not None:
            self.processor.training = training

    @contextlib.contextmanager
    def _environments(self, env: Any, nb_max_episode_steps: int | None) -> Iterator[Environments]:
        environments = Environments(env, self.processor, nb_max_episode_steps)
        try:
            environments.reset(self.seed)
            self.check(environments)
            yield environments
        finally:
            if isinstance(env, str):  # made here, so closed here
                environments.vector.close()
