"""COCO's measure of boxes."""

import numpy as np
import pytest

from kerasuite.evaluation.detection import Boxes, evaluate_detections, picture_f1

NAMES = ("cat", "dog")
BOX = [10.0, 10.0, 50.0, 50.0]


def truth(boxes, labels):
    return Boxes(np.array(boxes, "float32").reshape(-1, 4), np.array(labels, int))


def found(boxes, labels, scores):
    return Boxes(
        np.array(boxes, "float32").reshape(-1, 4), np.array(labels, int), np.array(scores, float)
    )


def test_perfect_answers(capsys):
    truths = [truth([BOX, [60, 60, 90, 80]], [0, 1]), truth([], [])]
    answers = [found([BOX, [60, 60, 90, 80]], [0, 1], [0.9, 0.8]), found([], [], [])]
    result = evaluate_detections(truths, answers, NAMES)
    for name in ("map", "map_50", "map_75", "average_recall"):
        assert result[name] == pytest.approx(1)
    assert [row["f1"] for row in result["per_class"]] == pytest.approx([1, 1])
    assert [p["f1"] for p in result["pictures"]] == [1, 1]
    assert capsys.readouterr().out == ""


def test_shifted_boxes_count_up_to_their_overlap():
    """40x40 moved by 5: IoU 35 / 45 = 0.78, so right at 0.5 to 0.75 and wrong from 0.8 on."""
    moved = [BOX[0] + 5, BOX[1], BOX[2] + 5, BOX[3]]
    result = evaluate_detections([truth([BOX], [0])], [found([moved], [0], [0.5])], NAMES)
    assert result["map_50"] == result["map_75"] == pytest.approx(1)
    assert [result["map"], result["average_recall"]] == pytest.approx([0.6, 0.6])


def test_average_precision_by_hand():
    """Right, wrong, right of three: precision 1 up to a recall of 1/3, 2/3 up to 2/3, then 0."""
    truths = [truth([BOX], [0])] * 3
    answers = [
        found([BOX], [0], [0.9]),
        found([[60, 60, 90, 90]], [0], [0.8]),
        found([BOX], [0], [0.7]),
    ]
    result = evaluate_detections(truths, answers, ("cat",))
    # COCO's 101 points: 0 to 0.33 are 34, 0.34 to 0.66 are 33.
    assert result["map_50"] == pytest.approx((34 * 1 + 33 * 2 / 3) / 101)
    (row,) = result["per_class"]
    assert row["ap_50"] == pytest.approx(result["map_50"]) and row["support"] == 3
    assert row["precision"] == pytest.approx(2 / 3) and row["recall"] == pytest.approx(0.66)
    assert len(result["curves"][0]["precision"]) == 101
    assert result["pictures"][0] == {"index": 1, "f1": 0}


def test_a_class_that_does_not_occur_is_left_out():
    answers = [found([BOX, BOX], [0, 1], [0.9, 0.95])]
    result = evaluate_detections([truth([BOX], [0])], answers, NAMES)
    assert result["map_50"] == pytest.approx(1)
    assert result["per_class"][1]["ap"] is None and result["per_class"][1]["support"] == 0
    assert [c["name"] for c in result["curves"]] == ["cat"]


def test_nothing_found():
    result = evaluate_detections([truth([BOX], [0])], [found([], [], [])], NAMES)
    assert result["map"] == result["map_50"] == result["average_recall"] == 0
    assert result["per_class"][0]["f1"] == 0


def test_wrong_class_is_wrong():
    result = evaluate_detections([truth([BOX], [0])], [found([BOX], [1], [0.9])], NAMES)
    assert result["map_50"] == 0


def test_f1_of_a_picture():
    true = truth([BOX, [60, 60, 90, 80]], [0, 1])
    assert picture_f1(true, found([BOX], [0], [0.9])) == pytest.approx(2 / 3)
    # The second box on the same thing is wrong, the one below the least score not counted.
    both = found([BOX, BOX, [60, 60, 90, 80]], [0, 0, 1], [0.9, 0.8, 0.4])
    assert picture_f1(true, both) == pytest.approx(2 / 4)
    assert picture_f1(truth([], []), found([BOX], [0], [0.2])) == 1
    assert picture_f1(truth([], []), found([BOX], [0], [0.9])) == 0


@pytest.mark.parametrize(
    ("truths", "answers", "message"),
    [
        ([truth([BOX], [0])], [], "1 and 0"),
        ([truth([BOX], [2])], [found([], [], [])], "`truths` must have labels from 0 to 1"),
        ([truth([BOX], [0])], [found([BOX], [-1], [1])], "`detections` must have labels"),
        ([truth([], [])], [found([], [], [])], "At least one true box"),
    ],
)
def test_what_does_not_fit(truths, answers, message):
    with pytest.raises(ValueError, match=message):
        evaluate_detections(truths, answers, NAMES)
