"""The algorithms, each readable from top to bottom in its file."""

from kerasuite.rl.agents.dqn import DQNAgent
from kerasuite.rl.agents.ppo import PPOAgent

__all__ = ["DQNAgent", "PPOAgent"]
