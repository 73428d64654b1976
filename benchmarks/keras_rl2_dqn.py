"""keras-rl2's DQN on CartPole-v1, for `benchmarks.agents` and `benchmarks.agents_learning`.

Runs in the process that `kerasuite.rl.keras_rl` makes for keras-rl2's own agents; imports nothing
of kerasuite.

    child.py keras_rl2_dqn.py HIDDEN BATCH            steps a second, each time it is asked
    child.py keras_rl2_dqn.py HIDDEN BATCH SEED STEPS what its training episodes were worth
"""

import json
import random
import sys
import time

import gym
import harness  # beside this file
import numpy as np
import tensorflow as tf
from rl.agents import DQNAgent
from rl.memory import SequentialMemory
from rl.policy import EpsGreedyQPolicy
from tensorflow.keras.layers import Dense, Flatten
from tensorflow.keras.models import Sequential
from tensorflow.keras.optimizers import Adam

MEASURED_STEPS = 512


def make(hidden: int, batch: int) -> DQNAgent:
    layers = [Flatten(input_shape=(1, 4)), Dense(hidden, "relu"), Dense(hidden, "relu"), Dense(2)]
    agent = DQNAgent(
        model=Sequential(layers),
        nb_actions=2,
        memory=SequentialMemory(limit=50_000, window_length=1),
        policy=EpsGreedyQPolicy(0.1),
        batch_size=batch,
        nb_steps_warmup=100,
        target_model_update=500,
        delta_clip=1.0,
    )
    agent.compile(Adam(5e-4, global_clipnorm=10.0))
    return agent


def main() -> None:
    hidden, batch, *rest = map(int, sys.argv[1:])
    env = gym.make("CartPole-v1")
    seed, steps = rest or (0, 0)
    random.seed(seed)
    np.random.seed(seed)
    tf.random.set_seed(seed)
    env.seed(seed)
    agent = make(hidden, batch)
    if steps:
        history = agent.fit(env, nb_steps=steps, verbose=0).history
        found = {name: np.array(history[name]).tolist() for name in ("nb_steps", "episode_reward")}
        print(json.dumps(found))
        return

    def measure() -> float:
        start = time.perf_counter()
        agent.fit(env, nb_steps=MEASURED_STEPS, verbose=0)
        agent.nb_steps_warmup = 0  # each `fit` counts from 0 again
        return MEASURED_STEPS / (time.perf_counter() - start)

    harness.serve(measure)


main()
