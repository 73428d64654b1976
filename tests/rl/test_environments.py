"""Environments in lockstep: resets, seeds, masks, and failures that say what happened."""

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from kerasuite.errors import InputError, KerasuiteError
from kerasuite.rl.environments import Environments, make
from kerasuite.rl.processors import Processor
from tests.rl.environments import Broken, ContinuousIdentity, Count, Identity, vector


@pytest.mark.parametrize("env", [Count(length=3), vector(2, Count, length=3)])
def test_an_end_is_followed_by_a_row_that_only_resets(env):
    environments = Environments(env)
    environments.reset(0)
    rows = [environments.step(np.zeros(environments.nb_envs, int)) for _ in range(6)]
    assert [bool(r.valid[0]) for r in rows] == [True, True, True, False, True, True]
    assert [bool(r.terminated[0]) for r in rows] == [False, False, True, False, False, False]
    assert [float(r.observations[0, 0]) for r in rows] == [0, 1, 2, 3, 4, 5]
    assert [float(r.next_observations[0, 0]) for r in rows] == [1, 2, 3, 4, 5, 6]
    assert rows[3].rewards[0] == 0


def test_a_single_environment_is_a_vector_of_one():
    one, many = Environments(Count()), Environments(vector(1, Count))
    for environments in (one, many):
        environments.reset(3)
    for _ in range(12):
        a, b = one.step(np.zeros(1, int)), many.step(np.zeros(1, int))
        for x, y in zip(a, b, strict=True):
            np.testing.assert_array_equal(x, y)
            assert (x is None) == (y is None)


def test_truncation_is_no_termination():
    environments = Environments(Count(length=100), nb_max_episode_steps=2)
    environments.reset(0)
    environments.step(np.zeros(1, int))
    row = environments.step(np.zeros(1, int))
    assert row.truncated[0] and not row.terminated[0]


@pytest.mark.parametrize("nb_envs", [1, 3])
def test_seeds_decide(nb_envs):
    found = []
    for seed in (1, 1, 2):
        environments = Environments(make("CartPole-v1", nb_envs))
        environments.reset(seed)
        environments.step(np.zeros(nb_envs, int))
        found.append(environments.observations)
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[0] != found[2]).any()


def test_masks_come_from_info():
    for env in (Identity(masked=True), vector(2, masked=True)):
        environments = Environments(env)
        environments.reset(0)
        right = environments.observations.argmax(-1)
        for masks in (environments.masks, environments.step(right).masks):
            assert masks.shape == (environments.nb_envs, 3) and (masks.sum(-1) == 2).all()
            assert masks[0, right[0]]
    assert Environments(Identity()).vector and environments.masks is not None


def test_actions_count_from_zero():
    class Shifted(Count):
        action_space = gymnasium.spaces.Discrete(2, start=5)

        def __init__(self):
            super().__init__()
            self.action_space = Shifted.action_space

        def step(self, action):
            assert action == 6
            return super().step(action)

    environments = Environments(Shifted())
    environments.reset(0)
    environments.step(np.ones(1, int))


def test_processors_stand_between():
    class Half(Processor):
        def process_observation(self, observation):
            return np.concatenate([observation, observation]).astype("float32")

        def process_reward(self, reward):
            return reward / 2

        def process_action(self, actions):
            return 1 - actions

    environments = Environments(vector(2, Count), Half())
    environments.reset(0)
    environments.step(np.zeros(2, int))
    row = environments.step(np.zeros(2, int))
    assert environments.observation_space.shape == row.observations.shape[1:] == (2,)
    assert row.rewards[0] == 0.5 and row.actions[0] == 0


@pytest.mark.parametrize(
    ("wrong", "near"),
    [("CartPol-v1", "CartPole-v1"), ("cartpole-v1", "CartPole-v1"), ("Pendulun-v1", "Pendulum-v1")],
)
def test_an_unknown_name_suggests_near_ones(wrong, near):
    with pytest.raises(InputError, match=f"no environment '{wrong}'.*did you mean.*{near}"):
        make(wrong)


def test_unknown_arguments_and_modules():
    with pytest.raises(InputError, match=r"Pendulum-v1.*cannot be made.*colour"):
        make("Pendulum-v1", env_kwargs={"colour": 1})
    with pytest.raises(InputError, match="no environment 'nosuchmodule:A-v1'"):
        make("nosuchmodule:A-v1")
    with pytest.raises(InputError, match=r"did you mean tests\.rl\.environments:Identity"):
        make("tests.rl.environments:Identty")


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("nan", r"observations that are not finite after 3 steps: observations\[0, 0\] = nan"),
        ("reward", r"rewards that are not finite after 3 steps: rewards\[0\] = inf"),
        ("raise", "failed in `step`: RuntimeError: the simulator crashed"),
        ("shape", r"shape \(2,\); that of its space is \(1,\)|failed in `step`: ValueError"),
        ("old", "failed in `step`: ValueError: not enough values"),
    ],
)
@pytest.mark.parametrize("nb_envs", [None, 2])
def test_a_broken_environment_is_named(how, message, nb_envs):
    env = Broken(how) if nb_envs is None else vector(nb_envs, Broken, how=how)
    environments = Environments(env)
    environments.reset(0)
    with pytest.raises(KerasuiteError, match=message) as caught:
        for _ in range(5):
            environments.step(np.zeros(environments.nb_envs, int))
    if nb_envs is None:
        assert "Broken" in str(caught.value)


def test_other_things_are_refused():
    with pytest.raises(InputError, match=r"gymnasium\.Env.*Received: builtins\.int"):
        Environments(3)
    same_step = SyncVectorEnv([ContinuousIdentity], autoreset_mode=AutoresetMode.SAME_STEP)
    with pytest.raises(InputError, match="must reset on the step after an end"):
        Environments(same_step)
