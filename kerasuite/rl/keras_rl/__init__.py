"""keras-rl2 as it is: its base classes for agents on Keras 3, its own agents in another process.

In this process, its `Agent`, memories, policies, processors and callbacks serve agents whose nets
are Keras 3 models. Its environments have the old API of Gym: wrap Gymnasium's in `OldGym`.

```python
from kerasuite.rl import keras_rl

class MyAgent(keras_rl.core.Agent):
    ...

agent.fit(keras_rl.OldGym(gymnasium.make("CartPole-v1")), nb_steps=10_000)
```

Its own agents need legacy Keras, which cannot be in one process with Keras 3. Scripts that use them
run by `run_script`, or from a shell:

    python -m kerasuite.rl.keras_rl dqn_cartpole.py

Its agents take the time limit of an episode for its end; those of `kerasuite.rl` do not.
"""

from kerasuite.rl.keras_rl.old_gym import OldGym
from kerasuite.rl.keras_rl.originals import run_script
from kerasuite.rl.keras_rl.patches import load

core, callbacks, memory, policy, processors, random, util = load()

__all__ = [
    "OldGym",
    "callbacks",
    "core",
    "memory",
    "policy",
    "processors",
    "random",
    "run_script",
    "util",
]
