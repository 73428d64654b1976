"""The algorithms, each readable from top to bottom in its file."""

from kerasuite.rl.agents.cem import CEMAgent
from kerasuite.rl.agents.dqn import DQNAgent
from kerasuite.rl.agents.ppo import PPOAgent
from kerasuite.rl.agents.sarsa import SARSAAgent

__all__ = ["CEMAgent", "DQNAgent", "PPOAgent", "SARSAAgent"]
