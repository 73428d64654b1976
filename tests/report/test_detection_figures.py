import numpy as np
import pytest

from kerasuite.evaluation.detection import Boxes
from kerasuite.report.detection_figures import (
    ap_bars,
    box_colours,
    box_sheet,
    precision_recall,
)

NAMES = ("cat", "dog & co")


def test_every_class_has_a_colour():
    colours = box_colours(("background", *map(str, range(12))))
    assert colours.shape == (13, 3) and np.isfinite(colours).all()


def test_a_sheet_shows_boxes_and_scores():
    pictures = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), "uint8")
    truths = [Boxes(np.array([[2, 3, 20, 30.0]]), np.array([1]))] * 3
    box = Boxes(np.array([[0, 0, 20, 30.0]] * 2), np.array([1, 0]), np.array([0.87, 0.1]))
    nothing = Boxes(np.zeros((0, 4)), np.zeros(0, int), np.zeros(0))
    figure = box_sheet(pictures, truths, [box, nothing, box], NAMES, name="sheet")
    assert figure.data.count(b"<image") == 3
    # What is less sure than the least score is not drawn.
    assert figure.data.count(b"dog &amp; co 0.87") == 2 and b"cat 0.10" not in figure.data
    assert b"prefers-color-scheme:dark" in figure.data
    figure = box_sheet(pictures, truths, [box, nothing, box], NAMES, least=0.1)
    assert figure.data.count(b"cat 0.10") == 2 and "from 0.1 on" in figure.caption
    with pytest.raises(ValueError, match="At least one picture"):
        box_sheet(pictures[:0], [], [], NAMES)


def test_curves():
    curves = [{"name": f"k{i}", "precision": [1.0, 0.1 * i, 0.0]} for i in range(10)]
    figure = precision_recall(curves)
    # The legend names the eight hardest.
    assert b">k0<" in figure.data and b">k7<" in figure.data and b">k8<" not in figure.data
    assert "8 hardest of 10" in figure.caption
    with pytest.raises(ValueError, match="must have a class"):
        precision_recall([])


def test_bars():
    rows = [
        {"name": "cat", "ap": 0.5, "ap_50": 0.9},
        {"name": "dog", "ap": 0.1, "ap_50": 0.25},
        {"name": "cow", "ap": None, "ap_50": None},
    ]
    figure = ap_bars(rows)
    assert figure.name == "per_class" and b"dog" in figure.data and b"cow" not in figure.data
    assert b"25.0 %" in figure.data
    with pytest.raises(ValueError, match="that occurs"):
        ap_bars(rows[2:])
