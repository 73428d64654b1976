"""keras-rl2: its base classes with Keras 3 nets here, its own agents in a process of their own."""

import functools
import os
from pathlib import Path

import gymnasium
import keras
import numpy as np
import pytest

from benchmarks.agents_learning import FAST, PARTS, ours, theirs
from kerasuite.errors import InputError, KerasuiteError
from kerasuite.rl import DQNAgent, SequentialMemory, keras_rl
from kerasuite.rl.acting import acting_net, flat_weights
from kerasuite.rl.networks import dense_network
from tests.rl.environments import Count, Identity

SCRIPTS = Path(__file__).parent / "keras_rl_scripts"


class Contextual(keras_rl.core.Agent):
    """Learns with Keras 3 which action a state rewards; all else is keras-rl2's."""

    def __init__(self, model, **kwargs):
        super().__init__(**kwargs)
        self.model, self.net, self.compiled = model, acting_net(model), True
        self.memory = keras_rl.memory.SequentialMemory(limit=500, window_length=1)
        self.policy = keras_rl.policy.EpsGreedyQPolicy(eps=0.2)

    @property
    def metrics_names(self):
        return ["loss"]

    def forward(self, observation):
        state = np.array(self.memory.get_recent_state(observation))
        if self.processor is not None:
            state = self.processor.process_state_batch(state)
        q_values = self.net(state.astype("float32"))[0]
        self.recent = observation
        greedy = int(np.argmax(q_values))
        self.action = self.policy.select_action(q_values) if self.training else greedy
        return self.action

    def backward(self, reward, terminal):
        self.memory.append(self.recent, self.action, reward, terminal, training=self.training)
        if not self.training or self.step < 50 or self.step % 10:
            return [np.nan]
        batch = self.memory.sample(32)
        states = np.concatenate([e.state0 for e in batch])
        if self.processor is not None:
            states = self.processor.process_state_batch(states)
        targets = self.net(states.astype("float32"))
        targets[np.arange(32), [e.action for e in batch]] = [e.reward for e in batch]
        loss = self.model.train_on_batch(states.astype("float32"), targets)
        self.net.set_flat(flat_weights(self.net).numpy())
        return [float(loss)]

    def save_weights(self, filepath, overwrite=False):
        self.model.save_weights(filepath, overwrite=overwrite)


class Counting(keras_rl.core.Agent):
    """Does nothing, quickly."""

    compiled = True
    metrics_names = ()

    def forward(self, observation):
        return 0

    def backward(self, reward, terminal):
        return []


def test_an_agent_with_a_keras_3_net_learns(tmp_path):
    keras.utils.set_random_seed(0)
    model = dense_network((3,), 3, (16,))
    model.compile(keras.optimizers.Adam(0.02), "mse")
    agent = Contextual(model, processor=keras_rl.processors.WhiteningNormalizerProcessor())
    path = str(tmp_path / "weights_{step}.weights.h5")
    callbacks = [
        keras_rl.callbacks.ModelIntervalCheckpoint(path, interval=300),
        keras_rl.callbacks.FileLogger(str(tmp_path / "log.json")),
    ]
    env = keras_rl.OldGym(Identity())
    env.seed(1)
    history = agent.fit(env, nb_steps=600, callbacks=callbacks, verbose=2)
    assert len(history.history["episode_reward"]) == 60
    tested = agent.test(env, nb_episodes=5, visualize=False, verbose=0)
    assert np.mean(tested.history["episode_reward"]) >= 9.5
    assert (tmp_path / "log.json").exists()
    assert len(list(tmp_path.glob("*.weights.h5"))) == 2


def test_it_counts_beyond_sixteen_bits():
    agent, env = Counting(), keras_rl.OldGym(Count(length=10_000))
    env.seed(0)
    agent.fit(env, nb_steps=33_000, verbose=0)
    assert agent.step == 33_000


def test_models_are_cloned():
    model = dense_network((3,), 2, (4,))
    sequential = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)])
    for original in (model, sequential):
        clone = keras_rl.util.clone_model(original)
        x = np.ones((2, 3), "float32")
        np.testing.assert_array_equal(clone(x), original(x))
        assert clone.weights[0] is not original.weights[0]


def test_old_gym():
    env = keras_rl.OldGym(gymnasium.make("CartPole-v1", max_episode_steps=2))
    env.seed(3)
    first = env.reset()
    env.seed(3)
    np.testing.assert_array_equal(first, env.reset())
    assert env.observation_space.shape == (4,) and env.render("human") is None
    env.step(0)
    _, reward, done, info = env.step(1)
    assert (reward, done, info["TimeLimit.truncated"]) == (1.0, True, True)


@pytest.mark.parametrize(("script", "agents"), [
    ("cartpole", ["DQN", "SARSA", "CEM"]),
    pytest.param("pendulum", ["DDPG", "NAF"], marks=pytest.mark.slow),
])  # fmt: skip
def test_its_own_agents_run_in_a_process_of_their_own(script, agents, tmp_path):
    pytest.importorskip("tf_keras")
    path = SCRIPTS / f"{script}.py"
    out = keras_rl.run_script(path, most_steps=120, folder=tmp_path, timeout=300)
    found = [line.split() for line in out.splitlines()]
    assert [name for name, _, _ in found] == agents
    assert all(int(step) >= 120 and good == "True" for _, step, good in found)


@pytest.mark.slow
def test_our_gradient_steps_are_those_of_its_own_dqn(tmp_path):
    """From the same weights, on the same batches, both come to the same weights."""
    pytest.importorskip("tf_keras")
    rng, size, count = np.random.default_rng(0), 8, 4
    shape = (count, size)
    given = {
        "state0": rng.normal(size=(*shape, 4)), "state1": rng.normal(size=(*shape, 4)),
        "action": rng.integers(3, size=shape), "reward": rng.normal(size=shape),
        "terminal": rng.random(shape) < 0.3,
    }  # fmt: skip
    given = {k: v.astype("f4") if v.dtype == "f8" else v for k, v in given.items()}
    weights = [rng.normal(size=s).astype("f4") for s in ((4, 16), (16,), (16, 3), (3,))]
    path = tmp_path / "steps.npz"
    np.savez(path, **given, **{f"w{i}": w for i, w in enumerate(weights)})
    keras_rl.run_script(SCRIPTS / "dqn_steps.py", [str(path)], timeout=300)
    theirs = np.load(path)
    steps = {n: given[n] for n in ("state0", "state1", "action", "reward")}
    steps["discount"] = (0.9 * ~given["terminal"]).astype("f4")
    steps |= {"weight": np.ones(shape, "f4"), "mask0": None, "mask1": None}
    for name, double in (("plain", False), ("double", True)):
        model = dense_network((4,), 3, (16,))
        model.set_weights(weights)
        settings = {"delta_clip": 0.5, "target_model_update": 2, "enable_double_dqn": double}
        agent = DQNAgent(model, 3, SequentialMemory(10), **settings)
        agent.compile(keras.optimizers.Adam(1e-2), jit_compile=False)
        for k in range(count):
            agent._gradient_step({n: None if x is None else x[k] for n, x in steps.items()})
            if k % 2:
                agent.update_target_model_hard()
        for i, weight in enumerate(agent.model.get_weights()):
            np.testing.assert_allclose(weight, theirs[f"{name}{i}"], rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_ours_learns_what_its_own_dqn_learns():
    """Training episodes of the same settings; see benchmarks/records/agents/learning.json."""
    pytest.importorskip("tf_keras")
    seeds, steps = range(3), 12_000
    curves = [
        [learn(seed, steps) for seed in seeds]
        for learn in (theirs, ours, functools.partial(ours, how=FAST))
    ]
    rewards = [np.mean([values[PARTS // 2 :] for values in found]) for found in curves]
    assert min(rewards) > 80  # 147, 149 and 136; actions by chance: 22
    assert max(rewards) < 1.5 * min(rewards)


EXAMPLES = os.environ.get("KERAS_RL_EXAMPLES")


@pytest.mark.slow
@pytest.mark.skipif(not EXAMPLES, reason="KERAS_RL_EXAMPLES names no folder of keras-rl's examples")
@pytest.mark.parametrize(
    "name", ["dqn_cartpole", "sarsa_cartpole", "cem_cartpole", "ddpg_pendulum", "naf_pendulum"]
)
def test_its_examples_run_as_they_are(name, tmp_path):
    """They are not ours to copy: keras-rl's and keras-rl2's repositories have them."""
    pytest.importorskip("tf_keras")
    script = Path(EXAMPLES) / f"{name}.py"
    out = keras_rl.run_script(script, most_steps=300, folder=tmp_path, timeout=300)
    assert "Episode 5: reward:" in out


def test_a_script_that_is_not_there_is_said(tmp_path):
    with pytest.raises(InputError, match="no script"):
        keras_rl.run_script(tmp_path / "none.py")


@pytest.mark.slow
def test_a_script_that_fails_is_said(tmp_path):
    pytest.importorskip("tf_keras")
    (tmp_path / "bad.py").write_text("raise SystemExit('it is so')")
    with pytest.raises(KerasuiteError, match=r"exit code 1: (.|\n)*it is so"):
        keras_rl.run_script(tmp_path / "bad.py")
