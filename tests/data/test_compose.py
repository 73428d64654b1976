import dataclasses

import numpy as np
import pytest
from scipy import ndimage

from kerasuite.data.compose import CutOut, Recipe, compose, tight_box

RECIPE = Recipe(48, things=(1, 4))


@pytest.fixture
def grounds(rng):
    return [rng.integers(0, 256, (60, 80, 3), "uint8") for _ in range(3)]


@pytest.fixture
def cutouts():
    """Discs, rings and bars: hard edges, so that every pixel is inside or outside."""
    y, x = np.mgrid[:40, :40] - 19.5
    shapes = (np.hypot(x, y) < 19, abs(np.hypot(x, y) - 14) < 5, abs(x + y) < 8)
    colours = ((255, 0, 0), (0, 255, 0), (0, 0, 255))
    return [
        CutOut(np.dstack([np.full((40, 40, 3), c, "uint8"), np.uint8(255 * s)]), i, f"shape{i}")
        for i, (s, c) in enumerate(zip(shapes, colours, strict=True), 1)
    ]


def test_a_scene_follows_from_its_numbers_alone(cutouts, grounds):
    def same(a, b):
        return np.array_equal(a.image, b.image) and np.array_equal(a.instances, b.instances)

    late = compose(cutouts, grounds, RECIPE, 3, 9)
    for i in range(3):
        compose(cutouts, grounds, RECIPE, 3, i)
    assert same(late, compose(cutouts, grounds, RECIPE, 3, 9))
    assert not same(late, compose(cutouts, grounds, RECIPE, 3, 8))
    assert not same(late, compose(cutouts, grounds, RECIPE, 4, 9))


def test_the_mask_is_the_alpha_that_was_placed(cutouts, grounds):
    """One opaque cut-out at its own size: its pixels are its colour, all others the ground's."""
    whole = dataclasses.replace(RECIPE, things=(1, 1), scale=(40 / 48, 40 / 48), mirrors=False)
    for index in range(6):
        scene = compose(cutouts, grounds, whole, 0, index)
        (cutout,) = (c for c in cutouts if c.name == scene.names[0])
        left, top, *_ = scene.boxes[0]
        alpha = cutout.image[..., 3] > 0
        first = tight_box(alpha)
        top, left = top - first[1], left - first[0]
        expected = np.zeros((48, 48), bool)
        expected[top : top + 40, left : left + 40] = alpha
        np.testing.assert_array_equal(scene.instances, expected)
        np.testing.assert_array_equal(scene.mask, expected * cutout.label)
        colours = np.unique(scene.image[expected], axis=0)
        np.testing.assert_array_equal(colours, np.unique(cutout.image[alpha][:, :3], axis=0))


def test_nothing_but_the_things_changes_the_ground(cutouts):
    plain = [np.full((64, 64, 3), 7, "uint8")]
    for index in range(10):
        scene = compose(cutouts, plain, RECIPE, 1, index)
        changed = (scene.image != 7).any(-1)
        assert changed[scene.instances > 0].all()
        # Pixels that things cover by less than half are changed, but next to a thing's.
        near = ndimage.binary_dilation(scene.instances > 0, np.ones((3, 3)), iterations=3)
        assert not changed[~near].any()


def test_boxes_are_tight_and_labels_fit(cutouts, grounds):
    for index in range(30):
        scene = compose(cutouts, grounds, RECIPE, 2, index)
        assert len(scene.boxes) == len(scene.labels) == scene.instances.max() >= 1
        for number, (left, top, right, bottom) in enumerate(scene.boxes, 1):
            rows, columns = np.nonzero(scene.instances == number)
            assert (left, right) == (columns.min(), columns.max() + 1)
            assert (top, bottom) == (rows.min(), rows.max() + 1)
            assert (scene.mask[rows, columns] == scene.labels[number - 1]).all()


def test_at_most_so_much_is_hidden(grounds):
    solid = [CutOut(np.full((20, 20, 4), 255, "uint8"), 1)]
    recipe = Recipe(60, things=(4, 4), scale=(0.5, 0.5), hidden=0.3, mirrors=False)
    counts = []
    for index in range(20):
        scene = compose(solid, grounds, recipe, 0, index)
        counts.append(len(scene.labels))
        seen = np.bincount(scene.instances.ravel())[1:]
        # Each later thing may take 30 % of what is left.
        assert (seen >= 900 * 0.7 ** np.arange(len(seen))[::-1]).all()
    assert max(counts) > 1


def test_things_are_turned_and_stretched(grounds):
    """A square that fills its cut-out: upright without, else of other shapes and at an angle."""
    square = CutOut(np.full((40, 40, 4), 255, "uint8"), 1, "square")
    upright = dataclasses.replace(RECIPE, things=(1, 1), scale=(0.6, 0.6))
    shapes = {"upright": upright, "stretched": dataclasses.replace(upright, stretch=1.5)}
    shapes["turned"] = dataclasses.replace(upright, turn=30.0)
    sides, filled = {}, {}
    for name, recipe in shapes.items():
        scenes = [compose([square], grounds, recipe, 0, i) for i in range(20)]
        boxes = np.concatenate([s.boxes for s in scenes])
        sides[name] = boxes[:, 2:] - boxes[:, :2]
        filled[name] = np.array([(s.instances > 0).sum() for s in scenes]) / sides[name].prod(1)
        # Whatever is done to it, its longer side is as long as the recipe says.
        assert (abs(sides[name].max(1) - 0.6 * 48) <= 1.5).all()
    ratios = {name: x[:, 0] / x[:, 1] for name, x in sides.items()}
    assert (ratios["upright"] == 1).all() and (filled["upright"] == 1).all()
    assert ratios["stretched"].min() < 0.8 and ratios["stretched"].max() > 1.25
    assert ratios["stretched"].min() > 1 / 1.6 and (filled["stretched"] == 1).all()
    assert filled["turned"].min() < 0.75 and (abs(ratios["turned"] - 1) < 0.15).all()


def test_classes_are_drawn_evenly(cutouts, grounds):
    many = [*cutouts[:1] * 20, *cutouts[1:]]
    one = dataclasses.replace(RECIPE, things=(1, 1))
    labels = [compose(many, grounds, one, 0, i).labels[0] for i in range(150)]
    assert np.bincount(labels)[1:].min() > 25


def test_refusals(cutouts, grounds):
    with pytest.raises(ValueError, match="0 cut-outs"):
        compose([], grounds, RECIPE, 0, 0)
    with pytest.raises(ValueError, match="0 backgrounds"):
        compose(cutouts, [], RECIPE, 0, 0)
    clear = [CutOut(np.zeros((9, 9, 4), "uint8"), 1)]
    with pytest.raises(ValueError, match="No cut-out can be placed"):
        compose(clear, grounds, RECIPE, 0, 0)
