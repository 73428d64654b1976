"""A Gymnasium environment with the API of Gym, which keras-rl2 wants.

Imports nothing of kerasuite: the process of keras-rl2's own agents uses it too.
"""

from typing import Any


class OldGym:
    """Returns observations from `reset`, and four values from `step`.

    Terminated and truncated become one `done`; `info["TimeLimit.truncated"]` tells them apart, as
    it did in Gym.

    Args:
        env: of Gymnasium.
    """

    def __init__(self, env: Any) -> None:
        self.env = env
        self._seed: int | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.env, name)

    def seed(self, seed: int | None = None) -> list[int | None]:
        """Seeds the next `reset`, and the space of actions."""
        self._seed = seed
        self.env.action_space.seed(seed)
        return [seed]

    def reset(self) -> Any:
        seed, self._seed = self._seed, None
        return self.env.reset(seed=seed)[0]

    def step(self, action: Any) -> tuple[Any, float, bool, dict[str, Any]]:
        observation, reward, terminated, truncated, info = self.env.step(action)
        if truncated and not terminated:
            info = {**info, "TimeLimit.truncated": True}
        return observation, float(reward), bool(terminated or truncated), info

    def render(self, mode: str = "human") -> Any:
        """Draws, if the environment was made for it; in Gymnasium that is said to `make`."""
        return self.env.render() if getattr(self.env, "render_mode", None) else None
