"""Monitor files, TensorBoard, the best weights, normalisation, and the check of environments."""

import json

import gymnasium
import numpy as np
import pandas as pd
import pytest
from gymnasium import spaces
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from kerasuite.errors import InputError, KerasuiteError
from kerasuite.layers import RunningNormalization
from kerasuite.rl import TD3Agent, default_actor, default_critic
from kerasuite.rl.env_checker import check_environment
from kerasuite.rl.environments import Environments
from kerasuite.rl.monitoring import BestModel, Monitor, TensorBoard, read_monitor
from kerasuite.rl.processors import Moments, Normalizer
from tests import cases
from tests.rl.environments import Broken, ContinuousIdentity, Count, Identity, vector
from tests.rl.test_dqn import agent, net, weights


def test_other_tools_read_the_monitor_file(tmp_path):
    made = agent()
    made.fit(vector(2), 105, callbacks=[Monitor(tmp_path / "monitor.csv")], verbose=0)
    with (tmp_path / "monitor.csv").open() as file:  # as stable-baselines3's load_results does
        first = file.readline()
        table = pd.read_csv(file, index_col=None)
    assert first[0] == "#" and {"t_start", "env_id"} == json.loads(first[1:]).keys()
    assert table["l"].tolist() == [10] * 10 and table["steps"].tolist()[-2:] == [100, 100]
    rows = read_monitor(tmp_path / "monitor.csv")
    assert [row["r"] for row in rows] == table["r"].tolist()


def test_a_monitor_goes_on_where_the_agent_does(tmp_path):
    path, made = tmp_path / "monitor.csv", agent()
    made.fit(Identity(), 50, callbacks=[Monitor(path)], verbose=0)
    made.save_state(tmp_path / "state.npz")
    made.fit(Identity(), 100, callbacks=[Monitor(path)], verbose=0, initial_step=made.step)
    assert [row["steps"] for row in read_monitor(path)] == list(range(10, 101, 10))
    again = agent()
    again.load_state(tmp_path / "state.npz", Identity())
    again.fit(Identity(), 80, callbacks=[Monitor(path)], verbose=0, initial_step=again.step)
    assert [row["steps"] for row in read_monitor(path)] == list(range(10, 81, 10))
    with path.open("a") as file:
        file.write("1.0,10")
    assert len(read_monitor(path)) == 8
    path.write_text("else")
    with pytest.raises(InputError, match="no monitor file"):
        read_monitor(path)


def test_tensorboard_has_figures_by_steps(tmp_path):
    made = agent()
    made.fit(vector(2), 200, callbacks=[TensorBoard(tmp_path, interval=50)], verbose=0)
    events = EventAccumulator(str(tmp_path), {"tensors": 0})
    events.Reload()
    tags = set(events.Tags()["tensors"])
    assert {"rollout/ep_rew_mean", "rollout/ep_len_mean", "train/loss", "time/fps"} <= tags
    assert [e.step for e in events.Tensors("time/fps")] == [50, 100, 150, 200]


def test_the_best_weights_are_kept_and_training_stops(tmp_path):
    path, made = tmp_path / "best.weights.h5", agent()
    best = BestModel(path, vector(5), interval=100, nb_episodes=5, stop_at=9.0)
    made.fit(Identity(), 5000, callbacks=[best], verbose=0)
    assert made.step < 5000 and best.best >= 9.0
    assert best.best == max(mean for _, mean in best.results)
    again = agent(seed=9)
    again.load_weights(path)
    for a, b in zip(weights(made), weights(again), strict=True):
        np.testing.assert_array_equal(a, b)  # it stopped at the best


def test_moments_are_those_of_all_that_was_seen():
    rng, moments, seen = np.random.default_rng(0), Moments(), []
    for size in (1, 3, 50):
        seen.append(rng.normal(5, [1, 100], (size, 2)))
        moments.update(seen[-1])
    every = np.concatenate(seen)
    np.testing.assert_allclose(moments.mean, every.mean(0))
    np.testing.assert_allclose(moments.std, every.std(0), rtol=1e-6)
    again = Moments()
    again.restore(moments.state())
    np.testing.assert_array_equal(again.std, moments.std)


def test_rewards_are_divided_by_the_deviation_of_their_discounted_sums():
    class Swinging(Count):
        def step(self, action):
            result = super().step(action)
            return result[0], float(np.sin(self.now)) * 50, *result[2:]

    processor = Normalizer(observations=False, rewards=True, gamma=0.9)
    processor.training = True
    environments = Environments(Swinging(length=6), processor)
    environments.reset(0)
    total, sums = 0.0, []
    for _ in range(60):
        row = environments.step(np.zeros(1, int))
        total = 0.9 * total + environments.rewards[0]
        sums.append(total)
        wanted = np.clip(environments.rewards[0] / np.sqrt(np.var(sums) + 1e-8), -10, 10)
        assert row.rewards[0] == pytest.approx(wanted, rel=1e-5)
        total *= not row.terminated[0]
    processor.training = False
    environments.step(np.zeros(1, int))
    assert processor.rewards.count == 60


def test_episodes_count_in_the_environments_own_rewards():
    made = agent(net(1, 2), 2, processor=Normalizer(rewards=True))
    history = made.fit(vector(2, Count, length=4), 40, verbose=0).history
    assert history["episode_reward"][:2] == [6, 6]


def test_running_normalization(tmp_path):
    layer = RunningNormalization(clip=2.0)
    x = cases.random_input((4, 3))
    layer(x)
    layer.mean.assign([1.0, 2.0, 3.0])
    layer.std.assign([0.5, 1.0, 9.0])
    wanted = np.clip((x - [1, 2, 3]) / [0.5, 1, 9], -2, 2)
    np.testing.assert_allclose(cases.to_numpy(layer(x)), wanted, rtol=1e-5)
    with pytest.raises(ValueError, match="clip=0"):
        RunningNormalization(clip=0)
    cases.run_layer_test(RunningNormalization, {"clip": 5.0}, x, (4, 3), 0, 2, tmp_path)


class Strange(Identity):
    """Breaks what `how` says."""

    def __init__(self, how):
        super().__init__(masked=how == "mask")
        self.how = how
        if how == "text":
            self.observation_space = spaces.Text(5)

    def _observe(self):
        observation, info = super()._observe()
        if self.how == "unseeded":
            observation = np.random.default_rng().random(3, np.float32)
        if self.how == "shape":
            observation = np.zeros(5, np.float32)
        if self.how == "mask":
            info = {"action_mask": np.zeros(3, np.int8)}
        return ("text" if self.how == "text" else observation), info


def test_good_environments_pass():
    assert check_environment(Identity()) == []
    assert check_environment(Identity(masked=True)) == []
    assert check_environment(gymnasium.make("CartPole-v1")) == []


@pytest.mark.parametrize("how", ["nan", "reward", "raise", "old", "shape"])
def test_broken_environments_are_refused(how):
    with pytest.raises(InputError, match="Broken"):
        check_environment(Broken(how))


@pytest.mark.parametrize(
    ("how", "message"),
    [("shape", "the shape of its"), ("mask", "0 actions allowed"), ("text", "API|arrays")],
)
def test_strange_environments_are_refused(how, message):
    with pytest.raises(InputError, match=message):
        check_environment(Strange(how))


def test_what_cannot_be_repeated_or_is_large_is_said():
    class Large(Count):
        now = 0

        def _observe(self):
            return super()._observe() + 1000

    assert any("observations reach" in w for w in check_environment(Large()))
    try:
        warnings = check_environment(Strange("unseeded"))
    except InputError as e:  # Gymnasium's own check of seeds
        warnings = [str(e)]
    assert any("same" in w or "deterministic" in w or "equivalent" in w for w in warnings)


def test_a_checked_environment_can_still_be_used():
    env = Identity()
    check_environment(env)
    assert env.reset(seed=1)[0].shape == (3,)


def test_actions_that_are_not_finite_stop_the_agent_and_name_the_weights():
    both = ContinuousIdentity.observation_space, ContinuousIdentity.action_space
    made = TD3Agent(1, default_actor(*both), default_critic(*both))
    made.compile("adam")
    weight = made.actor.layers[1].kernel
    weight.assign(np.full(weight.shape, np.nan))
    made.weights_changed()
    with pytest.raises(KerasuiteError, match=f"action became nan after 0 steps.*{weight.path}"):
        made.test(ContinuousIdentity(), 1, verbose=0)
