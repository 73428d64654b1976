"""Callbacks of agents and of Keras, and what they are told."""

import json

import keras
import numpy as np

from kerasuite.rl.callbacks import (
    Callback,
    FileLogger,
    ModelIntervalCheckpoint,
    StopOnReward,
)
from tests.rl.environments import Count, Identity, vector
from tests.rl.test_dqn import agent, net


class Note(Callback):
    """Writes down what it is told."""

    def __init__(self):
        super().__init__()
        self.begun, self.ended, self.steps, self.actions = [], [], [], 0

    def on_episode_begin(self, episode, logs=None):
        self.begun.append(episode)

    def on_episode_end(self, episode, logs=None):
        self.ended.append((episode, logs["episode_reward"], logs["nb_episode_steps"]))

    def on_step_end(self, step, logs=None):
        assert logs["reward"].shape == logs["valid"].shape == logs["action"].shape
        self.steps.append(step)

    def on_action_end(self, action, logs=None):
        self.actions += 1


def test_episodes_are_told_and_counted():
    note, made = Note(), agent(net(1, 2), 2)
    history = made.fit(vector(2, Count, length=4), 40, callbacks=[note], verbose=0)
    assert note.begun == list(range(len(note.begun)))
    assert [e for e, _, _ in note.ended] == list(range(len(note.ended)))
    assert {n for _, _, n in note.ended} == {4}
    # Steps show 0, 1, 2, 3, then 5, 6, 7, 8, and so on: 5 shows the first of the next episode.
    assert [r for _, r, _ in note.ended[:4]] == [6, 6, 26, 26]
    assert history.history["episode_reward"] == [r for _, r, _ in note.ended]
    assert note.steps[-1] == made.step >= 40
    assert note.actions == len(note.steps)


def test_keras_callbacks_take_episodes_for_epochs():
    seen = []

    class Own(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append((epoch, logs["episode_reward"]))
            if len(seen) == 3:
                self.model.stop_training = True

    made = agent()
    made.fit(Identity(), 1000, callbacks=[Own()], verbose=0)
    assert [e for e, _ in seen] == [0, 1, 2] and made.step == 30


def test_files_and_weights_are_written(tmp_path):
    path = tmp_path / "log.json"
    checkpoint = ModelIntervalCheckpoint(tmp_path / "w_{step}.h5f", interval=50)
    made = agent()
    made.fit(Identity(), 105, callbacks=[FileLogger(path, interval=2), checkpoint], verbose=0)
    log = json.loads(path.read_text())
    assert log["episode"] == list(range(10)) and log["nb_episode_steps"] == [10] * 10
    assert log["loss"][0] is None and log["loss"][-1] > 0
    assert sorted(p.name for p in tmp_path.glob("w_*")) == ["w_100.h5f", "w_50.h5f"]


def test_stops_on_reward():
    made = agent()
    made.fit(Identity(), 5000, callbacks=[StopOnReward(9.0, episodes=5)], verbose=0)
    assert made.step < 5000


def test_loggers_print(capsys):
    made = agent()
    made.fit(Identity(), 60, verbose=2)
    assert "60/60: episode: 6, episode steps: 10, episode reward:" in capsys.readouterr().out
    made.fit(Identity(), 100, verbose=1, log_interval=50)
    out = capsys.readouterr().out
    assert "50/100: 4 episodes, episode_reward:" in out and "loss:" in out
    made.test(Identity(), 2)
    assert "Episode 2: reward:" in capsys.readouterr().out


def test_a_test_shares_episodes_out_and_changes_nothing():
    made = agent()
    made.fit(vector(2), 60, verbose=0)
    state, step, rows = made.rng.bit_generator.state, made.step, made.memory.nb_rows
    history = made.test(vector(3), 7, verbose=0)
    assert len(history.history["episode_reward"]) == 7
    again = made.test(vector(3), 7, verbose=0)
    np.testing.assert_array_equal(
        history.history["episode_reward"], again.history["episode_reward"]
    )
    assert (made.rng.bit_generator.state, made.step, made.memory.nb_rows) == (state, step, rows)
