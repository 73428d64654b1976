"""What on-policy agents learn from once and forget: the same steps of all environments."""

import numpy as np
import tensorflow as tf

from kerasuite.rl.memory import Transition


class Rollout:
    """Steps of all environments in order, [length, envs] each.

    Args:
        length: how many steps of each environment.
    """

    def __init__(self, length: int) -> None:
        self.length = length
        self.clear()

    def clear(self) -> None:
        """Forgets everything."""
        self._states: list[np.ndarray] = []
        self._transitions: list[Transition] = []

    def append(self, states: np.ndarray, transition: Transition) -> None:
        """Takes one step, and the states [envs, ...] that it began in."""
        self._states.append(np.array(states))
        self._transitions.append(transition)

    def __len__(self) -> int:
        return len(self._transitions)

    @property
    def full(self) -> bool:
        """Whether it is complete."""
        return len(self) >= self.length

    def arrays(self, last_states: np.ndarray) -> dict[str, np.ndarray | None]:
        """Returns everything as arrays.

        Args:
            last_states: [envs, ...], those after the last step.

        Returns:
            "states" [length + 1, envs, ...], and "actions", "rewards", "terminated", "truncated",
            "valid", "masks" [length, envs, ...]; "masks" may be None.
        """
        names = ("actions", "rewards", "terminated", "truncated", "valid")
        found = {n: np.stack([getattr(t, n) for t in self._transitions]) for n in names}
        masks = [t.masks for t in self._transitions]
        found["masks"] = None if masks[0] is None else np.stack(masks)
        found["states"] = np.stack([*self._states, last_states])
        return found


def generalized_advantages(
    rewards: tf.Tensor,
    values: tf.Tensor,
    terminated: tf.Tensor,
    truncated: tf.Tensor,
    gamma: float,
    lam: float,
) -> tf.Tensor:
    """Advantages of a rollout, float32 [length, envs].

    `delta_t = r_t + gamma * V(s_t+1) - V(s_t)` without the second term where the task ended, and
    `A_t = delta_t + gamma * lam * A_t+1` within an episode. The row after an end is the reset: its
    value is that of the last state of the episode.

    Args:
        rewards: float32 [length, envs].
        values: float32 [length + 1, envs].
        terminated: bool [length, envs].
        truncated: bool [length, envs].
        gamma: the discount of a step.
        lam: from 0 (biased) to 1 (of large variance).

    Reference:
        Schulman, Moritz, Levine, Jordan, Abbeel 2016, "High-dimensional continuous control using
        generalized advantage estimation", equations 11, 12 and 16.
    """
    going_on = 1 - tf.cast(terminated, tf.float32)
    inside = gamma * lam * tf.cast(~(terminated | truncated), tf.float32)
    deltas = rewards + gamma * going_on * values[1:] - values[:-1]

    def back(after: tf.Tensor, now: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
        delta, factor = now
        return delta + factor * after

    return tf.scan(back, (deltas, inside), tf.zeros_like(rewards[0]), reverse=True)
