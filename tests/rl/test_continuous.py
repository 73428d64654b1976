"""DDPG, TD3, SAC, NAF and A2C: they learn, repeat themselves, resume; their losses are the
papers'."""

import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasuite.errors import InputError
from kerasuite.rl import (
    A2CAgent,
    DDPGAgent,
    NAFAgent,
    PPOAgent,
    SACAgent,
    SequentialMemory,
    TD3Agent,
    default_actor,
    default_critic,
)
from kerasuite.rl.callbacks import Callback
from kerasuite.rl.networks import dense_network
from kerasuite.rl.random import GaussianWhiteNoiseProcess, OrnsteinUhlenbeckProcess
from tests.rl.environments import ContinuousIdentity, Identity, vector

SPACES = ContinuousIdentity.observation_space, ContinuousIdentity.action_space
COMMON = {"gamma": 0.5, "batch_size": 64, "train_interval": 16, "gradient_steps": 8, "seed": 1}
RATE = 1e-2


def ddpg(**kwargs):
    noise = {"random_process": OrnsteinUhlenbeckProcess(theta=0.15, sigma=0.3)}
    settings = {**COMMON, **noise, "target_model_update": 0.05, **kwargs}
    return DDPGAgent(
        1,
        default_actor(*SPACES, hidden=(32,)),
        default_critic(*SPACES, hidden=(32,)),
        memory=SequentialMemory(2000),
        nb_steps_warmup_critic=100,
        nb_steps_warmup_actor=200,
        **settings,
    )


def td3(**kwargs):
    return TD3Agent(
        1,
        default_actor(*SPACES, hidden=(32,)),
        default_critic(*SPACES, hidden=(32,)),
        memory=SequentialMemory(2000),
        nb_steps_warmup=100,
        target_model_update=0.05,
        **{**COMMON, **kwargs},
    )


def sac(discrete=False, **kwargs):
    actor = dense_network((3,), 3, (32,)) if discrete else dense_network((1,), 2, (32,))
    critic = default_critic(*SPACES, hidden=(32,))
    return SACAgent(
        3 if discrete else 1,
        actor,
        dense_network((3,), 3, (32,)) if discrete else critic,
        memory=SequentialMemory(2000),
        nb_steps_warmup=100,
        target_model_update=0.05,
        initial_temperature=0.1,
        **{**COMMON, "target_entropy": 0.1 if discrete else -3.0, **kwargs},
    )


def naf(**kwargs):
    return NAFAgent(
        dense_network((1,), 1, (32,)),
        dense_network((1,), 1, (32,)),
        default_actor(*SPACES, hidden=(32,)),
        1,
        memory=SequentialMemory(2000),
        nb_steps_warmup=100,
        random_process=GaussianWhiteNoiseProcess(sigma=0.4),
        target_model_update=0.05,
        **{**COMMON, **kwargs},
    )


def a2c(seed=1):
    return A2CAgent(
        dense_network((1,), 1, (32,), "tanh"),
        dense_network((1,), 1, (32,), "tanh"),
        gamma=0.5,
        rollout_steps=8,
        log_std=-1.0,
        normalize_advantage=True,
        seed=seed,
    )


AGENTS = {"ddpg": ddpg, "td3": td3, "sac": sac, "naf": naf, "a2c": a2c}


def made(make, jit_compile=False, **kwargs):
    """The same nets each time; XLA takes seconds to compile, so only some use it."""
    keras.utils.set_random_seed(0)
    agent = make(**kwargs)
    agent.compile(keras.optimizers.Adam(RATE), jit_compile=jit_compile)
    return agent


def weights(agent):
    arrays = [w for net in agent.networks().values() for w in net.get_weights()]
    return np.concatenate([a.ravel() for a in arrays])


def batch(size=6, seed=0):
    """A batch of `ContinuousIdentity`, and noise."""
    rng = np.random.default_rng(seed)
    names = ("state0", "state1", "action", "noise", "noise0", "noise1")
    found = {n: rng.uniform(-1, 1, (size, 1)).astype("float32") for n in names}
    found["reward"] = rng.normal(size=size).astype("float32")
    found["discount"] = rng.choice([0, 0.5], size).astype("float32")
    found["weight"] = np.ones(size, "float32")
    return found


def prepared(make, **kwargs):
    """An agent whose target nets differ from its nets."""
    agent = made(make, **kwargs)
    agent.test(vector(1, ContinuousIdentity), 1, verbose=0)
    rng = np.random.default_rng(5)
    for net in agent.targets.nets:
        net.set_weights([rng.normal(size=w.shape) for w in net.get_weights()])
    return agent


@pytest.mark.parametrize("name", AGENTS)
def test_learns_the_identity_and_goes_on_as_if_it_had_not_been_killed(name, tmp_path):
    env, path, kept = vector(4, ContinuousIdentity), tmp_path / "state.npz", tmp_path / "kept.npz"
    nb_steps = 3840 if name == "a2c" else 1920
    settings = {"verbose": 0, "checkpoint": path, "checkpoint_interval": 640}

    class Keep(Callback):
        def on_step_end(self, step, logs=None):
            if step > nb_steps - 600 and not kept.exists():
                shutil.copy(path, kept)

    whole, resumed = made(AGENTS[name]), made(AGENTS[name])
    whole.fit(env, nb_steps, callbacks=[Keep()], **settings)
    resumed.load_state(kept, env)
    assert nb_steps - 640 <= resumed.step < nb_steps - 600
    resumed.fit(env, nb_steps, initial_step=resumed.step, **settings)
    assert resumed.step == whole.step
    np.testing.assert_array_equal(weights(whole), weights(resumed))
    assert whole._learn.experimental_get_tracing_count() == 1
    assert np.isfinite(list(whole.metrics.values())).all()
    rewards = whole.test(env, 8, verbose=0).history["episode_reward"]
    assert np.mean(rewards) > -1.5  # random actions: -6.7


def test_discrete_sac_learns_the_identity_with_masks():
    agent = made(sac, discrete=True)
    env = vector(4, masked=True)
    agent.fit(env, 2000, verbose=0)
    assert agent.test(env, 4, verbose=0).history["episode_reward"] == [10.0] * 4
    # The temperature holds the entropy where it should be.
    assert agent.metrics["entropy"] == pytest.approx(0.1, abs=0.1)


def test_ddpg_has_the_papers_loss():
    agent, step = prepared(ddpg), batch()
    actor, critic = agent.targets.nets
    after = critic([actor(step["state1"]).numpy(), step["state1"]]).numpy()[:, 0]
    value = agent.critics.models[0]([step["action"], step["state0"]]).numpy()[:, 0]
    expected = step["reward"] + step["discount"] * after - value
    loss, error, _ = agent._critic_loss(step)
    np.testing.assert_allclose(error, expected, rtol=1e-4, atol=1e-5)
    assert float(loss) == pytest.approx(np.mean(expected**2) / 2, rel=1e-4)
    actions = agent.actor(step["state0"]).numpy()
    values = agent.critics.models[0]([actions, step["state0"]]).numpy()
    assert float(agent._actor_loss(step)) == pytest.approx(-values.mean(), rel=1e-4)


def test_td3_believes_the_lesser_critic_at_a_blurred_action():
    agent, step = prepared(td3, target_noise=0.8, target_noise_clip=0.5), batch()
    actor, *critics = agent.targets.nets
    actions = actor(step["state1"]).numpy() + np.clip(0.8 * step["noise"], -0.5, 0.5)
    inputs = [np.clip(actions, -1, 1), step["state1"]]
    after = np.minimum(*(critic(inputs).numpy()[:, 0] for critic in critics))
    target = step["reward"] + step["discount"] * after
    inputs = [step["action"], step["state0"]]
    errors = [target - critic(inputs).numpy()[:, 0] for critic in agent.critics.models]
    loss, error, _ = agent._critic_loss(step)
    np.testing.assert_allclose(error, errors[0], rtol=1e-4, atol=1e-5)
    assert float(loss) == pytest.approx(np.square(errors).mean(axis=1).sum() / 2, rel=1e-4)


def test_td3_delays_actor_and_targets():
    agent = prepared(td3)
    step = {n: tf.constant(x) for n, x in batch().items()}
    step["actor_learns"] = tf.constant(True)
    moved = []
    for _ in range(4):
        before, target = agent.actor.get_weights()[0], agent.targets.nets[1].get_weights()[0]
        critic = agent.critics.models[1].get_weights()[0]
        agent._gradient_step(step)
        assert (agent.critics.models[1].get_weights()[0] != critic).any()
        moved.append((agent.actor.get_weights()[0] != before).any())
        assert (agent.targets.nets[1].get_weights()[0] != target).any() == moved[-1]
    assert moved == [False, True, False, True]


def test_fused_steps_equal_steps_one_by_one():
    fused, plain = made(td3, jit_compile=True), made(td3)
    steps = [batch(seed=seed) for seed in range(4)]
    for step in steps:
        step["actor_learns"] = np.array(True)
    for agent in (fused, plain):
        agent.test(vector(1, ContinuousIdentity), 1, verbose=0)
    fused._learn({n: np.stack([step[n] for step in steps]) for n in steps[0]})
    for step in steps:
        plain._gradient_step({n: tf.constant(x) for n, x in step.items()})
    np.testing.assert_allclose(weights(fused), weights(plain), atol=1e-5)
    assert np.abs(weights(fused) - weights(made(td3))).max() > 1e-3


def test_sac_has_the_papers_losses():
    agent, step, alpha = prepared(sac), batch(), 0.3

    def policy(which):
        """Actions and the logarithms of their densities, by the change of variables."""
        mean, log_std = np.split(agent.actor(step[f"state{which}"]).numpy().astype("f8"), 2, -1)
        noise = step[f"noise{which}"]
        x = mean + np.exp(log_std) * noise
        normal = -(noise**2) / 2 - log_std - np.log(2 * np.pi) / 2
        return np.tanh(x), (normal - np.log(1 - np.tanh(x) ** 2))[:, 0]

    def value(nets, actions, which):
        found = [net([actions.astype("f4"), step[f"state{which}"]]).numpy()[:, 0] for net in nets]
        return np.array(found)

    actions, log_prob = policy(1)
    after = value(agent.targets.nets, actions, 1).min(axis=0) - alpha * log_prob
    errors = step["reward"] + step["discount"] * after
    errors = errors - value(agent.critics.models, step["action"], 0)
    loss, error, _ = agent._critic_loss(step, alpha)
    np.testing.assert_allclose(error, errors[0], rtol=1e-3, atol=1e-4)
    assert float(loss) == pytest.approx((errors**2).mean(axis=1).sum() / 2, rel=1e-3)
    actions, log_prob = policy(0)
    expected = alpha * log_prob - value(agent.critics.models, actions, 0).min(axis=0)
    loss, entropy = agent._actor_loss(step, alpha)
    assert float(loss) == pytest.approx(expected.mean(), rel=1e-3)
    assert float(entropy) == pytest.approx(-log_prob.mean(), rel=1e-3)


def test_discrete_sac_takes_exact_expectations():
    agent = made(sac, discrete=True)
    agent.test(Identity(), 1, verbose=0)
    step = {**batch(3), "state0": np.eye(3, dtype="f4"), "state1": np.eye(3, dtype="f4")[::-1]}
    step |= {"action": np.array([0, 2, 1]), "mask0": None, "mask1": np.eye(3, dtype=bool) ^ True}
    logits = np.where(step["mask1"], agent.actor(step["state1"]).numpy(), -np.inf)
    p = tf.nn.softmax(logits).numpy()
    q = np.minimum(*(net(step["state1"]).numpy() for net in agent.targets.nets))
    after = np.sum(p * (q - 0.3 * np.log(np.where(p > 0, p, 1))), axis=-1)
    value = agent.critics.models[0](step["state0"]).numpy()[range(3), step["action"]]
    _, error, _ = agent._critic_loss(step, 0.3)
    expected = step["reward"] + step["discount"] * after - value
    np.testing.assert_allclose(error, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("mode", ["full", "diag"])
def test_nafs_value_is_quadratic_in_the_action(mode):
    nets = [dense_network((2,), n, (8,)) for n in (1, 6 if mode == "full" else 3, 3)]
    agent = NAFAgent(*nets, 3, covariance_mode=mode)
    states, actions = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("f4")
    states = states[:, :2]
    value, numbers, mu = (net(states).numpy() for net in nets)
    expected = []
    for i in range(5):
        lower = np.zeros((3, 3))
        lower[np.tril_indices(3) if mode == "full" else np.diag_indices(3)] = numbers[i]
        lower[np.diag_indices(3)] = np.exp(lower[np.diag_indices(3)])
        away = actions[i] - mu[i]
        expected.append(value[i, 0] - away @ lower @ lower.T @ away / 2)
    np.testing.assert_allclose(agent._values(states, actions), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(agent._values(states, mu), value[:, 0], rtol=1e-5)


def test_a2cs_gradient_is_the_plain_policy_gradient():
    agent = made(a2c)
    assert isinstance(agent, PPOAgent)
    agent.test(vector(1, ContinuousIdentity), 1, verbose=0)
    agent.normalize_advantage = False
    step = {"states": batch()["state0"], "actions": batch()["action"], "masks": None}
    step |= {"advantages": batch()["reward"], "returns": batch()["discount"]}
    step |= {"valid": np.ones(6, bool), "log_prob": agent._log_prob(step)[0]}
    with tf.GradientTape(persistent=True) as tape:
        loss, _ = agent._loss(step)
        plain = -tf.reduce_mean(agent._log_prob(step)[0] * step["advantages"])
    variables = [v.value for v in agent.actor.trainable_variables]
    for a, b in zip(tape.gradient(loss, variables), tape.gradient(plain, variables), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_a_second_critic_has_weights_of_its_own():
    x = [keras.Input((1,), name=name) for name in ("state", "action")]
    seeded = keras.initializers.GlorotUniform(seed=3)
    y = keras.layers.Dense(4, kernel_initializer=seeded)(keras.layers.Concatenate()(x))
    critic = keras.Model(x, keras.layers.Dense(1)(y))
    agent = TD3Agent(1, default_actor(*SPACES), critic)
    first, second = agent.critics.models
    assert (first.get_weights()[0] != second.get_weights()[0]).any()
    assert agent.critics.action_place == 1
    states, actions = np.full((1, 1), 2.0, "f4"), np.full((1, 1), 3.0, "f4")
    np.testing.assert_allclose(agent.critics.values(states, actions)[0], first([states, actions]))


def test_nets_of_keras_rl_have_an_axis_for_the_window():
    """As in its examples: the critic takes the action first, and flattens the window."""
    state, action = keras.Input((1, 1)), keras.Input((1,), name="action_input")
    actor = keras.Model(state, keras.layers.Dense(1, "tanh")(keras.layers.Flatten()(state)))
    both = keras.layers.Concatenate()([action, keras.layers.Flatten()(state)])
    critic = keras.Model([action, state], keras.layers.Dense(1)(both))
    settings = {"nb_actions": 1, "actor": actor, "critic": critic, "critic_action_input": action}
    agent = made(lambda: DDPGAgent(**settings, memory=SequentialMemory(100, window_length=1)))
    agent.test(vector(1, ContinuousIdentity), 1, verbose=0)
    states, actions = batch()["state0"], batch()["action"]
    (values,) = agent.critics.values(states, actions)
    np.testing.assert_allclose(values, critic([actions, states[:, None]]), rtol=1e-5)
    assert np.isfinite(agent._critic_loss(batch())[0])


def test_weights_are_saved_for_each_net(tmp_path):
    agent, other = made(td3), made(td3, seed=9)
    rng = np.random.default_rng(7)
    for net in agent.networks().values():
        net.set_weights([rng.normal(size=w.shape) for w in net.get_weights()])
    agent.save_weights(tmp_path / "td3.h5")
    names = ["td3_actor.h5", "td3_critic_1.h5", "td3_critic_2.h5"]
    assert sorted(p.name for p in tmp_path.iterdir()) == names
    other.load_weights(tmp_path / "td3.h5")
    np.testing.assert_array_equal(weights(agent), weights(other))
    np.testing.assert_array_equal(
        other.targets.nets[0].get_weights()[0], other.actor.get_weights()[0]
    )


def test_what_does_not_fit_is_refused():
    actor, critic = default_actor(*SPACES), default_critic(*SPACES)
    with pytest.raises(InputError, match=r"actor's output.*\(None, 2\).*Received: \(None, 1\)"):
        DDPGAgent(2, actor, critic)
    with pytest.raises(InputError, match="two inputs, an action and a state"):
        DDPGAgent(1, actor, keras.Model(critic.inputs, critic.layers[-2].output))
    with pytest.raises(InputError, match="critic_action_input must be"):
        DDPGAgent(1, actor, critic, critic_action_input=actor.input)
    with pytest.raises(InputError, match=r"Box of shape \(1,\).*Received: Discrete"):
        made(ddpg).fit(Identity(), 10)
    wide = made(lambda: TD3Agent(1, dense_network((3,), 1), critic))
    with pytest.raises(InputError, match=r"input does not fit.*Received: \(None, 3\)"):
        wide.fit(vector(1, ContinuousIdentity), 10)
    with pytest.raises(InputError, match="SACAgent, whose critic has one input"):
        made(sac, discrete=True).fit(vector(1, ContinuousIdentity), 10)
    with pytest.raises(InputError, match="L_model must take states only"):
        NAFAgent(dense_network((1,), 1), critic, actor, 1)
    with pytest.raises(ValueError, match="one optimizer or 2"):
        made(ddpg).compile([keras.optimizers.Adam()] * 3)
