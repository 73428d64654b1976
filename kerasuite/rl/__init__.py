"""Agents on Gymnasium's environments, in keras-rl's words, on Keras 3.

```python
env = make("CartPole-v1", nb_envs=8)
model = default_network(env.single_observation_space, outputs=2)
agent = DQNAgent(model, nb_actions=2, memory=SequentialMemory(limit=50_000), seed=1)
agent.compile(keras.optimizers.Adam(1e-3))
agent.fit(env, nb_steps=50_000)
agent.test("CartPole-v1", nb_episodes=10)
```

| agent | actions | learns from |
|---|---|---|
| `DQNAgent` (up to Rainbow) | discrete | a memory, or what just happened |
| `SARSAAgent` | discrete | what just happened |
| `CEMAgent` | discrete | rewards of whole episodes, without gradients |
| `PPOAgent`, `A2CAgent` | discrete, several discrete, continuous | rollouts |
| `SACAgent` | continuous, discrete | a memory |
| `DDPGAgent`, `TD3Agent`, `NAFAgent` | continuous | a memory |

What differs from keras-rl: environments step in lockstep, `terminated` and `truncated` are kept
apart (the value of what follows a time limit counts), processors see no `done`, and policies and
noise take many states at once. Its agents' arguments are all there, but `memory_interval` must be 1
(with another, keras-rl remembered what had never happened), and some begin elsewhere: DQN's
`delta_clip` is 1, and CEM searches around the model's weights, from the first episode on. Gone are
`MultiInputProcessor` and memories' `ignore_episode_boundaries`: observations are one array each.
"""

from kerasuite.rl.agents import (
    A2CAgent,
    CEMAgent,
    DDPGAgent,
    DQNAgent,
    NAFAgent,
    PPOAgent,
    SACAgent,
    SARSAAgent,
    TD3Agent,
)
from kerasuite.rl.factory import make
from kerasuite.rl.memory import EpisodeParameterMemory, LatestMemory, SequentialMemory
from kerasuite.rl.networks import default_actor, default_critic, default_network
from kerasuite.rl.prioritized_memory import PrioritizedMemory

__all__ = [
    "A2CAgent",
    "CEMAgent",
    "DDPGAgent",
    "DQNAgent",
    "EpisodeParameterMemory",
    "LatestMemory",
    "NAFAgent",
    "PPOAgent",
    "PrioritizedMemory",
    "SACAgent",
    "SARSAAgent",
    "SequentialMemory",
    "TD3Agent",
    "default_actor",
    "default_critic",
    "default_network",
    "make",
]
