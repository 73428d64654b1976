"""gym_agent: settings, players that do as their agents, own environments, resumed runs, films."""

import dataclasses
import json
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from gymnasium import spaces
from PIL import Image

from kerasuite.app import find
from kerasuite.apps.gym_agent import app as gym_app
from kerasuite.apps.gym_agent import settings
from kerasuite.apps.gym_agent.agents import AGENTS
from kerasuite.apps.gym_agent.learning import Learning, saved_parts
from kerasuite.apps.gym_agent.plan import Plan, processor
from kerasuite.cli import main
from kerasuite.errors import InputError
from kerasuite.rl.environments import Environments
from kerasuite.rl.factory import make
from kerasuite.rl.player import Player, copy_normalizer, player_model
from tests.cases import read_csv
from tests.rl.environments import ContinuousIdentity, Identity, vector

OWN = "tests.rl.environments:Identity"
QUICK = ["--no-tensorboard", "--no-film", "--episodes", "4", "--validation-episodes", "4"]
TINY = '{"batch_size": 10, "train_interval": 10, "normalize_observations": true}'


class Choices(Identity):
    """Two choices at once; the second does not count."""

    def __init__(self):
        super().__init__(3)
        self.action_space = spaces.MultiDiscrete([3, 2])

    def step(self, action):
        return super().step(action[0])


class Two(ContinuousIdentity):
    """Two numbers with bounds of their own; the second does not count."""

    action_space = spaces.Box(np.float32([-1, -2]), np.float32([1, 3]))


class FromFive(Identity):
    """Its actions count from 5."""

    def __init__(self):
        super().__init__(3, masked=True)
        self.action_space = spaces.Discrete(3, start=5)

    def step(self, action):
        return super().step(action - 5)


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("KERASUITE_HOME", str(tmp_path))
    return tmp_path


def test_every_agent_has_settings_and_every_setting_is_known():
    assert settings.agents() == list(AGENTS)
    for agent in settings.agents():
        for env in settings.tuned(agent):
            changed = settings.table()[agent][env]
            settings.settings(agent, env, changed)  # refuses unknown names and other kinds
            default = settings.table()[agent]["default"]
            same = [name for name, value in changed.items() if default[name] == value]
            assert not same, f"{agent} on {env} repeats the default of {same}"


def test_options_change_settings():
    config = dataclasses.replace(
        find("gym_agent").preset("default"), steps=77, settings='{"gamma": 1, "steps": 5}'
    )
    found = config.resolved()
    assert found["steps"] == 77 and found["gamma"] == 1.0 and found["delta_clip"] == float("inf")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--env", "CartPol-v1"], "did you mean CartPole-v1"),
        (["--env", "tests.rl.environments:Nothing-v0"], "no environment"),
        (["--env", "Pendulum-v1"], "dqn chooses one of several actions"),
        (["--env-kwargs", "{"], "--env-kwargs must be a JSON object"),
        (["--wrappers", "FlattenObservatio"], "did you mean FlattenObservation"),
        (["--agent", "dqm"], "did you mean dqn"),
        (["--settings", '{"gama": 1}'], "did you mean gamma"),
        (["--settings", '{"gamma": "high"}'], "must be like 0.99"),
        (["--data", "mnist"], "environments are named by --env"),
        (["--env", "Blackjack-v1"], "flatten"),
    ],
)
def test_wrong_options_are_said(words, message, capfd, home):
    assert main(["train", "gym_agent", "--steps", "100", *words]) == 2
    assert message in capfd.readouterr().err.replace("\n", " ")
    assert not list((home / "runs" / "gym_agent").glob("*/*"))


PLAYERS = {
    "dqn": (FromFive, "dqn", {"enable_dueling_network": True, "enable_categorical": True}),
    "sarsa": (Identity, "sarsa", {}),
    "cem": (Identity, "cem", {}),
    "ppo": (Identity, "ppo", {"normalize_observations": True}),
    "a2c": (Identity, "a2c", {}),
    "sac": (FromFive, "sac", {}),
    "sac_numbers": (Two, "sac", {}),
    "ddpg": (Two, "ddpg", {"swinging_noise": 0.5}),
    "td3": (ContinuousIdentity, "td3", {"normalize_observations": True}),
    "naf": (ContinuousIdentity, "naf", {}),
    "ppo_choices": (Choices, "ppo", {}),
    "ppo_numbers": (ContinuousIdentity, "ppo", {"normalize_observations": True}),
}


@pytest.mark.parametrize("name", PLAYERS)
def test_a_player_does_what_its_agent_does(name, tmp_path):
    kind, agent_name, changes = PLAYERS[name]
    keras.utils.set_random_seed(3)
    found = settings.settings(agent_name, "own", {**changes, "hidden": [8]})
    normalizer, env = processor(found), vector(4, kind)
    environments = Environments(env, normalizer)
    environments.reset(0)
    actions = environments.action_space
    agent = AGENTS[agent_name].make(
        Plan(environments.observation_space, actions, found, normalizer, 3)
    )
    agent.check(environments)
    if normalizer is not None:
        rng = np.random.default_rng(0)
        normalizer.observations.update(
            rng.normal(0.4, 0.2, (9, *env.single_observation_space.shape))
        )
    model = player_model(
        lambda states, mask: AGENTS[agent_name].answer(agent, states, mask, actions),
        next(iter(agent.networks().values())),
        environments,
        normalizer,
    )
    copy_normalizer(normalizer, model)
    model.save(tmp_path / "player.keras")
    again = keras.saving.load_model(tmp_path / "player.keras")
    theirs, ours = (
        a.test(vector(4, kind), 8, verbose=0, seed=5).history["episode_reward"]
        for a in (agent, Player(again, 3))
    )
    assert theirs == pytest.approx(ours, abs=1e-5)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run left alone; one interrupted before a state was saved, one after; then resumed."""
    folder = tmp_path_factory.mktemp("runs")
    words = [
        "train", "gym_agent", "--env", OWN, "--env-kwargs", '{"masked": true}', "--agent",
        "cem", "--steps", "2000", "--envs", "2", "--epochs", "5", "--settings", TINY, *QUICK,
        "--max-episode-steps", "40",
    ]  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERASUITE_HOME", str(folder))
        assert main([*words, "--folder", str(folder / "alone")]) == 0
        whole = Learning.end
        for part in (1, 3):

            def interrupted(self, number, rewards, part=part):
                if number == part:
                    raise KeyboardInterrupt
                whole(self, number, rewards)

            killed = folder / f"killed{part}"
            patch.setattr(Learning, "end", interrupted)
            assert main([*words, "--no-publish", "--folder", str(killed)]) == 1
            assert saved_parts(killed, part) == part - 1
            patch.setattr(Learning, "end", whole)
            assert main(["train", "--resume", str(killed)]) == 0
    return folder / "alone", folder / "killed1", folder / "killed3"


@pytest.mark.parametrize("killed", [1, 2])
def test_a_resumed_run_ends_as_one_left_alone(runs, killed):
    pair = runs[0], runs[killed]
    a, b = (keras.saving.load_model(run / "model.keras").get_weights() for run in pair)
    for x, y in zip(a, b, strict=True):
        np.testing.assert_array_equal(x, y)
    a, b = (read_csv(run / "history.csv") for run in pair)
    assert [{**row, "seconds": 0} for row in a] == [{**row, "seconds": 0} for row in b]
    assert [row["epoch"] for row in a] == ["1", "2", "3", "4", "5"]
    a, b = ((run / "monitor.csv").read_text().splitlines()[2:] for run in pair)
    kept = [[line.split(",")[i] for i in (0, 1, 3)] for line in a]
    assert kept == [[line.split(",")[i] for i in (0, 1, 3)] for line in b]
    assert len(kept) == 200
    assert [p.name for p in (pair[1] / "checkpoints").glob("agent-*")] == ["agent-5.npz"]


@dataclasses.dataclass(frozen=True)
class Told:
    """Episodes whose mean rewards are known beforehand: of few episodes, and of more."""

    count: int
    seed: int
    few: list[float]
    more: list[float]

    def play(self, player):
        return np.full(self.count, (self.few if self.count == 4 else self.more).pop(0)), None


def test_what_seems_best_and_the_last_are_looked_at_longer():
    config = find("gym_agent").preset("default")
    validation = Told(4, 7, few=[9.0, 4.9, 5.0, 6.0, 2.0], more=[4.0, 5.0, 7.0, 3.0])
    learning = Learning(config, None, None, validation, 10, None)
    assert (learning.further.count, learning.further.seed) == (16, 11)
    # The first was lucky, the second falls short of it, the third seems as good, the fourth better.
    assert [learning.score(last) for last in (False,) * 4 + (True,)] == [5.0, 4.9, 5.0, 6.8, 2.8]
    assert not validation.few and not validation.more


def test_it_learned_and_said_how_sure_it_is(runs):
    metrics = json.loads((runs[0] / "metrics.json").read_text())
    evaluation = metrics["evaluation"]
    low, high = evaluation["episode_reward_interval"]
    assert low <= metrics["headline"]["episode_reward"] == evaluation["episode_reward"] <= high
    assert metrics["headline"]["episode_reward"] > evaluation["random_actions"]
    assert len(evaluation["rewards"]) == 4
    assert metrics["export"]["parity_max_difference"] < 1e-5


def test_the_saved_model_obeys_the_mask(runs):
    import tensorflow as tf

    saved = tf.saved_model.load(str(runs[0].parent / "saved_models" / "gym_agent" / "1"))
    masks = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 1]], "int8")
    answers = saved.signatures["serving_default"](
        observation=tf.eye(4, 3), action_mask=tf.constant(masks)
    )
    assert answers["action"].numpy()[:3].tolist() == [0, 1, 2] and answers["action"][3] > 0
    assert answers["values"].shape == (4, 3)


def test_seeds_of_training_are_never_those_of_the_test():
    from kerasuite.rl.episodes import episode_seed

    drawn = [episode_seed(seed, step) for seed in range(50) for step in range(-1, 100)]
    assert max(drawn) < 2**31
    starts = sorted((gym_app.VALIDATION_SEED, gym_app.TEST_SEED, gym_app.PLAY_SEED))
    assert starts[0] >= 2**31 + 100_000 and np.diff(starts).min() > 2**20


def test_play_writes_a_film(home, capsys):
    words = ["train", "gym_agent", "--agent", "cem", "--steps", "64", "--epochs", "1"]
    assert main([*words, *QUICK, "--no-publish", "--folder", str(home / "run")]) == 0
    assert main(["play", str(home / "run"), "--save", str(home / "a.gif")]) == 0
    assert "Reward" in capsys.readouterr().out
    with Image.open(home / "a.gif") as film:
        assert film.n_frames > 5 and film.size == (300, 200)
    assert main(["play", str(home / "run"), "--episodes", "0"]) == 2


def test_play_in_a_window(home, capfd, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    words = ["train", "gym_agent", "--agent", "cem", "--steps", "64", "--epochs", "1", *QUICK]
    words += ["--no-publish", "--max-episode-steps", "5"]
    assert main([*words, "--folder", str(home / "run")]) == 0
    play = ["play", str(home / "run"), "--window"]
    assert main(play) == 2
    assert "--window needs a display" in capfd.readouterr().err.replace("\n", " ")
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")  # a window that nobody sees
    assert main(play) == 0
    assert "Episode 1: reward: 5" in capfd.readouterr().out
    assert not (home / "run" / "play.gif").exists()
    assert main([*words, "--env", OWN, "--folder", str(home / "own")]) == 0
    assert main(["play", str(home / "own"), "--window"]) == 2
    assert "render mode human" in capfd.readouterr().err.replace("\n", " ")


class Crashing(Identity):
    """Crashes in its 900th step, as long as the file `crash` lies in the current folder."""

    count = 0

    def step(self, action):
        Crashing.count += 1
        if Crashing.count == 900 and Path("crash").exists():
            raise RuntimeError("the simulator crashed")
        return super().step(action)


def test_an_environment_that_crashes_leaves_a_run_that_goes_on(home, capfd, monkeypatch):
    monkeypatch.chdir(home)
    words = [
        "train", "gym_agent", "--env", "tests.apps.test_gym_agent:Crashing", "--agent", "cem",
        "--steps", "1000", "--envs", "1", "--epochs", "5", "--settings", TINY, *QUICK,
        "--max-episode-steps", "20", "--no-publish",
    ]  # fmt: skip
    assert main([*words, "--folder", "whole"]) == 0
    Path("crash").touch()
    Crashing.count = 0
    assert main([*words, "--folder", "crashed"]) == 1
    assert "the simulator crashed" in capfd.readouterr().err.replace("\n", " ")
    done = len(read_csv(home / "crashed" / "history.csv"))
    assert 0 < done < 5 and (home / "crashed" / "monitor.csv").read_text().endswith("\n")
    Path("crash").unlink()
    assert main(["train", "--resume", "crashed"]) == 0
    a, b = (read_csv(home / name / "history.csv") for name in ("whole", "crashed"))
    assert [{**row, "seconds": 0} for row in a] == [{**row, "seconds": 0} for row in b]


def test_own_classes_of_the_current_folder_and_wrappers(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(
        "import gymnasium\n"
        "from tests.rl.environments import Count\n"
        "class Double(gymnasium.RewardWrapper):\n"
        "    def reward(self, reward):\n"
        "        return 2 * reward\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    wrappers = ["mine:Double", 'FrameStackObservation:{"stack_size": 2}']
    env = make("mine:Count", 2, {"length": 3}, wrappers, max_episode_steps=2)
    assert env.reset(seed=0)[0].shape == (2, 2, 1)
    env.step([0, 0])
    _, rewards, _, truncated, _ = env.step([0, 0])
    assert rewards.tolist() == [2.0, 2.0] and truncated.all()


def test_a_setting_of_another_kind_is_refused():
    with pytest.raises(InputError, match="positive integers"):
        settings.settings("dqn", "x", {"hidden": [0]})
    with pytest.raises(InputError, match="must be like true"):
        settings.settings("dqn", "x", {"enable_double_dqn": 1})
