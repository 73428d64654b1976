import io

import numpy as np
import pytest
from PIL import Image

from kerasuite.report import figures as draw

TASKS = (("colour", ("red", "blue")), ("size", ("s", "m", "<l>")))


def test_task_sheet_names_wrong_answers_with_the_truth():
    pictures = np.zeros((2, 8, 8, 1), "uint8")
    sheet = draw.task_sheet(pictures, [[0, 2], [1, 0]], [[0, 1], [1, 0]], TASKS).data.decode()
    assert "✗ m, not &lt;l&gt;" in sheet and "✓ red" in sheet and "not red" not in sheet


def test_residual_bars_say_what_comes_from_others():
    records = [
        {"task": "colour", "block": 1, "shares": {"residual": 0.5, "shortcut": 0.3, "size": 0.2}},
        {"task": "size", "block": 1, "shares": {"residual": 0.6, "shortcut": 0.3, "colour": 0.1}},
    ]
    drawn = draw.residual_bars(records).data.decode()
    assert "20.0 %" in drawn and "from colour" in drawn and "own shortcut" in drawn
    with pytest.raises(ValueError, match="must hold a block"):
        draw.residual_bars([])


def test_clip_film_moves_and_space_time_filters_lie_side_by_side():
    clips = np.random.default_rng(0).integers(0, 256, (5, 4, 8, 8, 1), "uint8")
    film = draw.clip_film(clips, [0, 1, 0, 1, 0], [0, 1, 1, 1, 0], ("left", "日本"), columns=3)
    with Image.open(io.BytesIO(film.data)) as picture:
        assert film.kind == "gif" and picture.n_frames == 4 and picture.width == 3 * 128
    filters = draw.space_time_filters(np.random.default_rng(0).normal(size=(3, 3, 3, 2, 4)))
    assert filters.data.count(b"<image") == 4
    with pytest.raises(ValueError, match="Received: shape"):
        draw.space_time_filters(np.zeros((3, 3, 1, 4)))
    with pytest.raises(ValueError, match="Received: shape"):
        draw.clip_film(clips[0], [], [], ())


def test_order_bars():
    drawn = draw.order_bars({"natural": 0.95, "shuffled": 0.2}, chance=0.125).data.decode()
    assert "95.0 %" in drawn and "shuffled" in drawn
    with pytest.raises(ValueError, match="must hold an order"):
        draw.order_bars({}, chance=0.5)
