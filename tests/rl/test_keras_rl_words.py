"""Words of keras-rl that mean little here, or nothing any more, are still understood."""

import keras
import numpy as np
import pytest
from keras import ops

from kerasuite.rl import CEMAgent, DDPGAgent, DQNAgent, NAFAgent, default_actor, default_critic
from kerasuite.rl.networks import dense_network
from tests.rl.environments import ContinuousIdentity, Identity, vector

SPACES = ContinuousIdentity.observation_space, ContinuousIdentity.action_space


def squared(x):
    """An activation that Keras does not know."""
    return ops.square(x)


def dqn(activation="relu", **kwargs):
    return DQNAgent(dense_network((3,), 3, (8,), activation), 3, seed=1, **kwargs)


def naf(**kwargs):
    V_model, L_model = (dense_network((1,), 1, (8,)) for _ in range(2))
    return NAFAgent(V_model, L_model, default_actor(*SPACES, hidden=(8,)), 1, seed=1, **kwargs)


def ddpg(activation="relu", **kwargs):
    nets = (net(*SPACES, hidden=(8,), activation=activation) for net in _NETS)
    return DDPGAgent(1, *nets, seed=1, **kwargs)


def cem(**kwargs):
    return CEMAgent(dense_network((3,), 3, ()), 3, seed=1, batch_size=2, train_interval=2, **kwargs)


_NETS = default_actor, default_critic


@pytest.mark.parametrize("make", [dqn, naf, ddpg])
def test_delta_range_is_delta_clip_with_a_warning(make):
    with pytest.warns(FutureWarning, match=r"use `delta_clip=2.5`") as told:
        assert make(delta_range=(-2.5, 2.5)).delta_clip == 2.5
    assert told[0].filename == __file__
    with pytest.warns(FutureWarning), pytest.raises(ValueError, match=r"`delta_clip`.*Received"):
        make(delta_range=(-1, 0))


@pytest.mark.parametrize("make", [dqn, naf, ddpg, cem])
def test_every_step_is_remembered(make):
    assert make(memory_interval=1).training is False
    with pytest.raises(ValueError, match=r"action_repetition.*Received: memory_interval=2"):
        make(memory_interval=2)


@pytest.mark.parametrize(
    "kwargs", [{}, {"enable_noisy_network": True, "enable_dueling_network": True}]
)
def test_dqn_copies_nets_of_custom_model_objects(kwargs):
    made = dqn(squared, custom_model_objects={"squared": squared}, **kwargs)
    made.compile(keras.optimizers.Adam(1e-3), jit_compile=False)
    made.fit(vector(2), 40, verbose=0)
    a, b = (net(np.eye(3)) for net in (made.model, made.target_model))
    np.testing.assert_allclose(a, b)
    with pytest.raises(TypeError, match="squared"):
        dqn(squared, **kwargs).compile("adam")


def test_ddpg_copies_nets_of_custom_model_objects():
    words = {"nb_critics": 2, "custom_model_objects": {"squared": squared}}
    made = ddpg(squared, nb_steps_warmup_critic=20, **words)
    made.compile(keras.optimizers.Adam(1e-3), jit_compile=False)
    made.fit(ContinuousIdentity(), 40, verbose=0)
    assert np.isfinite(made.metrics["loss"])
    with pytest.raises(TypeError, match="squared"):
        ddpg(squared, nb_critics=2)


def test_cem_begins_at_theta_init():
    theta = np.arange(24, dtype=float)
    theta[12:] = 0
    made = cem(theta_init=theta)
    made.fit(Identity(), 20, verbose=0)
    flat = np.concatenate([w.ravel() for w in made.model.get_weights()])
    np.testing.assert_array_equal(flat, np.arange(12))
    for wrong in (theta[1:], theta - 1, np.full(24, np.nan)):
        with pytest.raises(ValueError, match=r"12 means.*Received"):
            cem(theta_init=wrong)
