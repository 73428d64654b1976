"""DQN, SARSA and CEM as keras-rl's users wrote them, one after another."""

import gym
import numpy as np
from rl.agents import CEMAgent, DQNAgent, SARSAAgent
from rl.memory import EpisodeParameterMemory, SequentialMemory
from rl.policy import BoltzmannQPolicy
from tensorflow.keras.layers import Dense, Flatten
from tensorflow.keras.models import Sequential
from tensorflow.keras.optimizers import Adam

env = gym.make("CartPole-v1")
env.seed(1)
np.random.seed(1)


def net(activation):
    return Sequential([Flatten(input_shape=(1, 4)), Dense(8, "relu"), Dense(2, activation)])


def played(name, agent):
    agent.fit(env, nb_steps=50_000, visualize=True, verbose=0)
    steps = agent.step
    rewards = agent.test(env, nb_episodes=2, visualize=True, verbose=0).history["episode_reward"]
    print(name, steps, min(rewards) >= 8)


dqn = DQNAgent(
    model=net("linear"), nb_actions=2, memory=SequentialMemory(limit=500, window_length=1),
    policy=BoltzmannQPolicy(), nb_steps_warmup=10, target_model_update=1e-2,
)  # fmt: skip
dqn.compile(Adam(lr=1e-3), metrics=["mae"])
played("DQN", dqn)
sarsa = SARSAAgent(model=net("linear"), nb_actions=2, policy=BoltzmannQPolicy())
sarsa.compile(Adam(lr=1e-3), metrics=["mae"])
played("SARSA", sarsa)
memory = EpisodeParameterMemory(limit=100, window_length=1)
cem = CEMAgent(model=net("softmax"), nb_actions=2, memory=memory, batch_size=10)
cem.compile()
played("CEM", cem)
