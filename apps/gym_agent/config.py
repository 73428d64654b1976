"""What gym_agent is, which options it has, and its ready-made studies."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from kerasuite.app import About, Config, Expected, Study, option_error
from kerasuite.apps.gym_agent import settings


@dataclass(frozen=True)
class GymAgentConfig(Config):
    """Options of gym_agent; what is left out is taken from settings.toml."""

    env: str = "CartPole-v1"
    """A registered environment, or module:name for your own class or registration."""
    agent: str = "dqn"
    """The learner: dqn, sarsa, cem, ppo, a2c; ddpg, td3, sac, naf for continuous actions."""
    steps: int | None = None
    """Steps of the environments, over all of them."""
    envs: int | None = None
    """How many environments step together."""
    epochs: int = 20
    """Parts of the run: after each the agent is measured, and its state saved."""
    batch_size: int | None = None
    """Transitions of a gradient step, or episodes that cem compares."""
    learning_rate: float | None = None
    """Step size of the optimizer at its highest."""
    settings: str = "{}"
    """Any other of the agent's settings, as JSON: {"gamma": 0.98}."""
    env_kwargs: str = "{}"
    """Arguments of the environment, as JSON: {"is_slippery": false}."""
    wrappers: tuple[str, ...] = ()
    """Wrappers of Gymnasium, or module:class; arguments may follow as :{...} in JSON."""
    max_episode_steps: int | None = None
    """Truncates episodes; left out, the environment's own limit, or 1000 if it has none."""
    episodes: int = 100
    """Episodes of the test, on seeds that training never uses."""
    validation_episodes: int = 20
    """Episodes that the agent is measured by after each part of the run, or five times as many."""
    stop_at: float | None = None
    """Stop when the reward on validation episodes reaches this."""
    film: bool = True
    """Show the trained agent in the report, if the environment can be drawn."""

    def check(self) -> None:
        super().check()
        if self.data is not None:
            raise option_error("data", "left out: environments are named by --env", self.data)
        least = {"steps": 1, "envs": 1, "episodes": 2, "validation_episodes": 1}
        for name, low in {**least, "max_episode_steps": 1}.items():
            if (value := getattr(self, name)) is not None and value < low:
                raise option_error(name, f"a whole number of at least {low}", value)
        if self.precision != "float32":
            raise option_error("precision", "float32: these nets are small", self.precision)
        if self.resolved()["steps"] < self.epochs:
            raise option_error("epochs", "at most as many as there are steps", self.epochs)
        settings.parse("env_kwargs", self.env_kwargs)

    def resolved(self) -> dict[str, Any]:
        """All settings of this run: those of settings.toml, and what the options change.

        Raises:
            InputError: if an option cannot be one of the agent's settings.
        """
        given = {
            name: value
            for name in ("steps", "envs", "batch_size", "learning_rate")
            if (value := getattr(self, name)) is not None
        }
        changes = {**settings.parse("settings", self.settings), **given}
        return settings.settings(self.agent, self.env, changes)


_SYSTEMS = "100 episodes on seeds never trained on"
_AS_IT_IS = {"env_kwargs": "{}", "wrappers": (), "max_episode_steps": None, "episodes": 100}

ABOUT = About(
    title="Agents on Gymnasium",
    summary="Learns to act in any Gymnasium environment: DQN up to Rainbow, A2C, PPO, DDPG, TD3, "
    "SAC and more; tuned settings for the classic ones",
    papers=(
        "V. Mnih et al.: Human-level control through deep reinforcement learning. Nature 518, 2015",
        "M. Hessel et al.: Rainbow: Combining Improvements in Deep Reinforcement Learning. AAAI "
        "2018",
        "J. Schulman et al.: Proximal Policy Optimization Algorithms. arXiv:1707.06347, 2017",
        "V. Mnih et al.: Asynchronous Methods for Deep Reinforcement Learning. ICML 2016",
        "T. Lillicrap et al.: Continuous control with deep reinforcement learning. ICLR 2016",
        "S. Gu et al.: Continuous Deep Q-Learning with Model-based Acceleration. ICML 2016",
        "S. Fujimoto, H. van Hoof, D. Meger: Addressing Function Approximation Error in "
        "Actor-Critic Methods. ICML 2018",
        "T. Haarnoja et al.: Soft Actor-Critic Algorithms and Applications. arXiv:1812.05905, 2018",
        "G. Rummery, M. Niranjan: On-Line Q-Learning Using Connectionist Systems. Cambridge, 1994",
        "I. Szita, A. Lorincz: Learning Tetris Using the Noisy Cross-Entropy Method. Neural "
        "Computation 18(12), 2006",
    ),
    tags=("reinforcement learning", "control", "Gymnasium"),
    expected=tuple(
        Expected(
            "episode_reward", _SYSTEMS, {**_AS_IT_IS, "env": env, "agent": agent}, at_least=floor
        )
        for env, floor, agents in (
            ("CartPole-v1", 475, ("dqn", "a2c", "ppo")),
            ("Acrobot-v1", -100, ("dqn", "ppo")),
            ("MountainCar-v0", -110, ("dqn",)),
            ("Pendulum-v1", -200, ("ddpg", "td3", "sac")),
            ("MountainCarContinuous-v0", 90, ("td3",)),
            ("LunarLander-v3", 200, ("dqn", "ppo")),
        )
        for agent in agents
    ),
)

_DEFAULT = GymAgentConfig()

PRESETS: dict[str, Config] = {
    "default": _DEFAULT,
    "smoke": dataclasses.replace(
        _DEFAULT,
        agent="ppo",
        steps=4096,
        epochs=4,
        episodes=5,
        validation_episodes=10,
        max_episode_steps=200,
        settings='{"hidden": [16], "rollout_steps": 64, "epochs": 8}',
    ),
    "full": dataclasses.replace(_DEFAULT, env="LunarLander-v3", agent="ppo", steps=1_000_000),
}

_QUICK = {"tensorboard": "false", "film": "false"}

STUDIES: dict[str, Study] = {
    "agents": Study(
        "Agents on CartPole",
        "replay and a policy gradient get there; what learns from each step once takes longer",
        ("agent=dqn,ppo,sarsa,cem",),
        {**_QUICK, "steps": "50000"},
        seeds=3,
    ),
}
