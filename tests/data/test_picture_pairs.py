"""Pictures of two kinds: edges, emoji, own folders, and batches in pairs or not."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kerasuite.data.edges import edge_maps
from kerasuite.data.picture_pairs import PicturePairs, jitter, load_picture_pairs
from kerasuite.errors import InputError


def write(path, level, size=(16, 16)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((*size, 3), level, "uint8")).save(path)


def test_edges_of_a_square_are_its_outline():
    picture = np.full((1, 24, 24, 3), 255, "uint8")
    picture[0, 8:16, 8:16] = (200, 0, 0)
    drawn = edge_maps(picture)[0, ..., 0]
    rows, columns = np.nonzero(drawn == 0)
    assert set(np.unique(drawn)) == {0, 255}
    assert 7 <= rows.min() <= 8 and 15 <= rows.max() <= 16 and rows.min() == columns.min()
    assert (drawn[10:14, 10:14] == 255).all()  # nothing inside
    assert ((drawn == 0).sum(1) <= 10).all() and (drawn[12] == 0).sum() == 2  # one pixel wide
    flat = np.full((1, 8, 8, 1), 7, "uint8")
    assert (edge_maps(flat) == 255).all()


def test_emoji_in_two_styles_are_the_same_emoji():
    splits = load_picture_pairs("noto_twemoji", size=16, limit=60, paired=False)
    test = splits.test
    assert test.paired and test.first.shape == test.second.shape == (60, 16, 16, 3)
    own = np.abs(test.first.astype(float) - test.second).mean()
    others = np.abs(test.first.astype(float) - np.roll(test.second, 7, axis=0)).mean()
    assert own < 0.7 * others


def test_batches_keep_pairs_together_or_not():
    pictures = np.arange(12, dtype="uint8")[:, None, None, None] * np.ones((1, 2, 2, 1), "uint8")
    pairs = PicturePairs(pictures, pictures)
    for paired in (True, False):
        batches = pairs.shuffled_batches(4, seed=0, paired=paired).take(3)
        a, b = (np.concatenate(x)[:, 0, 0, 0] for x in zip(*batches, strict=True))
        assert sorted(a) == sorted(b) == list(range(12))
        assert np.array_equal(a, b) == paired
    with pytest.raises(ValueError, match="expected pairs"):
        PicturePairs(pictures, pictures[:3])


def test_jitter_moves_both_alike():
    pictures = np.random.default_rng(0).integers(0, 255, (3, 16, 16, 1)).astype("uint8")
    first, second = jitter(0, tf.constant(5), pictures, np.repeat(pictures, 3, axis=-1))
    np.testing.assert_array_equal(np.repeat(first, 3, axis=-1), second)
    assert not np.array_equal(first, pictures)


@pytest.mark.parametrize("form", ["sides", "halves", "splits"])
def test_own_folders(tmp_path, form):
    for i in range(20):
        level = 7 * i
        if form == "halves":
            both = np.full((16, 32, 3), level, "uint8")
            both[:, 16:] += 100
            Image.fromarray(both).save(tmp_path / f"{i}.png")
            continue
        root = tmp_path / ("train" if i < 13 else "test") if form == "splits" else tmp_path
        write(root / "A" / f"{i}.png", level)
        write(root / "B" / f"{i}.jpg", level + 100, size=(20, 30))
    splits = load_picture_pairs(str(tmp_path), size=16, paired=True)
    assert sum(splits.sizes().values()) == 20
    for part in (splits.train, splits.validation, splits.test):
        difference = part.second.astype(int) - part.first
        assert part.first.shape[1:] == (16, 16, 3) and (np.abs(difference - 100) <= 3).all()


def test_pictures_without_a_partner_are_named(tmp_path):
    for i in range(14):
        write(tmp_path / "A" / f"{i}.png", i)
        write(tmp_path / "B" / f"{i + 1}.png", i)
    with pytest.raises(InputError, match=r"A/0\.png, .*B/14\.png"):
        load_picture_pairs(str(tmp_path), size=16, paired=True)
    unpaired = load_picture_pairs(str(tmp_path), size=16, paired=False)
    assert not unpaired.train.paired and sum(unpaired.sizes().values()) == 14


@pytest.mark.parametrize("kind", ["missing", "empty", "broken", "few", "unknown"])
def test_bad_sources_are_refused(tmp_path, kind):
    source = {"missing": str(tmp_path / "no"), "unknown": "edge_emoji"}.get(kind, str(tmp_path))
    if kind in ("broken", "few"):
        for side in "AB":
            for i in range(4):
                write(tmp_path / side / f"{i}.png", i)
    if kind == "broken":
        (tmp_path / "B" / "2.png").write_bytes(b"no picture")
    words = {
        "missing": "not a folder",
        "empty": "holds no picture",
        "broken": r"B/2\.png cannot be used",
        "few": "too few pictures for validation: expected at least 2",
        "unknown": "expected edges_emoji, noto_twemoji or the path",
    }[kind]
    with pytest.raises(InputError, match=f"(?i){words}"):
        load_picture_pairs(source, size=16, paired=True)


def test_what_was_done_to_several_sizes_is_said(tmp_path):
    for i in range(14):
        for side in "AB":
            write(tmp_path / side / f"{i}.png", i, size=(16 + i % 2, 20))
    note = load_picture_pairs(str(tmp_path), size=16, paired=True).info.note
    assert "2 sizes" in note and "brought to 16x16" in note
    assert not load_picture_pairs("noto_twemoji", size=16, limit=4, paired=True).info.note
