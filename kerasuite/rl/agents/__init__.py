"""The algorithms, each readable from top to bottom in its file."""

from kerasuite.rl.agents.a2c import A2CAgent
from kerasuite.rl.agents.cem import CEMAgent
from kerasuite.rl.agents.ddpg import DDPGAgent
from kerasuite.rl.agents.dqn import DQNAgent
from kerasuite.rl.agents.naf import NAFAgent
from kerasuite.rl.agents.ppo import PPOAgent
from kerasuite.rl.agents.sac import SACAgent
from kerasuite.rl.agents.sarsa import SARSAAgent
from kerasuite.rl.agents.td3 import TD3Agent

__all__ = [
    "A2CAgent",
    "CEMAgent",
    "DDPGAgent",
    "DQNAgent",
    "NAFAgent",
    "PPOAgent",
    "SACAgent",
    "SARSAAgent",
    "TD3Agent",
]
