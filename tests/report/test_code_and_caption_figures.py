"""Rows of pictures, codes in the plane, captions, and where words look."""

import re

import numpy as np
import pytest

from kerasuite.report import figures as draw


def words_of(figure):
    return re.sub("<[^>]+>", " ", figure.data.decode())


def random(*shape):
    return np.random.default_rng(0).random(shape)


def test_rows_of_pictures_with_their_words():
    rows = {"test": random(4, 8, 6, 1), "repaired": 3 * random(2, 8, 6, 1) - 1}
    figure = draw.picture_rows(rows, "repairs", "Repairs", "What it shows.")
    assert figure.data.count(b"<image") == 6
    assert "test" in words_of(figure) and "repaired" in words_of(figure)
    narrow = draw.picture_rows({"": random(30, 4, 4, 3)}, "walk", "Walk", "")
    assert narrow.data.count(b"<image") == 30
    with pytest.raises(ValueError, match="Received: none"):
        draw.picture_rows({}, "walk", "Walk", "")


def test_codes_of_few_classes_are_told_apart():
    points, labels = random(50, 2), np.arange(50) % 10
    names = [f"class <{i}>" for i in range(10)]
    shown = words_of(draw.code_plane(points, labels, names))
    assert "class &lt;9&gt;" in shown
    many = draw.code_plane(points, labels, [f"c{i}" for i in range(100)])
    assert "c99" not in words_of(many)
    with pytest.raises(ValueError, match=r"Received: shape \(50, 3\)"):
        draw.code_plane(random(50, 3), labels, names)


def test_captions_and_references():
    pictures = np.uint8(255 * random(3, 16, 16, 3))
    written = ["a cat", "", "a very long caption that does not fit into two of the lines below it"]
    figure = draw.caption_sheet(pictures, written, ["the cat", "a dog", "words"])
    shown = words_of(figure)
    assert "a cat" in shown and "(the cat)" in shown and "…" in shown and "–" in shown


def test_attention_lights_what_was_looked_at():
    pictures = np.full((2, 16, 16, 3), 200, "uint8")
    maps = np.zeros((2, 3, 2, 2))
    maps[:, 0, 0, 0] = 1
    figure = draw.attention_sheet(pictures, [["a", "cat", "(end)"], ["dog"]], maps)
    shown = words_of(figure)
    assert "cat" in shown and "(end)" in shown and "dog" in shown
