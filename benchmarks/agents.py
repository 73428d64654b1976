"""Training steps of agents a second: kerasuite, stable-baselines3, DQN in one file of torch and in
keras-rl2 (which has one environment only).

DQN and PPO on CartPole-v1, TD3 on Pendulum-v1. The same nets, batches, replay, and number of
gradient steps a step of the environment. One thread each, the best setting for nets this small.

    python -m benchmarks.agents dqn --envs 8
    python -m benchmarks.agents ppo --envs 8
    python -m benchmarks.agents td3 --envs 4 --hidden 128 --batch 128
"""

import argparse
import importlib.util
import sys
import time
from pathlib import Path

from benchmarks import harness

STEPS = {"dqn": 4096, "ppo": 16_384, "td3": 1024}  # a measurement
ROLLOUT, PPO_EPOCHS, PPO_BATCH = 32, 20, 256  # rl-zoo's for CartPole


def kerasuite_dqn(envs: int, hidden: int, batch: int):
    import keras

    from kerasuite.rl import DQNAgent, SequentialMemory, make

    x = keras.Input((4,))
    y = keras.layers.Dense(hidden, "relu")(keras.layers.Dense(hidden, "relu")(x))
    agent = DQNAgent(
        keras.Model(x, keras.layers.Dense(2)(y)),
        nb_actions=2,
        memory=SequentialMemory(50_000),
        batch_size=batch,
        nb_steps_warmup=100,
        train_interval=128,
        gradient_steps=128,
        target_model_update=500,
        seed=0,
    )
    agent.compile(keras.optimizers.Adam(5e-4, global_clipnorm=10.0))
    env = make("CartPole-v1", envs)
    return lambda: agent.fit(env, STEPS["dqn"], verbose=0)


def sb3_dqn(envs: int, hidden: int, batch: int):
    from stable_baselines3 import DQN
    from stable_baselines3.common.env_util import make_vec_env

    model = DQN(
        "MlpPolicy",
        make_vec_env("CartPole-v1", envs, seed=0),
        learning_rate=5e-4,
        buffer_size=50_000,
        learning_starts=100,
        batch_size=batch,
        train_freq=128 // envs,
        gradient_steps=128,
        target_update_interval=500,
        exploration_initial_eps=0.1,
        exploration_final_eps=0.1,
        policy_kwargs={"net_arch": [hidden, hidden]},
        seed=0,
        device="cpu",
    )
    return lambda: model.learn(STEPS["dqn"], reset_num_timesteps=False)


def torch_dqn(envs: int, hidden: int, batch: int):
    from benchmarks.torch_dqn import make

    return make(envs, hidden, batch, limit=50_000, steps=STEPS["dqn"])


def kerasuite_ppo(envs: int, hidden: int, batch: int):
    import keras

    from kerasuite.rl import PPOAgent, make

    def net(outputs: int) -> keras.Model:
        x = keras.Input((4,))
        y = keras.layers.Dense(hidden, "tanh")(keras.layers.Dense(hidden, "tanh")(x))
        return keras.Model(x, keras.layers.Dense(outputs)(y))

    agent = PPOAgent(
        net(2),
        net(1),
        gamma=0.98,
        lam=0.8,
        rollout_steps=ROLLOUT,
        epochs=PPO_EPOCHS,
        batch_size=PPO_BATCH,
        seed=0,
    )
    agent.compile(keras.optimizers.Adam(1e-3, global_clipnorm=0.5))
    env = make("CartPole-v1", envs)
    return lambda: agent.fit(env, STEPS["ppo"], verbose=0)


def sb3_ppo(envs: int, hidden: int, batch: int):
    from stable_baselines3 import PPO
    from stable_baselines3.common.env_util import make_vec_env

    model = PPO(
        "MlpPolicy",
        make_vec_env("CartPole-v1", envs, seed=0),
        learning_rate=1e-3,
        n_steps=ROLLOUT,
        batch_size=PPO_BATCH,
        n_epochs=PPO_EPOCHS,
        gamma=0.98,
        gae_lambda=0.8,
        ent_coef=0.0,
        policy_kwargs={"net_arch": [hidden, hidden]},
        seed=0,
        device="cpu",
    )
    return lambda: model.learn(STEPS["ppo"], reset_num_timesteps=False)


def kerasuite_td3(envs: int, hidden: int, batch: int):
    import keras

    from kerasuite.rl import SequentialMemory, TD3Agent, default_actor, default_critic, make

    env = make("Pendulum-v1", envs)
    spaces = env.single_observation_space, env.single_action_space
    agent = TD3Agent(
        1,
        default_actor(*spaces, hidden=(hidden, hidden)),
        default_critic(*spaces, hidden=(hidden, hidden)),
        memory=SequentialMemory(50_000),
        batch_size=batch,
        nb_steps_warmup=100,
        train_interval=32,
        gradient_steps=32,
        seed=0,
    )
    agent.compile(keras.optimizers.Adam(1e-3))
    return lambda: agent.fit(env, STEPS["td3"], verbose=0)


def sb3_td3(envs: int, hidden: int, batch: int):
    import numpy as np
    from stable_baselines3 import TD3
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.noise import NormalActionNoise

    model = TD3(
        "MlpPolicy",
        make_vec_env("Pendulum-v1", envs, seed=0),
        learning_rate=1e-3,
        buffer_size=50_000,
        learning_starts=100,
        batch_size=batch,
        train_freq=32 // envs,
        gradient_steps=32,
        action_noise=NormalActionNoise(np.zeros(1), 0.1 * np.ones(1)),
        policy_kwargs={"net_arch": [hidden, hidden]},
        seed=0,
        device="cpu",
    )
    return lambda: model.learn(STEPS["td3"], reset_num_timesteps=False)


CONTENDERS = {
    "dqn": {
        "kerasuite": kerasuite_dqn,
        "stable-baselines3": sb3_dqn,
        "one file of torch": torch_dqn,
    },
    "ppo": {"kerasuite": kerasuite_ppo, "stable-baselines3": sb3_ppo},
    "td3": {"kerasuite": kerasuite_td3, "stable-baselines3": sb3_td3},
}


def keras_rl2(hidden: int, batch: int) -> harness.Contender:
    """keras-rl2's DQN, in a process with legacy Keras."""
    folder = Path(__file__).parent
    child = folder.parent / "kerasuite" / "rl" / "keras_rl" / "child.py"
    words = [sys.executable, child, folder / "keras_rl2_dqn.py", hidden, batch]
    threads = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    environment = {"TF_USE_LEGACY_KERAS": "1", **threads}
    return harness.Contender("keras-rl2", list(map(str, words)), environment)


def serve(contender: str, algorithm: str, envs: int, hidden: int, batch: int) -> None:
    """The child's side: steps a second, each time it is asked."""
    if contender == "kerasuite":
        from kerasuite.training.machine import start_tensorflow

        start_tensorflow(inter_op=1, intra_op=1)
    else:
        import torch

        torch.set_num_threads(1)
    train = CONTENDERS[algorithm][contender](envs, hidden, batch)

    def measure() -> float:
        start = time.perf_counter()
        train()
        return STEPS[algorithm] / (time.perf_counter() - start)

    harness.serve(measure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("algorithm", choices=tuple(STEPS))
    parser.add_argument("--envs", type=int, default=8)
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    settings = {n: getattr(options, n) for n in ("algorithm", "envs", "hidden", "batch")}
    if options.child:
        serve(options.child, **settings)
        return
    names = list(CONTENDERS[options.algorithm])
    command = [sys.executable, "-m", "benchmarks.agents", *sys.argv[1:], "--child"]
    contenders = [harness.Contender(name, [*command, name]) for name in names]
    if options.algorithm == "dqn" and importlib.util.find_spec("tf_keras"):
        contenders.append(keras_rl2(options.hidden, options.batch))
        names.append("keras-rl2")
    samples = harness.take_turns(contenders, options.rounds)
    harness.report(
        f"agents/{options.algorithm}_{options.envs}",
        samples,
        {
            f"{options.algorithm} with {options.envs} environments, {other}:": ("kerasuite", other)
            for other in names[1:]
        },
        "steps/s",
        steps=STEPS[options.algorithm],
        threads=1,
        **settings,
    )


if __name__ == "__main__":
    main()
