"""DQN and PPO solve CartPole within rl-zoo's number of steps.

PPO's settings are rl-zoo's. With rl-zoo's for DQN what is known at the last step is left to chance,
here as with stable-baselines3: values grow far beyond 100, the most there can be, for with Huber's
loss the ends of episodes, however wrong their values, pull no harder than any other step. The
squared error, Double DQN and a learning rate that falls to 0 keep it from that, with small nets.
"""

import math

import keras
import numpy as np
import pytest

from kerasuite.rl import DQNAgent, PPOAgent, SequentialMemory, make
from kerasuite.rl.networks import dense_network
from kerasuite.rl.policy import EpsGreedyQPolicy, LinearAnnealedPolicy

pytestmark = pytest.mark.slow
NB_STEPS = 50_000


def score(agent) -> float:
    """Mean reward of 100 episodes on seeds never trained on."""
    history = agent.test(make("CartPole-v1", 20), 100, verbose=0)
    return float(np.mean(history.history["episode_reward"]))


def falling(rate: float, gradient_steps: int):
    """A learning rate that falls to 0 along a straight line."""
    return keras.optimizers.schedules.PolynomialDecay(rate, gradient_steps, 0.0)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_dqn(seed):
    keras.utils.set_random_seed(seed)
    agent = DQNAgent(
        dense_network((4,), 2),
        nb_actions=2,
        memory=SequentialMemory(100_000),
        policy=LinearAnnealedPolicy(EpsGreedyQPolicy(), "eps", 1.0, 0.04, 0.0, 8000),
        batch_size=64,
        nb_steps_warmup=1000,
        train_interval=64,
        gradient_steps=64,
        target_model_update=256,
        delta_clip=math.inf,
        enable_double_dqn=True,
        seed=seed,
    )
    agent.compile(keras.optimizers.Adam(falling(1e-3, NB_STEPS), global_clipnorm=10.0))
    agent.fit(make("CartPole-v1", 8), NB_STEPS, verbose=0)
    assert score(agent) >= 475


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_ppo(seed):
    keras.utils.set_random_seed(seed)
    agent = PPOAgent(
        dense_network((4,), 2, activation="tanh"),
        dense_network((4,), 1, activation="tanh"),
        gamma=0.98,
        lam=0.8,
        rollout_steps=32,
        epochs=20,
        batch_size=256,
        seed=seed,
    )
    gradient_steps = 2 * NB_STEPS // 256 * 20
    agent.compile(keras.optimizers.Adam(falling(1e-3, gradient_steps), global_clipnorm=0.5))
    agent.fit(make("CartPole-v1", 8), 2 * NB_STEPS, verbose=0)
    assert score(agent) >= 475
