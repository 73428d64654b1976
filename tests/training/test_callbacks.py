"""The learning rate is a function of the epoch; the progress bar draws without being in the way."""

import io

import keras
import numpy as np
import pytest
from rich.console import Console

from kerasuite.errors import KerasuiteError
from kerasuite.training.callbacks import Checkpoint, ProgressBar, schedule
from kerasuite.training.picture_gans import Pix2Pix
from kerasuite.training.state import History


def rates(kind, epochs, warmup):
    callback = schedule(kind, 0.1, epochs, warmup)
    return [callback.schedule(epoch) for epoch in range(epochs)]


def test_cosine_rises_then_falls():
    found = rates("cosine", 12, 3)
    assert found[:4] == pytest.approx([0.025, 0.05, 0.075, 0.1])
    assert found[3:] == sorted(found[3:], reverse=True)
    assert found[3 + 9 // 2] == pytest.approx(0.05 * (1 + np.cos(np.pi * 4 / 9)))


def test_constant():
    assert rates("constant", 4, 1) == pytest.approx([0.05, 0.1, 0.1, 0.1])


def test_steps():
    found = rates("steps", 90, 0)
    falls = [i for i in range(1, 90) if found[i] != found[i - 1]]
    assert falls == [30, 60] and found[::30] == pytest.approx([0.1, 0.01, 0.001])


@pytest.mark.parametrize(("kind", "warmup"), [("linear", 0), ("cosine", 5), ("cosine", -1)])
def test_wrong_schedules_are_refused(kind, warmup):
    with pytest.raises(ValueError, match="Received: "):
        schedule(kind, 0.1, 5, warmup)


@pytest.mark.parametrize("terminal", [True, False])
def test_progress(terminal):
    output = io.StringIO()
    console = Console(file=output, force_terminal=terminal, width=120)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.zeros((8, 2), "float32")
    bar = ProgressBar(console, first_epoch=1)
    model.fit(x, x[:, :1], batch_size=4, initial_epoch=1, epochs=3, verbose=0, callbacks=[bar])
    shown = output.getvalue()
    assert "3/3" in shown and "loss" in shown
    if terminal:
        assert "6/6" in shown  # steps, those of the epoch done before counted


def test_a_part_of_a_loss_that_is_lost_is_named(tmp_path):
    """pix2pix without an adversary has no other figure than its difference."""
    net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model = Pix2Pix(net, net, adversarial=0.0)
    checkpoint = Checkpoint(tmp_path, History("val_distance", "min"))
    checkpoint.set_model(model)
    with pytest.raises(KerasuiteError, match="The l1 became inf in epoch 1"):
        checkpoint.on_epoch_end(0, {"l1": float("inf"), "val_distance": 1.0})
    assert not list((tmp_path / "checkpoints").iterdir())


def test_a_loss_that_is_lost_is_named(tmp_path):
    checkpoint = Checkpoint(tmp_path, History("val_distance", "min"))
    with pytest.raises(
        KerasuiteError, match=r"discriminator loss became nan in epoch 3.*last good"
    ):
        checkpoint.on_epoch_end(2, {"generator_loss": 1.0, "discriminator_loss": float("nan")})
    assert not list((tmp_path / "checkpoints").iterdir())
