"""PPO: it learns, and its parts are the papers' equations."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from gymnasium import spaces

from kerasuite.errors import InputError
from kerasuite.layers import AppendWeights
from kerasuite.rl.agents import PPOAgent
from kerasuite.rl.distributions import Categorical, DiagonalGaussian, distribution_of
from kerasuite.rl.rollout import generalized_advantages
from tests import cases
from tests.rl.environments import ContinuousIdentity, Identity, vector


class TwoChoices(Identity):
    """`Identity` where a second choice should be the number of the first from behind."""

    def __init__(self):
        super().__init__()
        self.action_space = spaces.MultiDiscrete([3, 3])

    def step(self, action):
        other = float(action[1] == 2 - self.right)
        observation, reward, *rest = super().step(action[0])
        return observation, (reward + other) / 2, *rest


def agent(outputs=3, inputs=3, seed=1, jit_compile=False, **kwargs):
    keras.utils.set_random_seed(0)
    x = keras.Input((inputs,))
    actor = keras.Model(x, keras.layers.Dense(outputs)(keras.layers.Dense(32, "tanh")(x)))
    x = keras.Input((inputs,))
    critic = keras.Model(x, keras.layers.Dense(1)(keras.layers.Dense(32, "tanh")(x)))
    settings = {"rollout_steps": 32, "batch_size": 64, "gamma": 0.5, "seed": seed}
    made = PPOAgent(actor, critic, **{**settings, **kwargs})
    made.compile(keras.optimizers.Adam(0.01), jit_compile=jit_compile)
    return made


def weights(made):
    return np.concatenate([w.ravel() for w in made.actor.get_weights()])


@pytest.mark.parametrize(
    ("env", "outputs", "inputs"),
    [
        ("discrete", 3, 3),
        ("masked", 3, 3),
        ("multi", 6, 3),
        ("continuous", 1, 1),
    ],
)
def test_learns_the_identity(env, outputs, inputs):
    make = {"multi": TwoChoices, "continuous": ContinuousIdentity}.get(env, Identity)
    kwargs = {"masked": True} if env == "masked" else {}
    made = agent(outputs, inputs, log_std=-1.0, jit_compile=env == "discrete")
    made.fit(vector(4, make, **kwargs), 4000, verbose=0)
    rewards = made.test(make(**kwargs), 5, verbose=0).history["episode_reward"]
    assert np.mean(rewards) > (-1.0 if env == "continuous" else 9.9)
    assert set(made.metrics) == {"policy_loss", "value_loss", "entropy", "kl"}
    assert made._learn.experimental_get_tracing_count() == 1


def test_the_same_seed_gives_the_same_weights():
    found = []
    for seed in (1, 1, 2):
        made = agent(seed=seed)
        made.fit(vector(4), 300, verbose=0)
        found.append(weights(made))
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[0] != found[2]).any()


def test_a_killed_run_resumed_equals_one_left_alone(tmp_path):
    settings = {"verbose": 0, "checkpoint_interval": 256}
    whole, killed, resumed = (agent(1, 1) for _ in range(3))
    env = vector(4, ContinuousIdentity)
    whole.fit(env, 768, checkpoint=tmp_path / "whole.npz", **settings)
    killed.fit(env, 300, checkpoint=tmp_path / "killed.npz", **settings)
    resumed.load_state(tmp_path / "killed.npz", env)
    resumed.fit(env, 768, initial_step=resumed.step, checkpoint=tmp_path / "k.npz", **settings)
    assert resumed.step == whole.step
    np.testing.assert_array_equal(weights(whole), weights(resumed))


def test_weights_of_actor_and_critic_are_saved(tmp_path):
    made, other = agent(1, 1), agent(1, 1, seed=5)
    env = vector(4, ContinuousIdentity)
    made.fit(env, 200, verbose=0)
    made.save_weights(tmp_path / "ppo.h5f")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ppo_actor.h5f", "ppo_critic.h5f"]
    other.test(env, 1, verbose=0)
    other.load_weights(tmp_path / "ppo.h5f")
    np.testing.assert_array_equal(weights(made), weights(other))


def test_advantages_are_the_papers_sums():
    """Against the loop over the steps of each episode."""
    rng = np.random.default_rng(0)
    length, envs, gamma, lam = 12, 3, 0.9, 0.8
    rewards, values = rng.normal(size=(length, envs)), rng.normal(size=(length + 1, envs))
    terminated = rng.random((length, envs)) < 0.2
    truncated = ~terminated & (rng.random((length, envs)) < 0.2)
    expected = np.zeros((length, envs))
    for e in range(envs):
        for t in range(length):
            weight = 1.0
            for s in range(t, length):
                following = 0 if terminated[s, e] else values[s + 1, e]
                expected[t, e] += weight * (rewards[s, e] + gamma * following - values[s, e])
                if terminated[s, e] or truncated[s, e]:
                    break
                weight *= gamma * lam
    found = generalized_advantages(
        tf.constant(rewards, tf.float32),
        tf.constant(values, tf.float32),
        terminated,
        truncated,
        gamma,
        lam,
    )
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_clipping_stops_the_gradient_of_what_moved_enough():
    made = agent(normalize_advantage=False, value_coefficient=0.0)
    made.test(Identity(), 1, verbose=0)
    states = np.eye(3, dtype="float32")
    batch = {"states": states, "actions": np.arange(3), "masks": None, "valid": np.ones(3, bool)}
    batch |= {"returns": np.zeros(3, "float32")}
    now = made._log_prob(batch)[0].numpy()

    def gradient(ratio, advantage):
        batch["log_prob"] = (now - np.log(ratio)).astype("float32")
        batch["advantages"] = np.full(3, advantage, "float32")
        with tf.GradientTape() as tape:
            loss, _ = made._loss(batch)
        found = tape.gradient(loss, made.actor.trainable_variables[0].value)
        return np.abs(found.numpy()).max()

    assert gradient(1.3, 1.0) == 0 and gradient(0.7, -1.0) == 0
    assert gradient(1.3, -1.0) > 0 and gradient(0.7, 1.0) > 0 and gradient(1.1, 1.0) > 0


@pytest.mark.parametrize("nvec", [[4], [2, 3]])
def test_categorical_matches_its_draws(nvec):
    space = spaces.Discrete(4) if len(nvec) == 1 else spaces.MultiDiscrete(nvec)
    distribution, rng = Categorical(space), np.random.default_rng(0)
    logits = np.tile(rng.normal(size=sum(nvec)), (20_000, 1)).astype("float32")
    actions = distribution.sample(logits, rng)
    log_prob = distribution.log_prob(tf.constant(logits), tf.constant(actions)).numpy()
    entropy = distribution.entropy(tf.constant(logits[:1])).numpy()[0]
    assert -log_prob.mean() == pytest.approx(entropy, abs=0.03)
    _, places, counts = np.unique(actions, axis=0, return_index=True, return_counts=True)
    np.testing.assert_allclose(counts / 20_000, np.exp(log_prob[places]), atol=0.02)
    likeliest = distribution.log_prob(logits[:1], tf.constant(distribution.mode(logits[:1])))
    assert likeliest.numpy()[0] == pytest.approx(log_prob.max())


def test_gaussian_is_the_normal_distribution():
    from scipy import stats

    distribution, rng = DiagonalGaussian(spaces.Box(-1, 1, (2,))), np.random.default_rng(0)
    parameters = np.tile([0.5, -1, 0.2, -0.7], (20_000, 1)).astype("float32")
    actions = distribution.sample(parameters, rng)
    normal = stats.norm([0.5, -1], np.exp([0.2, -0.7]))
    found = distribution.log_prob(tf.constant(parameters), tf.constant(actions))
    np.testing.assert_allclose(found, normal.logpdf(actions).sum(-1), rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(actions.std(0), normal.std(), rtol=0.03)
    entropy = distribution.entropy(tf.constant(parameters[:1])).numpy()[0]
    assert entropy == pytest.approx(normal.entropy().sum(), rel=1e-4)


def test_append_weights_is_a_layer(tmp_path):
    x = cases.random_input((4, 3))
    config = {"units": 2, "initializer": keras.initializers.Constant(0.5)}
    layer = AppendWeights(**config)
    np.testing.assert_allclose(cases.to_numpy(layer(x))[:, 3:], 0.5)
    config["initializer"] = keras.initializers.serialize(config["initializer"])
    cases.run_layer_test(AppendWeights, config, x, (4, 5), 1, 0, tmp_path)


def test_what_does_not_fit_is_refused():
    with pytest.raises(InputError, match=r"output does not fit.*\(None, 3\).*\(None, 4\)"):
        agent(4).fit(vector(4), 100, verbose=0)
    with pytest.raises(InputError, match="must divide rollout_steps"):
        agent().fit(vector(3), 100, verbose=0)
    with pytest.raises(InputError, match="Received: MultiBinary"):
        distribution_of(spaces.MultiBinary(3))
    with pytest.raises(ValueError, match=r"lam.*Received: lam=2"):
        agent(lam=2)
