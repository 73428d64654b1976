"""SARSA and CEM: they learn, repeat themselves and resume."""

import keras
import numpy as np
import pytest

from kerasuite.errors import InputError
from kerasuite.rl.agents import CEMAgent, SARSAAgent
from kerasuite.rl.memory import EpisodeParameterMemory
from tests.rl.environments import ContinuousIdentity, Count, Identity, vector
from tests.rl.test_dqn import net


def sarsa(model=None, nb_actions=3, **kwargs):
    made = SARSAAgent(model or net(), nb_actions, **{"gamma": 0.5, "seed": 1, **kwargs})
    made.compile(keras.optimizers.Adam(0.01), jit_compile=False)
    return made


def cem(model=None, nb_actions=3, **kwargs):
    settings = {"batch_size": 40, "train_interval": 40, "seed": 1, "noise_ampl": 0.3}
    if model is None:
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(nb_actions)])
    return CEMAgent(model, nb_actions, **{**settings, **kwargs})


@pytest.mark.parametrize(("make", "steps"), [(sarsa, 1600), (cem, 10_000)])
def test_learns_the_identity(make, steps):
    made = make()
    made.fit(vector(4), steps, verbose=0)
    assert made.test(Identity(), 5, verbose=0).history["episode_reward"] == [10.0] * 5


@pytest.mark.parametrize("make", [sarsa, cem])
def test_the_same_seed_gives_the_same_weights(make):
    found = []
    for seed in (1, 1, 2):
        made = make(seed=seed)
        made.fit(vector(2), 900, verbose=0)
        found.append(np.concatenate([w.ravel() for w in made.model.get_weights()]))
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[0] != found[2]).any()


@pytest.mark.parametrize("make", [sarsa, cem])
def test_a_killed_run_resumed_equals_one_left_alone(make, tmp_path):
    settings = {"verbose": 0, "checkpoint_interval": 500}
    whole, killed, resumed = make(), make(), make()
    whole.fit(vector(2), 1500, checkpoint=tmp_path / "whole.npz", **settings)
    killed.fit(vector(2), 1000, checkpoint=tmp_path / "killed.npz", **settings)
    resumed.load_state(tmp_path / "killed.npz", vector(2))
    resumed.fit(
        vector(2), 1500, initial_step=resumed.step, checkpoint=tmp_path / "r.npz", **settings
    )
    for a, b in zip(whole.model.get_weights(), resumed.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("terminates", [True, False])
def test_sarsa_learns_from_what_was_done_next(terminates):
    """The errors that the learning function is given are those of the definition."""
    made, seen = sarsa(net(1, 2), 2, nb_steps_warmup=0), []
    made._learn = lambda *batch: (seen.append(batch), made._gradient_step(*batch))[1]
    made.fit(Count(length=3, terminates=terminates), 8, verbose=0)
    now = [int(b[0][0, 0]) for b in seen if b[6][0]]
    after = [int(b[4][0, 0]) for b in seen if b[6][0]]
    discount = [float(b[3][0]) for b in seen if b[6][0]]
    # An episode shows 0, 1, 2 and ends with 3; the next begins with 4.
    assert now == [0, 1, 2, 4, 5, 6, 8][: len(now)] and len(now) >= 6
    assert after == [n + 1 for n in now]
    assert discount == [0 if terminates and n % 4 == 2 else 0.5 for n in now]


def test_cem_averages_the_best():
    made = cem(batch_size=4, train_interval=4, elite_frac=0.5, noise_ampl=0.0)
    made.fit(vector(2), 40, verbose=0)
    rewards, weights = made.memory.sample(4, made.rng)
    weights = weights[np.argsort(rewards, kind="stable")[-2:]]
    np.testing.assert_allclose(made.mean, weights.mean(0), rtol=1e-6)
    np.testing.assert_allclose(made.std, weights.std(0), rtol=1e-5, atol=1e-7)
    flat = np.concatenate([w.ravel() for w in made.model.get_weights()])
    np.testing.assert_allclose(flat, made.mean)


def test_cem_draws_from_a_memory_of_more_episodes_than_it_compares():
    memory = EpisodeParameterMemory(limit=30)
    made = cem(memory=memory, batch_size=8, train_interval=8)
    made.fit(vector(2), 400, verbose=0)
    assert memory.nb_entries == 30 and made.updates == 5
    rewards, weights = memory.sample(8, np.random.default_rng(0))
    every = memory.sample(30, np.random.default_rng(0))[1].tolist()
    places = [every.index(w) for w in weights.tolist()]
    assert places == sorted(set(places)) and places != list(range(22, 30))
    assert rewards.shape == (8,) and weights.shape == (8, made.mean.size)


def test_sarsa_learns_every_so_many_steps():
    made, steps = sarsa(nb_steps_warmup=0, train_interval=6), []
    learn = made._learn
    made._learn = lambda *batch: (steps.append(made.step), learn(*batch))[1]
    made.fit(vector(2), 40, verbose=0)
    # Two environments: what was done at 6 is learned from at 8. Resets count for nothing.
    assert steps == [8, 14, 20, 26, 32, 38]


def test_what_does_not_fit_is_refused():
    for make in (sarsa, cem):
        with pytest.raises(InputError, match=r"must be Discrete\(3\)"):
            make().fit(ContinuousIdentity(), 10)
        with pytest.raises(InputError, match=r"Received: \(None, 3\)"):
            make(net(), 4)
    with pytest.raises(InputError, match="dense layers"):
        x = keras.Input((3,))
        cem(keras.Model(x, keras.layers.LayerNormalization()(x)))
    with pytest.raises(ValueError, match=r"elite_frac.*Received"):
        cem(elite_frac=0)


def test_cem_gathers_before_it_updates():
    made = cem(nb_steps_warmup=1500)
    made.fit(vector(2), 1000, verbose=0)
    assert made.nb_episodes >= 80 and made.updates == 0
    made.fit(vector(2), 2500, initial_step=made.step, verbose=0)
    assert made.updates > 0
