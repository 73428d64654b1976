"""McCulloch-Pitts units compute what the paper says, and gates what logic says."""

import itertools

import numpy as np
import pytest

from kerasuite.layers import McCullochPitts
from kerasuite.models.gates import LogicGate
from tests.cases import check_saving, random_input, run_layer_test, to_numpy

CORNERS = np.array(list(itertools.product([0, 1], repeat=2)), "float32")
TRUTH = {
    "and": [0, 0, 0, 1],
    "or": [0, 1, 1, 1],
    "nor": [1, 0, 0, 0],
    "nand": [1, 1, 1, 0],
    "xor": [0, 1, 1, 0],
}


@pytest.mark.parametrize("gate", TRUTH)
def test_gates(gate, tmp_path):
    model = LogicGate(gate)
    assert to_numpy(model(CORNERS))[:, 0].tolist() == TRUTH[gate]
    assert model.trainable_weights == []
    check_saving(model, CORNERS, tmp_path)


def test_not():
    assert to_numpy(LogicGate("not")(np.array([[0.0], [1.0]])))[:, 0].tolist() == [1, 0]


def test_the_layer_as_every_layer(tmp_path):
    config = {"connections": [[1, 2, -1], [0, 1, 1]], "thresholds": [2, 1]}
    run_layer_test(McCullochPitts, config, random_input((5, 3)), (5, 2), 0, 2, tmp_path)


def test_one_active_inhibition_outvotes_all_excitation():
    layer = McCullochPitts([[5, 5, -1]], [1])
    inputs = list(itertools.product([0, 1], repeat=3))
    expected = [float((5 * a + 5 * b >= 1) and not c) for a, b, c in inputs]
    assert to_numpy(layer(np.array(inputs, "float32")))[:, 0].tolist() == expected


@pytest.mark.parametrize(
    ("connections", "thresholds", "hint"),
    [
        ([], [], "connections"),
        ([[1, 1], [1]], [1, 1], "connections"),
        ([[1, -2]], [1], "at least -1"),
        ([[0.5, 1]], [1], "whole numbers"),
        ([[1, 1]], [1, 2], "thresholds"),
        ([[1, 1]], [-1], "thresholds"),
    ],
)
def test_refusals(connections, thresholds, hint):
    with pytest.raises(ValueError, match=f"(?s){hint}.*Received: "):
        McCullochPitts(connections, thresholds)


def test_no_such_gate():
    with pytest.raises(ValueError, match="gate='maybe'"):
        LogicGate("maybe")
