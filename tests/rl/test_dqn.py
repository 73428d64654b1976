"""DQN: it learns, repeats itself, resumes, and says what does not fit."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from gymnasium import spaces

from kerasuite.errors import InputError, KerasuiteError
from kerasuite.rl.acting import CompiledNet, NumpyNet, acting_net
from kerasuite.rl.agents import DQNAgent
from kerasuite.rl.agents.q_network import q_network
from kerasuite.rl.memory import SequentialMemory
from kerasuite.rl.policy import EpsGreedyQPolicy, LinearAnnealedPolicy
from kerasuite.rl.prioritized_memory import PrioritizedMemory
from kerasuite.rl.processors import WhiteningNormalizerProcessor
from tests.rl.environments import Broken, ContinuousIdentity, Count, Identity, vector

RAINBOW = {
    "enable_double_dqn": True,
    "enable_dueling_network": True,
    "n_steps": 2,
    "enable_noisy_network": True,
    "enable_categorical": True,
    "atoms": 11,
    "v_min": 0.0,
    "v_max": 3.0,
}


def net(inputs=3, actions=3, **kwargs):
    """A small net, the same each time."""
    keras.utils.set_random_seed(0)
    x = keras.Input((inputs,) if isinstance(inputs, int) else inputs)
    y = keras.layers.Dense(16, "relu")(keras.layers.Flatten()(x))
    return keras.Model(x, keras.layers.Dense(actions, **kwargs)(y))


def agent(model=None, nb_actions=3, compiled=True, jit_compile=False, **kwargs):
    """An agent for `Identity`, which looks half as far ahead with each step.

    XLA takes seconds to compile: only what learns uses it.
    """
    memory = SequentialMemory(1000)
    settings = {
        "memory": memory,
        "gamma": 0.5,
        "nb_steps_warmup": 40,
        "train_interval": 8,
        "gradient_steps": 4,
        "target_model_update": 40,
        "seed": 1,
    }
    made = DQNAgent(model or net(), nb_actions, **{**settings, **kwargs})
    if compiled:
        made.compile(keras.optimizers.Adam(5e-3), jit_compile=jit_compile)
    return made


def weights(made):
    return [w.copy() for w in made.model.get_weights()]


@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"memory": None, "target_model_update": None, "gradient_steps": 1, "train_interval": 4},
        {"target_model_update": 0.05, "enable_double_dqn": True},
        {"enable_dueling_network": True, "dueling_type": "max"},
        {**RAINBOW, "memory": PrioritizedMemory(1000)},
    ],
    ids=["replay", "naive", "soft and double", "dueling", "rainbow"],
)
def test_learns_the_identity(switches):
    made = agent(**switches, jit_compile=not switches)
    made.fit(vector(4), 1600, verbose=0)
    rewards = made.test(Identity(), 5, verbose=0).history["episode_reward"]
    assert rewards == [10.0] * 5
    assert set(made.metrics) == {"loss", "mae", "mean_q"}
    # Every reward is 1: the value is 1 / (1 - gamma).
    assert made.metrics["mean_q"] == pytest.approx(2, abs=0.3)
    assert made._learn.experimental_get_tracing_count() == 1


def test_masks_keep_to_what_is_allowed():
    """`Identity` raises if another action is taken, in training as in a test."""
    made = agent(policy=EpsGreedyQPolicy(1.0))
    made.fit(vector(2, masked=True), 200, verbose=0)
    assert made.memory.arrays["masks"].any()
    made.test(Identity(masked=True), 1, verbose=0)


def test_only_allowed_actions_count_in_the_target():
    made = agent(delta_clip=np.inf)
    step = {
        "state0": np.eye(3, dtype="float32"),
        "state1": np.eye(3, dtype="float32"),
        "action": np.array([0, 1, 2]),
        "reward": np.zeros(3, "float32"),
        "discount": np.ones(3, "float32"),
        "weight": np.ones(3, "float32"),
        "mask1": np.array([[True, False, False], [False, True, False], [False, False, True]]),
    }
    q = made.model(np.eye(3, dtype="float32")).numpy().diagonal()
    made.target_model.set_weights([2 * w for w in made.model.get_weights()])
    target = made.target_model(np.eye(3, dtype="float32")).numpy().diagonal()
    _, error, _ = made._loss({k: tf.constant(v) for k, v in step.items()})
    np.testing.assert_allclose(error, target - q, rtol=1e-5)


def test_double_dqn_values_the_online_nets_choice():
    step = {
        "state0": np.eye(3, dtype="float32"),
        "state1": np.eye(3, dtype="float32"),
        "action": np.array([0, 1, 2]),
        "reward": np.array([1, 2, 3], "float32"),
        "discount": np.array([0.5, 0, 0.5], "float32"),
        "weight": np.ones(3, "float32"),
        "mask1": None,
    }
    for double in (False, True):
        made = agent(enable_double_dqn=double)
        rng = np.random.default_rng(0)
        made.target_model.set_weights([rng.normal(size=w.shape) for w in made.model.get_weights()])
        q, target = (m(np.eye(3)).numpy() for m in (made.model, made.target_model))
        chosen = (q if double else target).argmax(-1)
        expected = step["reward"] + step["discount"] * target[range(3), chosen]
        _, error, _ = made._loss(step)
        np.testing.assert_allclose(error, expected - q.diagonal(), rtol=1e-4, atol=1e-5)


def test_the_projection_keeps_mass_and_mean():
    """Against the loop of algorithm 1 of Bellemare et al."""
    made = agent(enable_categorical=True, atoms=11, v_min=-2.0, v_max=3.0)
    rng = np.random.default_rng(0)
    logits, after = rng.normal(size=(2, 6, 11)).astype("float32")
    reward, discount = rng.normal(size=6), rng.choice([0, 0.5, 0.9], 6)
    z = np.linspace(-2, 3, 11)
    target = np.zeros((6, 11))
    p = tf.nn.softmax(after).numpy()
    for i in range(6):
        for j in range(11):
            b = (np.clip(reward[i] + discount[i] * z[j], -2, 3) + 2) / 0.5
            low, high = int(np.floor(b)), int(np.ceil(b))
            if low == high:
                target[i, low] += p[i, j]
            else:
                target[i, low] += p[i, j] * (high - b)
                target[i, high] += p[i, j] * (b - low)
    expected = -(target * np.log(tf.nn.softmax(logits).numpy())).sum(-1)
    found = made._categorical_errors(
        logits, after, reward.astype("float32"), discount.astype("float32")
    )
    np.testing.assert_allclose(found, expected, rtol=1e-4)


@pytest.mark.parametrize("switches", [{}, {**RAINBOW, "memory": PrioritizedMemory}])
def test_the_same_seed_gives_the_same_weights(switches):
    found = []
    for seed in (1, 1, 2):
        kwargs = dict(switches)
        if "memory" in kwargs:
            kwargs["memory"] = PrioritizedMemory(1000)
        made = agent(seed=seed, **kwargs)
        made.fit(vector(3), 200, verbose=0)
        found.append(np.concatenate([w.ravel() for w in weights(made)]))
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[0] != found[2]).any()


@pytest.mark.parametrize("rainbow", [False, True])
def test_a_killed_run_resumed_equals_one_left_alone(rainbow, tmp_path):
    def fresh():
        policy = LinearAnnealedPolicy(EpsGreedyQPolicy(), "eps", 1, 0.1, 0, 300)
        kwargs = {"policy": policy, "processor": WhiteningNormalizerProcessor()}
        if rainbow:
            kwargs |= {**RAINBOW, "memory": PrioritizedMemory(150)}
        return agent(**kwargs)

    settings = {"verbose": 0, "checkpoint_interval": 100}
    whole = fresh()
    whole.fit(vector(3), 300, checkpoint=tmp_path / "whole.npz", **settings)

    killed = fresh()
    killed.fit(vector(3), 200, checkpoint=tmp_path / "killed.npz", **settings)
    resumed = fresh()
    resumed.load_state(tmp_path / "killed.npz", vector(3))
    resumed.fit(
        vector(3),
        300,
        initial_step=resumed.step,
        checkpoint=tmp_path / "killed.npz",
        **settings,
    )
    assert resumed.step == whole.step and resumed.episode == whole.episode
    for a, b in zip(weights(whole), weights(resumed), strict=True):
        np.testing.assert_array_equal(a, b)
    for name, array in whole.memory.arrays.items():
        np.testing.assert_array_equal(array, resumed.memory.arrays[name], err_msg=name)


def test_states_of_others_are_refused(tmp_path):
    path = tmp_path / "state.npz"
    made = agent()
    with pytest.raises(RuntimeError, match=r"fit\(\) before save_state"):
        made.save_state(path)
    made.fit(vector(2), 60, verbose=0)
    made.save_state(path)
    with pytest.raises(InputError, match="another architecture"):
        agent(enable_dueling_network=True).load_state(path, vector(2))
    with pytest.raises(InputError, match="does not fit"):
        agent().load_state(path, vector(5))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="no state of an agent, or damaged"):
        agent().load_state(path, vector(2))


def test_weights_are_saved_under_any_name(tmp_path):
    made, path = agent(), tmp_path / "dqn_weights.h5f"
    made.fit(vector(2), 100, verbose=0)
    made.save_weights(path)
    with pytest.raises(InputError, match="overwrite=True"):
        made.save_weights(path)
    other = agent()
    other.load_weights(path)
    for a, b in zip(weights(made), weights(other), strict=True):
        np.testing.assert_array_equal(a, b)
    x = np.eye(3, dtype="float32")
    np.testing.assert_allclose(other.forward(x, None), made.forward(x, None))
    np.testing.assert_allclose(other._net(x), made.model(x), rtol=1e-5)
    with pytest.raises(InputError, match="no weights of this architecture") as caught:
        agent(net(5)).load_weights(path)
    message = str(caught.value)
    assert "(5, 16)" in message and "(3, 16)" in message and len(message) < 500
    with pytest.raises(InputError, match="no weights of this architecture"):
        agent(net(3, 3, use_bias=False)).load_weights(path)
    with pytest.raises(InputError, match="no file"):
        made.load_weights(tmp_path / "nothing")


@pytest.mark.parametrize("window", [1, 3])
def test_nets_of_keras_rl_have_an_axis_for_the_window(window):
    made = agent(net((window, 3)), memory=SequentialMemory(500, window_length=window))
    made.fit(vector(2), 100, verbose=0)
    assert made.metrics["loss"] >= 0


def test_a_net_that_numpy_does_not_know_is_called():
    x = keras.Input((3,))
    y = keras.layers.LayerNormalization()(keras.layers.Dense(8, "relu")(x))
    made = agent(keras.Model(x, keras.layers.Dense(3)(y)))
    assert isinstance(made._net, CompiledNet)
    made.fit(vector(2), 100, verbose=0)
    inputs = np.eye(3, dtype="float32")
    np.testing.assert_allclose(made._net(inputs), made.model(inputs), rtol=1e-5)


@pytest.mark.parametrize("noisy", [False, True])
def test_numpy_computes_what_the_model_does(noisy):
    model = q_network(net(), 3, "avg", noisy=noisy, atoms=5)
    ours = acting_net(model)
    assert isinstance(ours, NumpyNet)
    x = np.random.default_rng(0).standard_normal((7, 3), np.float32)
    np.testing.assert_allclose(ours(x), model(x), rtol=1e-4, atol=1e-5)
    draws = [ours(x, np.random.default_rng(s)) for s in (0, 0, 1)]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert (draws[0] != draws[2]).any() == noisy


def test_a_time_limit_is_no_end():
    """In `Count`, whose rewards grow, the value after a cut counts and after an end does not."""
    for terminates in (True, False):
        made = agent(net(1, 2), 2)
        made.fit(vector(2, Count, length=5, terminates=terminates), 100, verbose=0)
        batch = made.memory.sample(200, np.random.default_rng(0))
        assert (batch.discount == 0).any() == terminates


def test_a_loss_that_is_not_finite_stops_training():
    made = agent()
    made.compile(keras.optimizers.SGD(1e30))
    with pytest.raises(KerasuiteError, match=r"loss became .* after \d+ steps.*gradient step"):
        made.fit(vector(2), 400, verbose=0)


@pytest.mark.parametrize("how", ["nan", "raise"])
def test_a_broken_environment_stops_training_and_the_agent_goes_on(how):
    made = agent(net(1, 2), 2)
    with pytest.raises(KerasuiteError, match="Broken"):
        made.fit(Broken(how), 200, verbose=0)
    made.fit(Count(), 60, verbose=0)


def test_what_does_not_fit_is_refused():
    with pytest.raises(InputError, match=r"output.*\(None, 4\).*Received: \(None, 3\)"):
        agent(nb_actions=4)
    with pytest.raises(InputError, match=r"\(3,\).*\(None, 1, 3\) or \(None, 3\).*\(None, 4\)"):
        agent(net(4)).fit(Identity(), 10)
    with pytest.raises(InputError, match=r"must be Discrete\(3\)"):
        agent(net(1)).fit(ContinuousIdentity(), 10)
    with pytest.raises(InputError, match=r"nb_actions=3 .*Received: Discrete\(5\)"):
        agent(net(5)).fit(Identity(5), 10)
    with pytest.raises(InputError, match="last layer"):
        agent(net(3, 3, activation="softmax"), enable_dueling_network=True)
    nested = Identity()
    nested.observation_space = spaces.Dict({"a": spaces.Discrete(2)})
    with pytest.raises(InputError, match="FlattenObservation"):
        agent().fit(nested, 10)
    with pytest.raises(RuntimeError, match="compile"):
        agent(compiled=False).fit(Identity(), 10)


@pytest.mark.parametrize(
    "wrong",
    [
        {"gamma": 1.5},
        {"target_model_update": 0},
        {"delta_clip": 0},
        {"batch_size": 0},
        {"n_steps": 0},
        {"atoms": 1},
        {"memory": None},
    ],
)
def test_wrong_arguments(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}.*Received"):
        agent(compiled=False, **wrong)
