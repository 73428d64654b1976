"""Policies and noise: frequencies, masks, many states at once."""

import json

import numpy as np
import pytest

from kerasuite.rl.policy import (
    BoltzmannGumbelQPolicy,
    BoltzmannQPolicy,
    EpsGreedyQPolicy,
    EzGreedyQPolicy,
    GreedyQPolicy,
    LinearAnnealedPolicy,
    MaxBoltzmannQPolicy,
    SoftmaxPolicy,
    masked,
)
from kerasuite.rl.random import GaussianWhiteNoiseProcess, OrnsteinUhlenbeckProcess

VALUES = np.array([0.0, 2.0, 1.0])
SOFTMAX = np.exp(VALUES) / np.exp(VALUES).sum()
GREEDY = np.array([0.0, 1.0, 0.0])
DRAWS = 20_000


class Agent:
    """What a policy looks at."""

    training, step = True, 0

    def __init__(self):
        self.rng = np.random.default_rng(0)


def frequencies(policy, values=VALUES):
    policy.agent = Agent()
    actions = policy.select_action(np.tile(values, (DRAWS, 1)))
    assert actions.shape == (DRAWS,) and actions.dtype.kind == "i"
    return np.bincount(actions, minlength=3) / DRAWS


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (GreedyQPolicy(), GREEDY),
        (EpsGreedyQPolicy(0.3), 0.7 * GREEDY + 0.1),
        (EpsGreedyQPolicy(0.0), GREEDY),
        (BoltzmannQPolicy(), SOFTMAX),
        (BoltzmannQPolicy(tau=0.01), GREEDY),
        (MaxBoltzmannQPolicy(0.5), 0.5 * GREEDY + 0.5 * SOFTMAX),
    ],
)
def test_frequencies(policy, expected):
    np.testing.assert_allclose(frequencies(policy), expected, atol=0.02)


def test_chance_is_held():
    """For as long as Zipf's law says, if nothing else is begun and the action is allowed."""
    policy = EzGreedyQPolicy(0.0, mu=2.0)
    policy.agent = Agent()
    policy.eps = 1.0
    first = policy.select_action(np.tile(VALUES, (DRAWS, 1)))
    np.testing.assert_allclose(np.bincount(first) / DRAWS, 1 / 3, atol=0.02)
    policy.eps, lengths = 0.0, np.ones(DRAWS, int)
    again = EzGreedyQPolicy(0.0)
    again.restore(json.loads(json.dumps(policy.state())))
    for _ in range(5):
        second = policy.select_action(np.tile(VALUES, (DRAWS, 1)))
        np.testing.assert_array_equal(again.select_action(np.tile(VALUES, (DRAWS, 1))), second)
        lengths += (second == first) & (first != 1)
    held = lengths[first != 1]
    for n in (1, 2, 3):  # P(n) = 6 / (pi n)^2
        assert np.mean(held == n) == pytest.approx(6 / (np.pi * n) ** 2, abs=0.02)
    forbidden = np.where(np.arange(3) == first[:, None], -np.inf, VALUES)
    assert (policy.select_action(forbidden) != first).all()
    with pytest.raises(ValueError, match=r"mu.*Received: mu=1"):
        EzGreedyQPolicy(mu=1)


def test_softmax_policy_takes_probabilities():
    probabilities = np.array([0.2, 0.0, 0.8])
    np.testing.assert_allclose(
        frequencies(SoftmaxPolicy(), probabilities), probabilities, atol=0.02
    )


@pytest.mark.parametrize(
    "policy",
    [
        GreedyQPolicy(),
        EpsGreedyQPolicy(1.0),
        EzGreedyQPolicy(1.0),
        BoltzmannQPolicy(tau=100.0),
        MaxBoltzmannQPolicy(1.0, tau=100.0),
        BoltzmannGumbelQPolicy(5.0),
    ],
)
def test_what_is_not_allowed_is_never_taken(policy):
    values = masked(VALUES[None], np.array([[True, False, True]]))[0]
    found = frequencies(policy, values)
    assert found[1] == 0
    if isinstance(policy, EpsGreedyQPolicy | BoltzmannQPolicy):
        np.testing.assert_allclose(found[[0, 2]], 0.5, atol=0.03)


def test_a_mask_that_allows_nothing_is_ignored():
    masks = np.array([[False, False, False], [True, False, False]])
    np.testing.assert_array_equal(masked(np.tile(VALUES, (2, 1)), masks).argmax(-1), [1, 0])


@pytest.mark.parametrize(
    "make",
    [GreedyQPolicy, lambda: EpsGreedyQPolicy(1.0), lambda: EzGreedyQPolicy(1.0), BoltzmannQPolicy],
)
def test_one_state_gives_one_action(make):
    assert np.ndim(make().select_action(VALUES)) == 0


def test_annealing_follows_the_agents_steps():
    policy = LinearAnnealedPolicy(EpsGreedyQPolicy(), "eps", 1.0, 0.1, 0.05, nb_steps=100)
    policy.agent = agent = Agent()
    found = []
    for agent.step in (0, 50, 100, 1000):
        policy.select_action(VALUES)
        found.append(policy.inner_policy.eps)
    np.testing.assert_allclose(found, [1, 0.55, 0.1, 0.1])
    assert policy.metrics == {"mean_eps": pytest.approx(0.1)}
    agent.training = False
    policy.select_action(VALUES)
    assert policy.inner_policy.eps == 0.05
    with pytest.raises(ValueError, match=r"attr.*Received: attr='tau'"):
        LinearAnnealedPolicy(EpsGreedyQPolicy(), "tau", 1, 0, 0, 10)


def test_gumbel_noise_shrinks_with_use_and_is_saved():
    policy = BoltzmannGumbelQPolicy(1.0)
    frequencies(policy)
    again = BoltzmannGumbelQPolicy(1.0)
    again.restore(policy.state())
    np.testing.assert_array_equal(again.action_counts, policy.action_counts)
    assert frequencies(again)[1] > 0.99


def test_white_noise_has_its_mean_and_anneals():
    noise = GaussianWhiteNoiseProcess(mu=1, sigma=2, sigma_min=1, n_steps_annealing=20_000, size=2)
    rng = np.random.default_rng(0)
    first = noise.sample(10_000, rng)
    assert first.shape == (10_000, 2)
    assert first.mean() == pytest.approx(1, abs=0.05) and first.std() == pytest.approx(2, abs=0.05)
    assert noise.current_sigma == 1.5
    noise.sample(20_000, rng)
    assert noise.current_sigma == 1


def test_ornstein_uhlenbeck_has_its_stationary_deviation_and_memory():
    noise = OrnsteinUhlenbeckProcess(theta=0.5, sigma=0.4, dt=0.1)
    rng = np.random.default_rng(0)
    x = np.array([noise.sample(2000, rng)[:, 0] for _ in range(200)])
    a = 1 - 0.5 * 0.1
    assert x[-1].std() == pytest.approx(0.4 * np.sqrt(0.1 / (1 - a**2)), rel=0.06)
    assert np.corrcoef(x[-2], x[-1])[0, 1] == pytest.approx(a, abs=0.02)
    ended = np.arange(2000) < 1000
    noise.reset_states(ended)
    after = noise.sample(2000, rng)[:, 0]
    assert abs(np.corrcoef(x[-1][ended], after[ended])[0, 1]) < 0.1
    assert np.corrcoef(x[-1][~ended], after[~ended])[0, 1] > 0.9
