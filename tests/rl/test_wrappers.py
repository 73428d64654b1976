"""keras-rl's words for single environments."""

import numpy as np
import pytest

from kerasuite.errors import InputError
from kerasuite.rl.wrappers import ActionRepetition, RandomStart, wrapped
from tests.rl.environments import Count, vector


def test_actions_are_repeated_until_the_end():
    env = ActionRepetition(Count(length=5), 3)
    env.reset(seed=0)
    assert env.step(0)[:4] == (np.array([3.0]), 0 + 1 + 2, False, False)
    assert env.step(0)[:4] == (np.array([5.0]), 3 + 4, True, False)


def test_the_agent_does_not_see_the_start():
    env = RandomStart(Count(length=50), 4)
    starts = [env.reset(seed=seed)[0][0] for seed in range(40)]
    assert set(starts) == {0, 1, 2, 3, 4}
    assert starts[:9] == [env.reset(seed=seed)[0][0] for seed in range(9)]


def test_a_start_that_ends_the_episode_begins_another():
    env = RandomStart(Count(length=2), 9)
    for seed in range(9):
        env.reset(seed=seed)
        assert env.unwrapped.steps < 2


def test_a_policy_may_choose_at_the_start():
    seen = []
    env = RandomStart(Count(length=50), 5, lambda observation: seen.append(observation[0]) or 1)
    last = env.reset(seed=1)[0][0]
    assert seen == list(range(int(last)))


def test_only_single_environments_are_wrapped():
    env = vector(2, Count)
    assert wrapped(env) is env and wrapped("CartPole-v1") == "CartPole-v1"
    with pytest.raises(InputError, match=r"single gymnasium\.Env.*SyncVectorEnv"):
        wrapped(env, action_repetition=2)
    for wrong in ({"action_repetition": 0}, {"nb_max_start_steps": -1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            wrapped(Count(), **wrong)
