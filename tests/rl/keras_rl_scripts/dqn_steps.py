"""Gradient steps of keras-rl2's DQN on given batches, from given weights: FILE.npz in and out."""

import sys

import numpy as np
from rl.agents import DQNAgent
from rl.memory import Experience, SequentialMemory
from tensorflow.keras.layers import Dense, Flatten
from tensorflow.keras.models import Sequential
from tensorflow.keras.optimizers import Adam

path = sys.argv[1]
given = dict(np.load(path))
model = Sequential([Flatten(input_shape=(1, 4)), Dense(16, "relu"), Dense(3)])
model.set_weights([given[f"w{i}"] for i in range(4)])
found = {}
for double in (False, True):
    agent = DQNAgent(
        model=model, nb_actions=3, memory=SequentialMemory(limit=10, window_length=1), gamma=0.9,
        batch_size=len(given["action"][0]), nb_steps_warmup=0, target_model_update=2,
        delta_clip=0.5, enable_double_dqn=double,
    )  # fmt: skip
    model.set_weights([given[f"w{i}"] for i in range(4)])
    agent.compile(Adam(1e-2))
    agent.training, agent.recent_observation, agent.recent_action = True, np.zeros(4), 0
    for step in range(len(given["reward"])):
        rows = (given[n][step] for n in ("state0", "action", "reward", "state1", "terminal"))
        batch = [
            Experience(s0[None], int(action), float(reward), s1[None], bool(terminal))
            for s0, action, reward, s1, terminal in zip(*rows, strict=True)
        ]
        agent.memory.sample = lambda size, batch=batch: batch
        agent.step = step + 1
        agent.backward(0.0, False)
    found |= {f"{'double' if double else 'plain'}{i}": w for i, w in enumerate(model.get_weights())}
np.savez(path, **found)
