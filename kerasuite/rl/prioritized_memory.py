"""A memory that gives more often what surprised more."""

from typing import Any

import numpy as np

from kerasuite.rl.checks import check_fractions, check_positive
from kerasuite.rl.memory import Batch, SequentialMemory, Transition
from kerasuite.rl.sum_tree import SumTree


class PrioritizedMemory(SequentialMemory):
    """Draws a transition with probability proportional to |error| ** alpha.

    New transitions get the largest priority so far. The bias is taken out by weights
    `(N * P) ** -beta`, divided by the largest of the batch.

    Args:
        limit: see `SequentialMemory`.
        window_length: see `SequentialMemory`.
        alpha: from 0 (drawn evenly) to 1 (proportional to the error).
        beta: from 0 (no correction) to 1 (full correction), at the start; rises to 1.
        beta_steps: over how many transitions.
        epsilon: added to every error, so that none is never drawn again.

    Raises:
        ValueError: if an argument is out of its range.

    Reference:
        Schaul, Quan, Antonoglou, Silver 2016, "Prioritized experience replay", equation 1,
        section 3.4, algorithm 1 (the proportional variant).
    """

    def __init__(
        self,
        limit: int,
        window_length: int = 1,
        alpha: float = 0.6,
        beta: float = 0.4,
        beta_steps: int = 100_000,
        epsilon: float = 1e-6,
    ) -> None:
        super().__init__(limit, window_length)
        check_fractions(alpha=alpha, beta=beta)
        check_positive(beta_steps=beta_steps, epsilon=epsilon)
        self.alpha, self.beta, self.beta_steps, self.epsilon = alpha, beta, beta_steps, epsilon
        self.largest = 1.0

    def allocate(self, *args, **kwargs) -> None:
        super().allocate(*args, **kwargs)
        if not self.nb_rows:
            self.tree = SumTree(self.rows * self.nb_envs)

    def append(self, transition: Transition) -> None:
        super().append(transition)
        # What lost part of its window, and what waits for its n steps, is not drawn.
        newest = self.nb_rows - 1
        hidden = (newest + np.arange(1 - self.n_steps, self.window_length)) % self.rows
        self.tree.set(self._leaves(hidden), 0.0)
        if newest >= self.n_steps:
            ready = np.array([(newest - self.n_steps) % self.rows])
            valid = self.arrays["valid"][ready[0]]
            self.tree.set(self._leaves(ready), np.where(valid, self.largest**self.alpha, 0.0))

    def sample(self, batch_size: int, rng: np.random.Generator) -> Batch:
        total = self.tree.total
        if not total:
            raise ValueError("The memory holds no whole transition yet: nothing can be drawn")
        # One from each of equal parts of the sum.
        sums = (np.arange(batch_size) + rng.random(batch_size)) * (total / batch_size)
        leaves = rng.permutation(self.tree.find(sums))
        probability = self.tree.get(leaves) / total
        weight = (self.nb_entries * probability) ** -self._current_beta()
        weight = (weight / weight.max()).astype("float32")
        return self._gather(*np.divmod(leaves, self.nb_envs), weight)

    def update_priorities(self, indices: np.ndarray, errors: np.ndarray) -> None:
        """Sets the priorities of drawn transitions, before anything is appended.

        Args:
            indices: a batch's, int [size].
            errors: float [size], of any sign.
        """
        priorities = np.abs(errors) + self.epsilon
        self.largest = max(self.largest, float(priorities.max()))
        self.tree.set(indices, priorities**self.alpha)

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        arrays, values = super().state()
        priorities = self.tree.get(np.arange(self.rows * self.nb_envs))
        return {**arrays, "priorities": priorities}, {**values, "largest": self.largest}

    def restore(self, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> None:
        super().restore(arrays, values)
        self.tree.set(np.arange(self.rows * self.nb_envs), arrays["priorities"])
        self.largest = values["largest"]

    def _current_beta(self) -> float:
        done = min(self.nb_rows * self.nb_envs / self.beta_steps, 1.0)
        return self.beta + (1 - self.beta) * done

    def _leaves(self, rows: np.ndarray) -> np.ndarray:
        return (rows[:, None] * self.nb_envs + np.arange(self.nb_envs)).ravel()
