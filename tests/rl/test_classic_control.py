"""Agents solve Gymnasium's classic control problems, each in about a minute.

Nets and settings are those of gym_agent (settings.toml). What is scored is what an agent knows at
the end: gym_agent keeps the best of twenty states, here there is no such choice. CartPole with DQN
and PPO is in test_cartpole.py.
"""

import keras
import numpy as np
import pytest

from kerasuite.apps.gym_agent.agents import AGENTS
from kerasuite.apps.gym_agent.learning import optimizers_of
from kerasuite.apps.gym_agent.plan import Plan, processor
from kerasuite.apps.gym_agent.settings import settings
from kerasuite.rl import make
from kerasuite.rl.callbacks import Callback

pytestmark = pytest.mark.slow


class Falling(Callback):
    """A learning rate that falls to 0 along a straight line."""

    def __init__(self, rate: float, steps: int) -> None:
        super().__init__()
        self.rate, self.steps = rate, steps

    def on_step_end(self, step, logs=None):
        for optimizer in optimizers_of(self.model):
            optimizer.learning_rate = self.rate * max(0.0, 1 - step / self.steps)


@pytest.mark.parametrize(
    ("env_id", "name", "floor"),
    [
        ("CartPole-v1", "a2c", 475),
        ("Acrobot-v1", "dqn", -100),
        ("Acrobot-v1", "ppo", -100),
        ("MountainCar-v0", "dqn", -110),
        ("Pendulum-v1", "ddpg", -200),
        ("Pendulum-v1", "td3", -200),
        ("Pendulum-v1", "sac", -200),
        ("Pendulum-v1", "naf", -200),
        ("MountainCarContinuous-v0", "td3", 90),
    ],
)
def test_solved_with_the_settings_of_gym_agent(env_id, name, floor):
    keras.utils.set_random_seed(0)
    found = settings(name, env_id, {})
    env, steps = make(env_id, found["envs"]), found["steps"]
    spaces = env.single_observation_space, env.single_action_space
    agent = AGENTS[name].make(Plan(*spaces, found, processor(found), seed=0))
    linear = found["schedule"] == "linear"
    agent.fit(env, steps, [Falling(found["learning_rate"], steps)] if linear else [], verbose=0)
    # 100 episodes on seeds never trained on.
    rewards = agent.test(make(env_id, 20), 100, verbose=0).history["episode_reward"]
    print(f"{env_id}, {name}: {np.mean(rewards):.1f}")
    assert np.mean(rewards) >= floor
