import collections

import numpy as np
import pytest

from kerasuite.data import catalogue
from kerasuite.data.compose import CutOut
from kerasuite.data.entry import Member
from kerasuite.data.scene_cutouts import FOLDS, cut_from_white, divided_cutouts, folded_cutouts
from kerasuite.data.scene_drawings import drawing_class
from kerasuite.data.scene_materials import materials
from kerasuite.data.splits import SPLITS
from kerasuite.data.textures import texture
from kerasuite.errors import InputError


def test_no_cutout_and_no_background_is_in_two_splits():
    found = materials("emoji_scenes")
    for parts in (
        {split: {c.image.tobytes() for c in found.cutouts[split]} for split in SPLITS},
        {split: {b.tobytes() for b in found.backgrounds[split]} for split in SPLITS},
    ):
        assert all(parts[split] for split in SPLITS)
        assert len(set.union(*parts.values())) == sum(map(len, parts.values()))
    classes = range(1, len(found.class_names))
    for split in SPLITS:
        assert {c.label for c in found.cutouts[split]} == set(classes)


def test_cutouts_that_begin_alike_stay_together():
    names = ["cat", "cat-2", "cat_white", *(f"{a}{b}" for a in "defgh" for b in "xyz")]
    parts = divided_cutouts([CutOut(np.zeros((2, 2, 4), "uint8"), 1, n) for n in names])
    homes = [{s for s in SPLITS for c in parts[s] if c.name == n} for n in names[:3]]
    assert homes[0] == homes[1] == homes[2] and len(homes[0]) == 1
    assert sorted(c.name for s in SPLITS for c in parts[s]) == sorted(names)
    assert all(parts[s] for s in SPLITS)


def test_each_cutout_is_tested_in_one_fold():
    names = [f"{a}{b}" for a in ("cat-", "dog-", "e", "f", "g", "h", "i", "j", "k") for b in "xyz"]
    names += ["cat-4", "cat-5"]
    cutouts = [CutOut(np.zeros((2, 2, 4), "uint8"), label, n) for label in (1, 2) for n in names]
    tested = []
    for fold in range(FOLDS):
        parts = folded_cutouts(cutouts, fold)
        assert sorted(id(c) for s in SPLITS for c in parts[s]) == sorted(map(id, cutouts))
        words = [{(c.label, c.name.split("-")[0]) for c in parts[s]} for s in SPLITS]
        assert not words[0] & words[1] and not words[0] & words[2] and not words[1] & words[2]
        for label in (1, 2):
            tests = sum(c.label == label for c in parts["test"])
            assert abs(tests - len(names) / FOLDS) <= 2
            assert any(c.label == label for c in parts["validation"])
        tested += parts["test"]
    assert sorted(map(id, tested)) == sorted(map(id, cutouts))


def test_folds_of_the_emoji():
    found = [materials("emoji_scenes", fold).cutouts["test"] for fold in range(2)]
    assert not {c.image.tobytes() for c in found[0]} & {c.image.tobytes() for c in found[1]}


def test_openclipart_has_drawings_of_every_class():
    members = catalogue.find("openclipart_tags").members
    counts = collections.Counter(drawing_class(member.path) for member in members)
    assert counts.pop(None) > 1500 and len(counts) == 8
    assert counts["mammal"] == 108 and min(counts.values()) == counts["vegetable"] == 9
    assert drawing_class("usr/share/openclipart/png/transportation/boating/x.png") == "vehicle"
    with pytest.raises(InputError, match="drawings for tuxpaint_scenes alone"):
        materials("emoji_scenes", drawings=True)
    with pytest.raises(InputError, match="grounds for tuxpaint_scenes alone"):
        materials("emoji_scenes", grounds=True)


def test_cutting_from_white_keeps_white_inside():
    picture = np.full((64, 64, 3), 255, "uint8")
    y, x = np.mgrid[:64, :64] - 32
    picture[np.hypot(x, y) < 25] = (200, 30, 30)
    picture[np.hypot(x, y) < 10] = 255
    cutout = cut_from_white(picture, 3, "ring")
    assert cutout.label == 3 and abs(cutout.image.shape[0] - 48) <= 2
    middle = cutout.image.shape[0] // 2
    assert cutout.image[middle, middle, 3] == 255
    assert cutout.image[0, 0, 3] == 0
    assert cut_from_white(np.full((64, 64, 3), 255, "uint8"), 1) is None


def test_textures():
    first = texture(1, 32)
    assert first.shape == (32, 32, 3) and first.dtype == np.uint8 and first.std() > 2
    np.testing.assert_array_equal(first, texture(1, 32))
    assert not np.array_equal(first, texture(2, 32))


def test_other_kinds_are_refused():
    with pytest.raises(InputError, match="moby_dick cannot be used here: expected scenes"):
        materials("moby_dick")


def test_fetched_names_do_not_clash():
    entry = catalogue.find("tuxpaint_scenes")
    names = [member.name for member in entry.members]
    assert len(set(names)) == len(names) > 200
    assert all(isinstance(member, Member) for member in entry.members)
    assert not entry.redistributable
