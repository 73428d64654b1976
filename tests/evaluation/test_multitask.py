import numpy as np
import pytest

from kerasuite.evaluation.multitask import evaluate_tasks, residual_shares
from kerasuite.models.cross_residual import CrossResidualNet

TASKS = (("colour", ("red", "blue")), ("size", ("s", "m", "l")))


def test_tasks_alone_and_together():
    labels = np.array([[0, 0], [1, 1], [0, 2], [1, 0]])
    said = np.array([[0, 0], [1, 2], [1, 2], [0, 1]])  # right: both, one, one, none
    probabilities = {t: np.eye(len(c))[said[:, i]] for i, (t, c) in enumerate(TASKS)}
    result = evaluate_tasks(labels, probabilities, TASKS)
    assert result["mean_accuracy"] == 0.5 and result["joint_accuracy"] == 0.25
    assert result["colour_accuracy"] == 0.5 and result["size_accuracy"] == 0.5
    assert result["tasks"]["size"]["class_names"] == ["s", "m", "l"]
    with pytest.raises(ValueError, match="a column for each task"):
        evaluate_tasks(labels[:, :1], probabilities, TASKS)


def test_shares_of_three_tasks_name_their_sources():
    classes = {"b": 2, "a": 3, "c": 4}
    net = CrossResidualNet(input_shape=(8, 8, 1), classes=classes, width=2, blocks=2)
    kernel = net.get_layer("a_stage3_2_from_c_conv").kernel
    kernel.assign(0 * kernel)
    for norm in ("a_stage3_2_from_c_norm",):
        net.get_layer(norm).beta.assign(0 * net.get_layer(norm).beta)
    records = residual_shares(net, np.random.default_rng(0).random((4, 8, 8, 1)))
    assert len(records) == 6
    (silenced,) = [r["shares"] for r in records if (r["task"], r["block"]) == ("a", 2)]
    assert silenced["c"] == 0 and silenced["b"] > 0
    assert all(sum(r["shares"].values()) == pytest.approx(1) for r in records)
