import numpy as np
import pytest

from kerasuite.report.segmentation_figures import class_colours, iou_bars, mask_sheet, painted

NAMES = ("background", "cat", "dog & co")


def test_colours():
    colours = class_colours(NAMES)
    assert np.isnan(colours[0]).all() and not np.isnan(colours[1:]).any()
    assert len(np.unique(class_colours([str(i) for i in range(10)]), axis=0)) == 10
    assert class_colours([str(i) for i in range(30)]).shape == (30, 3)


def test_painted_leaves_the_background_grey():
    mask = np.array([[0, 1], [255, 2]])
    drawn = painted(np.full((2, 2, 3), 90, "uint8"), mask, NAMES)
    grey = [len(set(drawn[at])) == 1 for at in ((0, 0), (1, 0), (0, 1), (1, 1))]
    assert grey == [True, True, False, False]


def test_a_sheet_shows_three_tiles_a_picture():
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (3, 16, 16, 3), "uint8")
    masks = rng.integers(0, 3, (3, 16, 16))
    figure = mask_sheet(pictures, masks, masks, NAMES, name="sheet")
    assert figure.data.count(b"<image") == 9 and b"dog &amp; co" in figure.data
    assert figure.data.count(b"predicted") == 3


def test_bars():
    rows = [
        {"name": "cat", "iou": 0.9},
        {"name": "dog", "iou": 0.25},
        {"name": "cow", "iou": None},
    ]
    figure = iou_bars(rows)
    assert figure.name == "per_class" and b"dog" in figure.data and b"cow" not in figure.data
    assert b"25.0 %" in figure.data
    with pytest.raises(ValueError, match="must have a class"):
        iou_bars(rows[2:])
