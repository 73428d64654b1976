"""Pictures and the same made smaller: they fit, follow from the seed, and bad folders are named."""

import numpy as np
import pytest
from PIL import Image

from kerasuite.data.enlargements import BICUBIC, Enlargements, load_enlargements, resized
from kerasuite.errors import InputError


def pictures(*sizes, seed=0):
    rng = np.random.default_rng(seed)
    smooth = [rng.integers(0, 256, (h // 8 + 1, w // 8 + 1, 3)).astype("uint8") for h, w in sizes]
    return [
        np.asarray(Image.fromarray(p).resize((w, h), Image.Resampling.BICUBIC))
        for p, (h, w) in zip(smooth, sizes, strict=True)
    ]


def test_small_squares_are_of_the_large_ones():
    part = Enlargements(pictures((70, 101), (64, 64)), scale=4, patch=32)
    assert [p.shape for p in part.large] == [(68, 100, 3), (64, 64, 3)]
    assert [p.shape for p in part.small] == [(17, 25, 3), (16, 16, 3)]
    assert part.steps_per_epoch(2) == (2 * 3 + 2 * 2) // 2
    small, large = next(part.shuffled_batches(8, seed=3, mirrored=True).as_numpy_iterator())
    assert small.shape == (8, 8, 8, 3) and large.shape == (8, 32, 32, 3)
    again = np.stack([resized(p, 1 / 4, BICUBIC) for p in large])
    inside = slice(2, -2)  # at the edges a square lacks its surroundings
    difference = np.abs(again.astype(int) - small)[:, inside, inside]
    assert difference.max() <= 2


def test_an_epoch_can_be_entered_later():
    part = Enlargements(pictures((64, 64), (64, 96)), scale=2, patch=32)
    steps = part.steps_per_epoch(2)
    whole = part.shuffled_batches(2, seed=0, mirrored=True).skip(steps).as_numpy_iterator()
    later = part.shuffled_batches(2, seed=0, first_epoch=1, mirrored=True).as_numpy_iterator()
    for _ in range(steps):
        for mine, its in zip(next(whole), next(later), strict=True):
            np.testing.assert_array_equal(mine, its)


def test_squares():
    part = Enlargements(pictures((64, 100), (32, 32)), scale=2, patch=32)
    squares = part.squares()
    assert squares.shape == (2 * 3 + 1, 32, 32, 3)
    np.testing.assert_array_equal(squares[1], part.large[0][:32, 32:64])
    assert part.squares(most=3).shape[0] == 3


def test_own_folders(tmp_path):
    for i, picture in enumerate(pictures(*[(40, 50 + i) for i in range(8)], (20, 20))):
        Image.fromarray(picture).save(tmp_path / f"{i}.png")
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    splits = load_enlargements(str(tmp_path), scale=2, patch=32)
    assert splits.info.shape == (16, 16, 3)
    sizes = splits.sizes()
    assert sum(sizes.values()) == 8 and sizes["test"] >= 1  # the small one is left out
    assert splits.info.skipped == ((str(tmp_path / "bad.jpg"), splits.info.skipped[0][1]),)
    with pytest.raises(InputError, match=r"2 squares of 64x64 pixels or more.*with 0"):
        load_enlargements(str(tmp_path), scale=2, patch=64)
    with pytest.raises(InputError, match="is not a folder"):
        load_enlargements(str(tmp_path / "none"), scale=2, patch=32)
    with pytest.raises(InputError, match="There is no data 'nothing'"):
        load_enlargements("nothing", scale=2, patch=32)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no picture"):
        load_enlargements(str(tmp_path / "empty"), scale=2, patch=32)
