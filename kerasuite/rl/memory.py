"""What an agent remembers: transitions of one or several environments, in arrays."""

from collections import deque
from typing import Any, NamedTuple

import numpy as np
import psutil
from gymnasium import spaces

from kerasuite.errors import InputError
from kerasuite.rl.checks import check_counts


class Transition(NamedTuple):
    """One step of all environments, [envs] each."""

    observations: np.ndarray  # [envs, ...]: before the step
    actions: np.ndarray  # [envs, ...]
    rewards: np.ndarray
    terminated: np.ndarray  # bool: the task ended; the value of what comes next is 0
    truncated: np.ndarray  # bool: the episode was cut, by a time limit for example
    valid: np.ndarray  # bool: False where this step was only a reset
    masks: np.ndarray | None  # bool [envs, actions]: what was allowed; None if everything always is
    next_observations: np.ndarray  # [envs, ...]


class Batch(NamedTuple):
    """What is learned from, [size] each."""

    state0: np.ndarray  # [size, window_length, ...], or [size, ...] for a window of 1
    action: np.ndarray
    reward: np.ndarray  # float32: discounted sum over up to n steps
    discount: np.ndarray  # float32: of the value of state1; 0 where the task ended
    state1: np.ndarray
    mask0: np.ndarray | None  # bool [size, actions]: what was allowed in state0
    mask1: np.ndarray | None  # bool [size, actions]: what is allowed in state1
    weight: np.ndarray  # float32: of the example in the loss
    indices: np.ndarray  # int64: where it lies, for `update_priorities`


class SequentialMemory:
    """A ring of transitions, drawn evenly, each observation stored once.

    Rows are steps; a row holds what each environment saw, did and got. An environment's next
    observation is that of its next row. After the end of an episode comes a row that holds the
    last observation and counts as no transition: the environment was reset there.

    Args:
        limit: how many transitions are kept, over all environments.
        window_length: how many of the latest observations make a state; those before the start of
            the episode are zeros.

    Raises:
        ValueError: if an argument is not a positive integer.
    """

    def __init__(self, limit: int, window_length: int = 1) -> None:
        check_counts(limit=limit, window_length=window_length)
        self.limit = limit
        self.window_length = window_length
        self.nb_rows = 0
        self._latest: Transition | None = None

    def allocate(
        self,
        observation_space: spaces.Space,
        action_space: spaces.Space,
        nb_envs: int,
        n_steps: int = 1,
        gamma: float = 0.99,
        masks: bool = False,
    ) -> None:
        """Makes room; does nothing if that was done for the same spaces.

        Args:
            observation_space: of one environment; its dtype is kept (uint8 pictures stay so).
            action_space: of one environment.
            nb_envs: how many there are.
            n_steps: over how many steps rewards are summed before a value is looked up.
            gamma: the discount of a step.
            masks: whether to keep masks of allowed actions.

        Raises:
            InputError: if the arrays would not fit into the machine's memory, or others are there
                already.
        """
        self.n_steps, self.gamma = n_steps, gamma
        # Enough rows for one whole transition, however small the limit.
        least = self.window_length + n_steps + 1
        rows = max(-(-self.limit // nb_envs), least)
        shape = (rows, nb_envs)
        layout = {
            "observations": ((*shape, *observation_space.shape), observation_space.dtype),
            "actions": ((*shape, *action_space.shape), action_space.dtype),
            "rewards": (shape, np.float32),
            "terminated": (shape, np.bool_),
            "truncated": (shape, np.bool_),
            "valid": (shape, np.bool_),
        }
        if masks:
            layout["masks"] = ((*shape, int(action_space.n)), np.bool_)
        if self.nb_rows:
            found = {k: (v.shape, v.dtype) for k, v in self.arrays.items()}
            if found != {k: (s, np.dtype(d)) for k, (s, d) in layout.items()}:
                raise InputError(
                    "The memory holds transitions of other environments: as many as before, with "
                    f"the same spaces, are expected. Received: {nb_envs} with observations of "
                    f"shape {observation_space.shape}, the memory holds arrays of shape "
                    f"{self.arrays['observations'].shape}"
                )
            return
        need = sum(
            int(np.prod(s, dtype=np.int64)) * np.dtype(d).itemsize for s, d in layout.values()
        )
        _check_need(need, self.limit)
        self.arrays = {name: np.zeros(s, d) for name, (s, d) in layout.items()}
        self.nb_bytes = need
        self.rows, self.nb_envs = shape

    @property
    def nb_entries(self) -> int:
        """How many rows times environments are filled."""
        return min(self.nb_rows, self.rows) * self.nb_envs if self.nb_rows else 0

    @property
    def nb_ready(self) -> int:
        """How many rows can be drawn from: whole windows, and n steps after them are known."""
        written = min(self.nb_rows, self.rows)
        lost = self.window_length - 1 if self.nb_rows > self.rows else 0
        return max(written - self.n_steps - lost, 0)

    def append(self, transition: Transition) -> None:
        """Writes one row over the oldest."""
        row = self.nb_rows % self.rows
        arrays = self.arrays
        arrays["observations"][row] = transition.observations
        arrays["actions"][row] = transition.actions
        arrays["rewards"][row] = transition.rewards
        arrays["terminated"][row] = transition.terminated
        arrays["truncated"][row] = transition.truncated
        arrays["valid"][row] = transition.valid
        if "masks" in arrays:
            arrays["masks"][row] = transition.masks
        self.nb_rows += 1
        self._latest = transition

    def cut(self) -> None:
        """Ends all episodes here, as if truncated after the transition that came last."""
        if self._latest is None:
            return
        last, row = self._latest, (self.nb_rows - 1) % self.rows
        self.arrays["truncated"][row] |= last.valid & ~last.terminated
        nothing = np.zeros(self.nb_envs, bool)
        self.append(
            last._replace(
                observations=last.next_observations,
                rewards=np.zeros(self.nb_envs, np.float32),
                terminated=nothing,
                truncated=nothing,
                valid=nothing,
            )
        )
        self._latest = None

    def sample(self, batch_size: int, rng: np.random.Generator) -> Batch:
        """Draws `batch_size` transitions, with replacement.

        Raises:
            ValueError: if there is no transition to draw yet.
        """
        rows, envs = self._draw_evenly(batch_size, rng)
        return self._gather(rows, envs, np.ones(batch_size, np.float32))

    def update_priorities(self, indices: np.ndarray, errors: np.ndarray) -> None:
        """Takes the errors of drawn transitions; of no use here."""

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Arrays and plain values that `restore` takes."""
        written = min(self.nb_rows, self.rows)
        return {k: v[:written] for k, v in self.arrays.items()}, {"nb_rows": self.nb_rows}

    def restore(self, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> None:
        """Puts back what `state` gave, into a memory allocated alike.

        Raises:
            InputError: if it was not.
        """
        for name, array in self.arrays.items():
            saved = arrays.get(name)
            if saved is None or saved.shape[1:] != array.shape[1:] or len(saved) > len(array):
                raise InputError(
                    f"The saved memory does not fit: its {name} have shape "
                    f"{None if saved is None else saved.shape}, {array.shape} is expected"
                )
            array[: len(saved)] = saved
        self.nb_rows = values["nb_rows"]

    def _draw_evenly(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        newest = self.nb_rows - 1 - self.n_steps
        oldest = newest - self.nb_ready + 1
        valid = self.arrays["valid"]
        if not self.nb_ready or not self._any_valid(oldest, newest):
            raise ValueError("The memory holds no whole transition yet: nothing can be drawn")
        places = rng.integers(oldest * self.nb_envs, (newest + 1) * self.nb_envs, size)
        while True:
            rows, envs = np.divmod(places, self.nb_envs)
            rows %= self.rows
            wrong = np.flatnonzero(~valid[rows, envs])
            if not len(wrong):
                return rows, envs
            again = (oldest * self.nb_envs, (newest + 1) * self.nb_envs)
            places[wrong] = rng.integers(*again, len(wrong))

    def _any_valid(self, oldest: int, newest: int) -> bool:
        # Two rows that follow each other cannot both be resets, except where fit began anew.
        look = np.arange(max(oldest, newest - 8), newest + 1) % self.rows
        if self.arrays["valid"][look].any():
            return True
        return bool(self.arrays["valid"][np.arange(oldest, newest + 1) % self.rows].any())

    def _gather(self, rows: np.ndarray, envs: np.ndarray, weight: np.ndarray) -> Batch:
        """Returns the transitions at `rows` and `envs`, int [size] each, as n-step ones.

        Rewards are summed until the episode ends or n steps are done. A value follows unless the
        task ended: truncation cuts the sum, but the last state still has its value.
        """
        arrays = self.arrays
        reward = np.zeros(len(rows), np.float32)
        steps = np.zeros(len(rows), np.int64)
        going_on = np.ones(len(rows), bool)
        terminal = np.zeros(len(rows), bool)
        for k in range(self.n_steps):
            row = (rows + k) % self.rows
            reward += going_on * np.float32(self.gamma**k) * arrays["rewards"][row, envs]
            steps += going_on
            terminated = arrays["terminated"][row, envs]
            terminal |= going_on & terminated
            going_on &= ~(terminated | arrays["truncated"][row, envs])
        after = (rows + steps) % self.rows
        discount = np.where(terminal, 0, self.gamma**steps).astype("float32")
        return Batch(
            self._states(rows, envs),
            arrays["actions"][rows, envs],
            reward,
            discount,
            self._states(after, envs),
            arrays["masks"][rows, envs] if "masks" in arrays else None,
            arrays["masks"][after, envs] if "masks" in arrays else None,
            weight,
            rows * self.nb_envs + envs,
        )

    def _states(self, rows: np.ndarray, envs: np.ndarray) -> np.ndarray:
        """The observations up to and with `rows`; zeros before the start of the episode."""
        observations = self.arrays["observations"]
        if self.window_length == 1:
            return observations[rows, envs]
        steps = np.arange(1 - self.window_length, 1)
        window = (rows[:, None] + steps) % self.rows
        states = observations[window, envs[:, None]]
        valid = self.arrays["valid"][window[:, :-1], envs[:, None]]
        # A frame counts if no reset lies between it and the newest.
        same = np.logical_and.accumulate(valid[:, ::-1], axis=1)[:, ::-1]
        states[:, :-1][~same] = 0
        return states


class LatestMemory(SequentialMemory):
    """Gives the latest transition of each environment, once: learning without replay.

    Args:
        window_length: see `SequentialMemory`.
    """

    def __init__(self, window_length: int = 1) -> None:
        super().__init__(1, window_length)

    def sample(self, batch_size: int, rng: np.random.Generator) -> Batch:
        """Returns one transition an environment; those that were resets weigh nothing."""
        row = (self.nb_rows - 1 - self.n_steps) % self.rows
        envs = np.arange(self.nb_envs)
        weight = self.arrays["valid"][row].astype("float32")
        return self._gather(np.full(self.nb_envs, row), envs, weight)


class EpisodeParameterMemory:
    """The latest episodes: the weights that each was played with, and what it was worth.

    Args:
        limit: how many episodes are kept.
        window_length: see `SequentialMemory`.

    Raises:
        ValueError: if an argument is not a positive integer.
    """

    def __init__(self, limit: int, window_length: int = 1) -> None:
        check_counts(limit=limit, window_length=window_length)
        self.limit, self.window_length = limit, window_length
        self._episodes: deque[tuple[float, np.ndarray]] = deque(maxlen=limit)

    @property
    def nb_entries(self) -> int:
        """How many episodes there are."""
        return len(self._episodes)

    def append(self, reward: float, weights: np.ndarray) -> None:
        """Keeps an episode in place of the oldest.

        Args:
            reward: the sum of its rewards.
            weights: float32 [weights].
        """
        self._episodes.append((reward, weights))

    def sample(self, batch_size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draws different episodes, `batch_size` or as many as there are.

        Returns:
            Rewards float [episodes] and weights [episodes, weights], the oldest first.
        """
        chosen = np.arange(self.nb_entries)
        if batch_size < self.nb_entries:
            chosen = np.sort(rng.choice(chosen, batch_size, replace=False))
        rewards, weights = zip(*(self._episodes[i] for i in chosen), strict=True)
        return np.array(rewards), np.array(weights)

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Arrays and plain values that `restore` takes."""
        if not self._episodes:
            return {}, {}
        rewards, weights = self.sample(self.nb_entries, np.random.default_rng(0))
        return {"rewards": rewards, "weights": weights}, {}

    def restore(self, arrays: dict[str, np.ndarray], values: dict[str, Any] | None = None) -> None:
        """Puts back what `state` gave."""
        self._episodes.clear()
        if arrays:
            self._episodes.extend(zip(arrays["rewards"].tolist(), arrays["weights"], strict=True))


def _check_need(need: int, limit: int) -> None:
    """Refuses arrays of `need` bytes if the machine has not that many to give."""
    free = psutil.virtual_memory().available
    if need > free:
        raise InputError(
            f"A memory of limit={limit} needs {need / 2**30:.1f} GiB, but the machine has "
            f"{free / 2**30:.1f} GiB left; the largest limit that fits is {limit * free // need:,}"
        )
