"""Memories: what is drawn is what happened, and nothing crosses the end of an episode."""

import numpy as np
import pytest
from gymnasium import spaces

from kerasuite.errors import InputError
from kerasuite.rl.environments import Environments
from kerasuite.rl.memory import LatestMemory, SequentialMemory
from kerasuite.rl.prioritized_memory import PrioritizedMemory
from kerasuite.rl.sum_tree import SumTree
from tests.rl.environments import Count, vector

GAMMA = 0.5


def filled(memory, steps, nb_envs=2, n_steps=1, **kwargs):
    """A memory of what `steps` steps of `Count` were, and the environments."""
    environments = Environments(vector(nb_envs, Count, **kwargs))
    environments.reset(0)
    space = environments.observation_space
    memory.allocate(space, environments.action_space, nb_envs, n_steps, GAMMA)
    for i in range(steps):
        memory.append(environments.step(np.arange(nb_envs) * 0 + i % 2))
    return memory


@pytest.mark.parametrize("n_steps", [1, 2, 3, 7])
@pytest.mark.parametrize("terminates", [True, False])
@pytest.mark.parametrize("kind", [SequentialMemory, PrioritizedMemory])
@pytest.mark.parametrize("steps", [20, 150])
def test_n_step_returns_stop_where_the_episode_does(kind, n_steps, terminates, steps):
    length = 4
    memory = filled(kind(80), steps, n_steps=n_steps, length=length, terminates=terminates)
    batch = memory.sample(500, np.random.default_rng(0))
    # Count shows 0, 1, 2, 3, 4 in its first episode: 4 is the last observation, the next shows 5.
    now = batch.state0[:, 0].astype(int)
    place = now % (length + 1)
    assert (place < length).all(), "a reset was drawn"
    taken = np.minimum(n_steps, length - place)
    expected = [sum(GAMMA**k * (s + k) for k in range(t)) for s, t in zip(now, taken, strict=True)]
    np.testing.assert_allclose(batch.reward, expected, rtol=1e-6)
    np.testing.assert_array_equal(batch.state1[:, 0], now + taken)
    over = place + taken == length
    followed = np.where(over & terminates, 0, GAMMA**taken)
    np.testing.assert_allclose(batch.discount, followed)
    assert (over.any() and not over.all()) or n_steps >= length
    oldest = max(steps - 40, 0)
    assert now.min() >= oldest and now.max() >= steps - n_steps - 3
    assert set(batch.indices % 2) == {0, 1}


@pytest.mark.parametrize("steps", [11, 100])
@pytest.mark.parametrize("kind", [SequentialMemory, PrioritizedMemory])
def test_windows_hold_one_episode(kind, steps):
    memory = filled(kind(60, window_length=3), steps, n_steps=2, length=4)
    batch = memory.sample(300, np.random.default_rng(1))
    assert batch.state0.shape == (300, 3, 1)
    for state, row in ((batch.state0, "now"), (batch.state1, "after")):
        newest = state[:, -1, 0].astype(int)
        for back in (1, 2):
            expected = np.where(newest % 5 >= back, newest - back, 0)
            np.testing.assert_array_equal(state[:, -1 - back, 0], expected, err_msg=row)


def test_cut_episodes_are_truncated_and_keep_their_last_observation():
    memory = SequentialMemory(100)
    environments = Environments(vector(2, Count, length=50))
    environments.reset(0)
    memory.allocate(environments.observation_space, environments.action_space, 2, 3, GAMMA)
    for _ in range(5):
        memory.append(environments.step(np.zeros(2, int)))
    memory.cut()
    memory.cut()
    environments.reset(1)
    for _ in range(5):
        memory.append(environments.step(np.zeros(2, int)))
    batch = memory.sample(100, np.random.default_rng(0))
    last = batch.state0[:, 0] == 4
    assert last.any()
    np.testing.assert_array_equal(batch.state1[last, 0], 5)
    np.testing.assert_allclose(batch.discount[last], GAMMA)
    np.testing.assert_allclose(batch.reward[last], 4)


def test_pictures_are_stored_once_as_bytes():
    memory = SequentialMemory(1000, window_length=4)
    pictures = spaces.Box(0, 255, (84, 84), np.uint8)
    memory.allocate(pictures, spaces.Discrete(4), 8)
    assert memory.arrays["observations"].dtype == np.uint8
    assert memory.nb_bytes < 1.01 * 1000 * 84 * 84


def test_a_memory_larger_than_the_machines_is_refused_before_it_is_made():
    pictures = spaces.Box(0, 255, (84, 84, 3), np.uint8)
    with pytest.raises(InputError, match=r"limit=1000000000 needs .* GiB.*largest limit"):
        SequentialMemory(10**9).allocate(pictures, spaces.Discrete(4), 8)


def test_other_environments_are_refused():
    memory = filled(SequentialMemory(50), 10)
    with pytest.raises(InputError, match="other environments"):
        memory.allocate(spaces.Box(0, 1, (7,)), spaces.Discrete(2), 2)


@pytest.mark.parametrize("kind", [SequentialMemory, PrioritizedMemory])
def test_nothing_to_draw(kind):
    with pytest.raises(ValueError, match="nothing can be drawn"):
        filled(kind(50), 1).sample(3, np.random.default_rng(0))


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 2.5}, {"window_length": 0}])
def test_wrong_arguments(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}.*Received"):
        SequentialMemory(**{"limit": 10, **wrong})


def test_drawn_evenly():
    memory = filled(SequentialMemory(40), 200, length=4)
    batch = memory.sample(20_000, np.random.default_rng(0))
    _, counts = np.unique(batch.indices, return_counts=True)
    mean = 20_000 / len(counts)
    assert np.abs(counts - mean).max() < 5 * np.sqrt(mean)


def test_priorities_decide_how_often_and_weights_undo_it():
    memory = filled(PrioritizedMemory(40, alpha=1.0, beta=1.0), 30, nb_envs=1, length=100)
    every = np.arange(29)
    memory.update_priorities(every, np.where(every == 7, 9.0, 1.0))
    batch = memory.sample(20_000, np.random.default_rng(0))
    often = batch.indices == 7
    assert often.mean() == pytest.approx(9 / 37, abs=0.02)
    np.testing.assert_allclose(batch.weight[often], 1 / 9, rtol=1e-3)
    np.testing.assert_allclose(batch.weight[~often], 1, rtol=1e-3)


def test_new_transitions_get_the_largest_priority():
    memory = filled(PrioritizedMemory(400), 30, nb_envs=1, length=1000)
    memory.update_priorities(np.array([3]), np.array([50.0]))
    environments = Environments(vector(1, Count, length=1000))
    environments.reset(0)
    memory.append(environments.step(np.zeros(1, int)))
    assert memory.tree.get(np.array([29]))[0] == pytest.approx(50**0.6, rel=1e-3)


@pytest.mark.parametrize("kind", [SequentialMemory, PrioritizedMemory])
def test_saved_and_restored(kind):
    memory = filled(kind(60), 50, length=4)
    arrays, values = memory.state()
    again = filled(kind(60), 0, length=4)
    again.restore(arrays, values)
    one, other = (m.sample(64, np.random.default_rng(5)) for m in (memory, again))
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(InputError, match="does not fit"):
        filled(kind(20), 0, length=4).restore(arrays, values)


def test_without_replay_each_transition_comes_once():
    memory = LatestMemory()
    environments = Environments(vector(1, Count, length=3))
    environments.reset(0)
    memory.allocate(environments.observation_space, environments.action_space, 1, 1, GAMMA)
    seen = []
    for _ in range(9):
        memory.append(environments.step(np.zeros(1, int)))
        if memory.nb_ready:
            batch = memory.sample(1, np.random.default_rng(0))
            seen += [int(batch.state0[0, 0])] * int(batch.weight[0])
    assert seen == [0, 1, 2, 4, 5, 6]


def test_sum_tree_finds_what_a_running_sum_does():
    rng = np.random.default_rng(0)
    for capacity in (1, 5, 8, 100):
        tree, values = SumTree(capacity), np.zeros(capacity)
        for _ in range(5):
            places = rng.integers(0, capacity, 7)
            new = rng.random(capacity) * (rng.random(capacity) > 0.3) + 1e-3
            tree.set(places, new[places])
            values[places] = new[places]
        assert tree.total == pytest.approx(values.sum())
        sums = rng.random(200) * tree.total
        np.testing.assert_array_equal(
            tree.find(sums), np.searchsorted(np.cumsum(values), sums, side="right")
        )
        assert (values[tree.find(np.array([tree.total]))] > 0).all()
