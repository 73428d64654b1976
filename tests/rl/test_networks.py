"""First nets: their shapes, and that agents take them."""

import gymnasium
import keras
import numpy as np
import pytest
from gymnasium import spaces

from kerasuite.errors import InputError
from kerasuite.rl import DQNAgent, SequentialMemory
from kerasuite.rl.acting import NumpyNet, acting_net
from kerasuite.rl.networks import (
    default_actor,
    default_critic,
    default_network,
    nature_network,
)


class Pictures(gymnasium.Env):
    """Shows a bright left or right half; which it is, is the right action."""

    observation_space = spaces.Box(0, 255, (36, 36), np.uint8)
    action_space = spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return self._observe(), {}

    def step(self, action):
        reward = float(action == self.right)
        self.steps += 1
        return self._observe(), reward, self.steps >= 5, False, {}

    def _observe(self):
        self.right = int(self.np_random.integers(2))
        picture = np.zeros((36, 36), np.uint8)
        picture[:, 18 * self.right :][:, :18] = 255
        return picture


@pytest.mark.parametrize(
    ("space", "window", "shape"),
    [
        (spaces.Box(-1, 1, (4,)), 1, (None, 4)),
        (spaces.Box(-1, 1, (4,)), 3, (None, 3, 4)),
        (spaces.Discrete(7), 1, (None, 1)),
        (spaces.Box(0, 255, (84, 84), np.uint8), 4, (None, 4, 84, 84)),
        (spaces.Box(0, 255, (84, 80, 3), np.uint8), 2, (None, 2, 84, 80, 3)),
        (spaces.Box(0, 255, (84, 84, 3), np.uint8), 1, (None, 84, 84, 3)),
        (spaces.Box(0, 255, (84, 84), np.uint8), 1, (None, 84, 84)),
        (spaces.Box(0, 255, (4, 84, 84), np.uint8), 1, (None, 4, 84, 84)),
        (spaces.Box(0, 255, (1, 36, 40), np.uint8), 1, (None, 1, 36, 40)),
        (spaces.Box(0, 255, (2, 36, 40, 3), np.uint8), 1, (None, 2, 36, 40, 3)),
        (spaces.Box(0, 255, (128,), np.uint8), 1, (None, 128)),
    ],
)
def test_shapes(space, window, shape):
    model = default_network(space, 6, window)
    assert model.input_shape == shape and model.output_shape == (None, 6)
    x = np.stack([space.sample() for _ in range(2 * window)]).reshape(2, *shape[1:])
    assert np.isfinite(np.asarray(model(x))).all()


def test_nature_network_is_the_papers():
    model = nature_network((84, 84), 4, 4)
    # 3 convolutions of 8x8x4x32, 4x4x32x64 and 3x3x64x64, then 3136 to 512 to 4, with biases.
    assert model.count_params() == 8224 + 32832 + 36928 + 1606144 + 2052


def test_a_stack_of_pictures_is_a_window():
    """The same weights say the same, whether the memory or a wrapper puts pictures together."""
    ours, stacked = nature_network((36, 40), 3, 4), nature_network((4, 36, 40), 3, 1)
    stacked.set_weights(ours.get_weights())
    x = np.random.default_rng(0).integers(0, 256, (2, 4, 36, 40), "uint8")
    np.testing.assert_allclose(ours(x), stacked(x))


def test_pictures_and_numbers_are_learned_from():
    keras.utils.set_random_seed(0)
    model = nature_network((36, 36), 2, 2)
    agent = DQNAgent(
        model,
        2,
        SequentialMemory(500, window_length=2),
        nb_steps_warmup=20,
        train_interval=20,
        gradient_steps=2,
        batch_size=8,
        seed=1,
    )
    agent.compile("adam")
    agent.fit(Pictures(), 60, verbose=0)
    assert agent.memory.arrays["observations"].dtype == np.uint8
    assert agent._learn.experimental_get_tracing_count() == 1
    table = default_network(spaces.Discrete(16), 4)
    agent = DQNAgent(table, 4, SequentialMemory(500), nb_steps_warmup=20, seed=1)
    agent.compile("adam", jit_compile=False)
    agent.fit(gymnasium.make("FrozenLake-v1"), 60, verbose=0)
    assert agent.metrics["loss"] >= 0


def test_other_observations_are_refused():
    with pytest.raises(InputError, match="No net is known"):
        default_network(spaces.Tuple([spaces.Discrete(2)]), 3)
    with pytest.raises(InputError, match="36x36"):
        nature_network((20, 84), 4)
    with pytest.raises(InputError, match="36x36"):
        nature_network((4, 84, 20), 4, 1)
    with pytest.raises(InputError, match="stacks of pictures already"):
        nature_network((4, 84, 84), 3, window_length=2)


@pytest.mark.parametrize(
    ("space", "window"),
    [
        (spaces.Box(-1, 1, (4,)), 1),
        (spaces.Box(-1, 1, (4,)), 2),
        (spaces.Box(0, 255, (36, 40), np.uint8), 4),
    ],
)
def test_actors_keep_to_the_bounds_and_critics_know_them(space, window):
    box = spaces.Box(np.array([-2, 0], "f4"), np.array([2, 10], "f4"))
    actor, critic = (net(space, box, window) for net in (default_actor, default_critic))
    states = np.stack([space.sample() for _ in range(3 * window)]).reshape(
        3, *actor.input_shape[1:]
    )
    np.testing.assert_allclose(actor(states), [[0, 5]] * 3, atol=0.3)
    actor.layers[-2].bias.assign([9.0, -9.0])
    np.testing.assert_allclose(actor(states), [[2, 0]] * 3, atol=1e-3)
    assert critic([np.zeros((3, 2)), states]).shape == (3, 1)
    assert isinstance(acting_net(actor), NumpyNet) == (space.dtype != np.uint8)


def test_actions_without_bounds_have_no_default_nets():
    space = spaces.Box(-1, 1, (4,))
    with pytest.raises(InputError, match="bounds on both sides"):
        default_actor(space, spaces.Box(-np.inf, np.inf, (1,)))
    with pytest.raises(InputError, match="observations of Discrete"):
        default_critic(spaces.Discrete(3), spaces.Box(-1, 1, (1,)))
