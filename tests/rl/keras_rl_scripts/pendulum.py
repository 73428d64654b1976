"""DDPG and NAF as keras-rl's users wrote them, one after another."""

import gym
import numpy as np
from rl.agents import DDPGAgent, NAFAgent
from rl.memory import SequentialMemory
from rl.random import OrnsteinUhlenbeckProcess
from tensorflow.keras.layers import Concatenate, Dense, Flatten, Input
from tensorflow.keras.models import Model, Sequential
from tensorflow.keras.optimizers import Adam

env = gym.make("Pendulum-v1")
env.seed(1)
np.random.seed(1)


def net():
    return Sequential([Flatten(input_shape=(1, 3)), Dense(8, "relu"), Dense(1)])


def critic():
    action, state = Input((1,), name="action_input"), Input((1, 3), name="observation_input")
    x = Dense(8, "relu")(Concatenate()([action, Flatten()(state)]))
    return Model(inputs=[action, state], outputs=Dense(1)(x)), action


def played(name, agent):
    agent.compile(Adam(lr=1e-3, clipnorm=1.0), metrics=["mae"])
    agent.fit(env, nb_steps=50_000, visualize=True, verbose=0, nb_max_episode_steps=50)
    steps = agent.step
    history = agent.test(env, nb_episodes=1, visualize=False, nb_max_episode_steps=50, verbose=0)
    print(name, steps, history.history["episode_reward"][0] < 0)


noise = OrnsteinUhlenbeckProcess(size=1, theta=0.15, mu=0.0, sigma=0.3)
model, action_input = critic()
ddpg = DDPGAgent(
    nb_actions=1, actor=net(), critic=model, critic_action_input=action_input,
    memory=SequentialMemory(limit=500, window_length=1), random_process=noise,
    nb_steps_warmup_critic=20, nb_steps_warmup_actor=20, target_model_update=1e-3,
)  # fmt: skip
played("DDPG", ddpg)
naf = NAFAgent(
    nb_actions=1, V_model=net(), L_model=critic()[0], mu_model=net(),
    memory=SequentialMemory(limit=500, window_length=1), random_process=noise,
    nb_steps_warmup=20, target_model_update=1e-3,
)  # fmt: skip
played("NAF", naf)
