"""DQN on CartPole-v1 in plain PyTorch, one file in the manner of CleanRL, to compare with.

Only its speed counts: it learns from the steps that reset an environment, too.
"""

import gymnasium
import numpy as np
import torch
from torch import nn


def make(envs: int, hidden: int, batch: int, limit: int, steps: int):
    """Returns a function that trains for `steps` steps of `envs` environments, one gradient step
    for each."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    env = gymnasium.make_vec("CartPole-v1", envs)

    def net() -> nn.Module:
        first, second = nn.Linear(4, hidden), nn.Linear(hidden, hidden)
        return nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), nn.Linear(hidden, 2))

    online, target = net(), net()
    target.load_state_dict(online.state_dict())
    optimizer = torch.optim.Adam(online.parameters(), lr=5e-4)
    rows = limit // envs
    states = np.zeros((rows, envs, 4), np.float32)
    after = np.zeros((rows, envs, 4), np.float32)
    actions = np.zeros((rows, envs), np.int64)
    rewards = np.zeros((rows, envs), np.float32)
    ends = np.zeros((rows, envs), np.float32)
    written = 0

    def learn() -> None:
        row = rng.integers(min(written, rows), size=batch)
        column = rng.integers(envs, size=batch)
        reward = torch.from_numpy(rewards[row, column])
        going_on = torch.from_numpy(1 - ends[row, column])
        with torch.no_grad():
            best = target(torch.from_numpy(after[row, column])).max(dim=1).values
        goal = reward + 0.99 * going_on * best
        values = online(torch.from_numpy(states[row, column]))
        taken = torch.from_numpy(actions[row, column])[:, None]
        loss = nn.functional.smooth_l1_loss(values.gather(1, taken)[:, 0], goal)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(online.parameters(), 10.0)
        optimizer.step()

    def train() -> None:
        nonlocal written
        observations, _ = env.reset(seed=written)
        for step in range(0, steps, envs):
            with torch.no_grad():
                chosen = online(torch.from_numpy(observations)).argmax(dim=1).numpy()
            chance = rng.random(envs) < 0.1
            chosen = np.where(chance, rng.integers(2, size=envs), chosen)
            following, reward, terminated, _, _ = env.step(chosen)
            row = written % rows
            states[row], after[row], actions[row] = observations, following, chosen
            rewards[row], ends[row] = reward, terminated
            written += 1
            observations = following
            if written * envs > 100:
                for _ in range(envs):
                    learn()
            if step % 500 < envs:
                target.load_state_dict(online.state_dict())

    return train
