"""Agents on Gymnasium's environments, in keras-rl's words, on Keras 3.

```python
agent = DQNAgent(model, nb_actions=2, memory=SequentialMemory(limit=50_000), seed=1)
agent.compile(keras.optimizers.Adam(1e-3))
agent.fit(make("CartPole-v1", nb_envs=8), nb_steps=50_000)
agent.test("CartPole-v1", nb_episodes=10)
```

What differs from keras-rl: environments step in lockstep, `terminated` and `truncated` are kept
apart (the value of what follows a time limit counts), processors see no `done`, and policies and
noise take many states at once.
"""

from kerasuite.rl.agents import DQNAgent, PPOAgent
from kerasuite.rl.environments import make
from kerasuite.rl.memory import LatestMemory, SequentialMemory
from kerasuite.rl.prioritized_memory import PrioritizedMemory

__all__ = ["DQNAgent", "LatestMemory", "PPOAgent", "PrioritizedMemory", "SequentialMemory", "make"]
