"""Fixations follow the stated model and the seed; own folders; what is wrong is named."""

import numpy as np
import pytest
from PIL import Image

from kerasuite.data.compose import Scene
from kerasuite.data.fixations import (
    IN_THE_MIDDLE,
    ON_THINGS,
    attractions,
    drawn_fixations,
    fixation_map,
)
from kerasuite.data.saliency_sets import load_saliency
from kerasuite.errors import InputError


@pytest.fixture
def scene():
    """A black square of contrast 1 and a grey one of half of it, on white."""
    image, instances = np.full((60, 60, 3), 255, "uint8"), np.zeros((60, 60), "uint8")
    for number, (where, colour) in enumerate(((slice(5, 15), 0), (slice(40, 50), 128)), 1):
        image[where, where], instances[where, where] = colour, number
    return Scene(image, instances, np.array([1, 2], "int32"), np.zeros((2, 4), "int32"), ("", ""))


def test_contrast_and_salient_classes_attract(scene):
    contrasts = np.array([1.1, 0.1 + 127 / 255])
    np.testing.assert_allclose(attractions(scene, ()), contrasts / contrasts.sum(), rtol=1e-6)
    doubled = contrasts * [1, 2]
    np.testing.assert_allclose(attractions(scene, {2}), doubled / doubled.sum(), rtol=1e-6)


def test_fixations_fall_as_the_model_says(scene):
    points = drawn_fixations(scene, (), 20_000, np.random.default_rng(0))
    assert points.min() >= 0 and points.max() < 60
    on = [(np.abs(points - middle) <= 6).all(1).mean() for middle in (9.5, 44.5)]
    share = attractions(scene, ())
    np.testing.assert_allclose(on, ON_THINGS * share, atol=0.02)  # and few by chance
    # A third of a normal distribution's square lies within 0.8 deviations on both axes.
    in_middle = (np.abs(points - 29.5) <= 8).all(1).mean()
    assert in_middle == pytest.approx(0.334 * IN_THE_MIDDLE + 0.05 * (17 / 60) ** 2, abs=0.01)


def test_a_map_is_blurred_and_reaches_one():
    made = fixation_map(np.array([[10, 10], [10, 10], [30, 5]]), (40, 40), 2.0)
    assert made.dtype == "float32" and made.max() == 1 == made[10, 10]
    assert made[30, 5] == pytest.approx(0.5, rel=1e-3)
    assert made[10, 12] == pytest.approx(np.exp(-0.5), rel=1e-2)


def test_composed_scenes_are_the_same_again():
    first, again = (load_saliency(None, size=32, limit=4) for _ in range(2))
    assert first.sizes() == {"train": 4, "validation": 4, "test": 4}
    assert first.train.fixations.sum(axis=(1, 2)).min() > 5
    np.testing.assert_array_equal(first.test.maps, again.test.maps)
    pictures, maps = next(iter(first.train.batches(3)))
    assert pictures.shape == (3, 32, 32, 3) and maps.shape == (3, 32, 32, 1)


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for kind in ("images", "maps", "fixations"):
        (tmp_path / kind).mkdir()
    for i in range(8):
        picture = rng.integers(0, 256, (40, 50, 3)).astype("uint8")
        Image.fromarray(picture).save(tmp_path / "images" / f"{i}.jpg")
        Image.fromarray(picture[..., 0] // 2).save(tmp_path / "maps" / f"{i}.png")
        points = np.zeros((40, 50), "uint8")
        points[39, 25], points[0, 0] = 255, 255
        Image.fromarray(points).save(tmp_path / "fixations" / f"{i}.png")
    return tmp_path


def test_own_folders(folder):
    splits = load_saliency(str(folder), size=20)
    assert splits.sizes() == {"train": 6, "validation": 1, "test": 1}
    np.testing.assert_array_equal(np.argwhere(splits.test.fixations[0]), [[0, 0], [19, 10]])
    assert splits.train.maps.max(axis=(1, 2)).min() == 1
    for path in (folder / "fixations").iterdir():
        path.unlink()
    (folder / "fixations").rmdir()
    assert load_saliency(str(folder), size=20).test.fixations is None


def test_what_is_wrong_is_named(folder):
    Image.new("L", (5, 5)).save(folder / "fixations" / "3.png")
    with pytest.raises(InputError, match=r"3.png has no light pixel"):
        load_saliency(str(folder), size=20)
    (folder / "fixations" / "3.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"3.png cannot be used"):
        load_saliency(str(folder), size=20)
    Image.new("L", (5, 5), 255).save(folder / "fixations" / "3.png")
    Image.new("L", (5, 5)).save(folder / "maps" / "2.png")
    with pytest.raises(InputError, match=r"2.png is all black"):
        load_saliency(str(folder), size=20)
    (folder / "maps" / "2.png").unlink()
    with pytest.raises(InputError, match=r"2 is in only one of images/ and maps/"):
        load_saliency(str(folder), size=20)
    with pytest.raises(InputError, match="has no folder images/"):
        load_saliency(str(folder / "images"), size=20)
    with pytest.raises(InputError, match="There is no data set called 'nothing'"):
        load_saliency("nothing")
