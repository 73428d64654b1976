"""Learning curves of DQN on CartPole-v1: keras-rl2's agent, and kerasuite's with the same settings.

One environment, one gradient step a step, the same nets, memory, exploration and optimizer; then
kerasuite's fast path, 8 environments with fused gradient steps. The record holds, for each seed,
the mean reward of the training episodes that ended within each part of the steps.

    python -m benchmarks.agents_learning --steps 12000 --seeds 3
"""

import argparse
import json
import statistics

import numpy as np

from benchmarks import harness
from kerasuite.rl.keras_rl.originals import run_script

PARTS = 6
SCRIPT = harness.RECORDS.parent / "keras_rl2_dqn.py"
SLOW, FAST = (1, 1), (8, 128)  # environments, and gradient steps that are done together


def theirs(seed: int, steps: int, hidden: int = 64, batch: int = 64) -> list[float]:
    """The learning curve of keras-rl2's agent."""
    words = [str(word) for word in (hidden, batch, seed, steps)]
    history = json.loads(run_script(SCRIPT, words).splitlines()[-1])
    return curve(history, steps)


def ours(
    seed: int, steps: int, how: tuple[int, int] = SLOW, hidden: int = 64, batch: int = 64
) -> list[float]:
    """The learning curve of kerasuite's agent."""
    import keras

    from kerasuite.rl import DQNAgent, SequentialMemory, make
    from kerasuite.rl.networks import dense_network
    from kerasuite.rl.policy import EpsGreedyQPolicy

    envs, together = how
    keras.utils.set_random_seed(seed)
    agent = DQNAgent(
        dense_network((4,), 2, (hidden, hidden)),
        nb_actions=2,
        memory=SequentialMemory(50_000),
        policy=EpsGreedyQPolicy(0.1),
        batch_size=batch,
        nb_steps_warmup=100,
        train_interval=together,
        gradient_steps=together,
        target_model_update=500,
        seed=seed,
    )
    agent.compile(keras.optimizers.Adam(5e-4, global_clipnorm=10.0))
    return curve(agent.fit(make("CartPole-v1", envs), steps, verbose=0).history, steps)


def curve(history: dict[str, list[float]], steps: int) -> list[float]:
    """The mean reward of the episodes that ended within each part of the steps."""
    ends, rewards = np.array(history["nb_steps"]), np.array(history["episode_reward"])
    parts = np.minimum((ends - 1) * PARTS // steps, PARTS - 1)
    return [round(float(rewards[parts == part].mean()), 2) for part in range(PARTS)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=12_000)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    learners = {
        "keras-rl2": theirs,
        "kerasuite": ours,
        "kerasuite, 8 environments": lambda seed, steps: ours(seed, steps, FAST),
    }
    curves = {
        name: [learn(seed, options.steps) for seed in range(options.seeds)]
        for name, learn in learners.items()
    }
    # The second half of the steps: what was learned.
    samples = {
        name: [statistics.fmean(values[PARTS // 2 :]) for values in found]
        for name, found in curves.items()
    }
    ratios = {
        f"mean reward of the second half, {name} to keras-rl2:": (name, "keras-rl2")
        for name in learners
        if name != "keras-rl2"
    }
    harness.report("agents/learning", samples, ratios, "reward", steps=options.steps, curves=curves)


if __name__ == "__main__":
    main()
