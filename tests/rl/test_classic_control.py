"""Agents solve Gymnasium's classic control problems, each in about a minute.

The figures beside the settings are what they scored with seed 0, see `score`.
"""

import keras
import numpy as np
import pytest

from kerasuite.rl import (
    A2CAgent,
    DDPGAgent,
    DQNAgent,
    NAFAgent,
    PPOAgent,
    SACAgent,
    SequentialMemory,
    TD3Agent,
    default_actor,
    default_critic,
    make,
)
from kerasuite.rl.networks import dense_network
from kerasuite.rl.policy import EpsGreedyQPolicy, EzGreedyQPolicy, LinearAnnealedPolicy
from kerasuite.rl.random import GaussianWhiteNoiseProcess, OrnsteinUhlenbeckProcess

pytestmark = pytest.mark.slow


def falling(rate: float, gradient_steps: int):
    """A learning rate that falls to 0 along a straight line."""
    return keras.optimizers.schedules.PolynomialDecay(rate, gradient_steps, 0.0)


def score(agent, env_id: str) -> float:
    """Mean reward of 100 episodes on seeds never trained on."""
    history = agent.test(make(env_id, 20), 100, verbose=0)
    return float(np.mean(history.history["episode_reward"]))


def dqn(env, policy, rate, nb_steps, hidden, **settings):
    states, nb_actions = env.single_observation_space.shape, int(env.single_action_space.n)
    agent = DQNAgent(
        dense_network(states, nb_actions, (hidden, hidden)),
        nb_actions,
        SequentialMemory(100_000),
        policy=policy,
        batch_size=128,
        train_interval=64,
        gradient_steps=32,
        seed=0,
        **settings,
    )
    agent.compile(keras.optimizers.Adam(falling(rate, nb_steps // 2), global_clipnorm=10.0))
    return agent


def test_dqn_on_acrobot():
    keras.utils.set_random_seed(0)
    env, nb_steps = make("Acrobot-v1", 8), 20_000
    policy = LinearAnnealedPolicy(EpsGreedyQPolicy(), "eps", 1.0, 0.1, 0.0, 2500)
    agent = dqn(env, policy, 6.3e-4, nb_steps, 256, target_model_update=250)
    agent.fit(env, nb_steps, verbose=0)
    assert score(agent, "Acrobot-v1") >= -100  # -88


def test_dqn_on_mountain_car():
    """Chance must be held for a while, or the flag is never seen."""
    keras.utils.set_random_seed(0)
    env, nb_steps = make("MountainCar-v0", 8), 100_000
    chance = EzGreedyQPolicy(mu=1.25, longest=30)
    policy = LinearAnnealedPolicy(chance, "eps", 1.0, 0.005, 0.0, 25_000)
    settings = {"n_steps": 3, "enable_double_dqn": True, "target_model_update": 600}
    agent = dqn(env, policy, 2e-3, nb_steps, 128, **settings)
    agent.fit(env, nb_steps, verbose=0)
    assert score(agent, "MountainCar-v0") >= -110  # -100


def test_ppo_on_acrobot():
    keras.utils.set_random_seed(0)
    env, nb_steps = make("Acrobot-v1", 8), 100_000
    nets = [dense_network((6,), outputs, activation="tanh") for outputs in (3, 1)]
    agent = PPOAgent(*nets, lam=0.94, seed=0)
    rate = falling(1e-3, nb_steps // 1024 * 16)
    agent.compile(keras.optimizers.Adam(rate, global_clipnorm=0.5))
    agent.fit(env, nb_steps, verbose=0)
    assert score(agent, "Acrobot-v1") >= -100  # -85


def test_a2c_on_cartpole():
    keras.utils.set_random_seed(0)
    env, nb_steps = make("CartPole-v1", 8), 200_000
    nets = [dense_network((4,), outputs, activation="tanh") for outputs in (2, 1)]
    settings = {"gamma": 0.98, "lam": 0.9, "normalize_advantage": True, "value_coefficient": 0.05}
    agent = A2CAgent(*nets, rollout_steps=16, seed=0, **settings)
    rate = falling(2e-3, nb_steps // 128)
    agent.compile(keras.optimizers.RMSprop(rate, rho=0.99, epsilon=1e-5, global_clipnorm=0.5))
    agent.fit(env, nb_steps, verbose=0)
    assert score(agent, "CartPole-v1") >= 475  # 500


@pytest.mark.parametrize("name", ["ddpg", "td3", "sac", "naf"])
def test_pendulum(name):  # -147, -151, -146, -161
    keras.utils.set_random_seed(0)
    env = make("Pendulum-v1", 4)
    spaces, hidden = (env.single_observation_space, env.single_action_space), (128, 128)
    critic, actor = (net(*spaces, hidden=hidden) for net in (default_critic, default_actor))
    settings = {"gamma": 0.98, "batch_size": 128, "train_interval": 32, "gradient_steps": 32}
    settings |= {"memory": SequentialMemory(20_000), "target_model_update": 0.005, "seed": 0}
    if name == "ddpg":
        agent = DDPGAgent(1, actor, critic, exploration_noise=0.1, **settings)
    elif name == "td3":
        agent = TD3Agent(1, actor, critic, **settings)
    elif name == "sac":
        agent = SACAgent(1, dense_network((3,), 2, hidden), critic, **settings)
    else:
        V_model, L_model = (dense_network((3,), 1, hidden) for _ in range(2))
        noise = GaussianWhiteNoiseProcess(sigma=0.2)
        agent = NAFAgent(V_model, L_model, actor, 1, random_process=noise, **settings)
    agent.compile(keras.optimizers.Adam(1e-3, global_clipnorm=10.0 if name == "naf" else None))
    agent.fit(env, 10_000, verbose=0)
    assert score(agent, "Pendulum-v1") >= -200


def test_td3_on_mountain_car():
    """Only noise that goes on in one direction for a while finds the flag."""
    keras.utils.set_random_seed(0)
    env, nb_steps = make("MountainCarContinuous-v0", 4), 50_000
    spaces = env.single_observation_space, env.single_action_space
    process = {"theta": 0.15, "sigma": 0.5, "dt": 1.0}
    noise = OrnsteinUhlenbeckProcess(**process, sigma_min=0.1, n_steps_annealing=40_000)
    agent = TD3Agent(
        1,
        default_actor(*spaces),
        default_critic(*spaces),
        memory=SequentialMemory(nb_steps),
        batch_size=128,
        nb_steps_warmup=2000,
        random_process=noise,
        train_interval=64,
        gradient_steps=32,
        seed=0,
    )
    agent.compile(keras.optimizers.Adam(falling(1e-3, nb_steps // 2)))
    agent.fit(env, nb_steps, verbose=0)
    assert score(agent, "MountainCarContinuous-v0") >= 90  # 93
