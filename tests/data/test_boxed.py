"""Pictures with boxes: batches, the catalogue's scenes, own folders."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from kerasuite.data.boxed import NO_BOX, Boxed
from kerasuite.data.boxed_sets import load_boxed
from kerasuite.data.scene_sets import Composition
from kerasuite.errors import InputError

BOX = np.array([0, 0, 1, 1], "float32")


@pytest.fixture
def boxed(rng):
    images = rng.integers(0, 256, (10, 10, 10, 3), "uint8")
    counts = [0, 1, 2, 3, 1, 0, 2, 1, 3, 2]
    boxes = [np.tile(BOX + np.float32(i), (n, 1)) for i, n in enumerate(counts)]
    return Boxed(images, boxes, [np.arange(n) for n in counts])


def test_batches_are_padded(boxed):
    seen = [[x.numpy() for x in batch] for batch in boxed.batches(4)]
    pictures, boxes, labels = (np.concatenate(x) for x in zip(*seen, strict=True))
    np.testing.assert_array_equal(pictures, boxed.images)
    assert boxes.shape == (10, 3, 4) and labels.shape == (10, 3)
    for i in range(10):
        n = len(boxed.labels[i])
        np.testing.assert_array_equal(labels[i], [*range(n), *[NO_BOX] * (3 - n)])
        assert (boxes[i, :n] == BOX + i).all() and not boxes[i, n:].any()


def test_shuffled_batches_follow_from_the_epoch(boxed):
    batches = [x[0].numpy() for x in boxed.shuffled_batches(4, seed=1).take(6)]
    later = [x[0].numpy() for x in boxed.shuffled_batches(4, seed=1, first_epoch=1).take(4)]
    np.testing.assert_array_equal(batches[2:], later)
    assert boxed.steps_per_epoch(4) == 2


def test_a_split_without_any_thing_has_batches():
    empty = Boxed(np.zeros((2, 8, 8, 3), "uint8"), [[], []], [[], []])
    _, boxes, labels = next(iter(empty.batches(2)))
    assert boxes.shape == (2, 1, 4) and (labels.numpy() == NO_BOX).all()


def test_parts_and_other_labels(boxed):
    part = boxed.take([3, 0])
    np.testing.assert_array_equal(part.images, boxed.images[[3, 0]])
    assert [len(b) for b in part.boxes] == [3, 0]
    others = boxed.relabelled([2, 0, 0])
    for labels, before in zip(others.labels, boxed.labels, strict=True):
        np.testing.assert_array_equal(labels, np.where(before == 0, 2, 0))
    assert boxed.raw([1])[0].startswith(b"\x89PNG")


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="as many boxes as labels"):
        Boxed(np.zeros((1, 8, 8, 3), "uint8"), [np.zeros((2, 4))], [np.zeros(1)])


@pytest.mark.parametrize(
    "box", [[2, 2, 2, 5], [5, 2, 2, 5], [-1, 2, 3, 5], [2, 2, 9, 5], [2, 2, np.nan, 5]]
)
def test_empty_boxes_and_those_outside_are_refused(box):
    with pytest.raises(ValueError, match=r"within their pictures of 8x8 pixels.*in picture 1"):
        Boxed(np.zeros((2, 8, 8, 3), "uint8"), [[[0, 0, 8, 8]], [box]], [[0], [0]])


def test_composed_scenes():
    splits = load_boxed("emoji_scenes", size=32, limit=6)
    assert splits.info.class_names[0] == "animal" and len(splits.info.class_names) == 7
    labels = np.concatenate([x for part in (splits.train, splits.test) for x in part.labels])
    assert labels.min() >= 0 and labels.max() < 7
    boxes = np.concatenate(splits.train.boxes)
    assert (boxes[:, 2:] > boxes[:, :2]).all() and boxes.min() >= 0 and boxes.max() <= 32
    one = load_boxed("emoji_scenes", size=32, limit=6, target="foreground")
    assert one.info.class_names == ("thing",)
    np.testing.assert_array_equal(one.test.images, splits.test.images)
    assert not np.concatenate(one.test.labels).any()


def test_smaller_pictures_have_smaller_boxes():
    images = np.zeros((1, 4, 6, 3), "uint8")
    images[0, :2, :3] = 200
    images[0, 0, 2] = 100
    part = Boxed(images, [np.array([[0, 0, 3, 2]])], [np.array([1])])
    small = part.reduced(2)
    assert small.images.dtype == np.uint8 and part.reduced(1) is part
    # Of the second square two pixels are 100 and 200, and two 0.
    np.testing.assert_array_equal(small.images[0, ..., 0], [[200, 75, 0], [0, 0, 0]])
    np.testing.assert_array_equal(small.boxes[0], [[0, 0, 1.5, 1]])
    assert small.labels[0].tolist() == [1]


def test_number_of_training_scenes():
    few = load_boxed("emoji_scenes", size=32, limit=40, composition=Composition(scenes=9))
    assert few.sizes() == {"train": 9, "validation": 40, "test": 40}


def write(folder, count, names=("disc", "square"), size=(40, 20), images="images"):
    """A folder in COCO's form: box k of picture k; returns the record."""
    (folder / images).mkdir(parents=True, exist_ok=True)
    record = {
        "images": [{"id": i, "file_name": f"{i}.png"} for i in range(count)],
        "categories": [{"id": i + 1, "name": name} for i, name in enumerate(names)],
        "annotations": [
            {"id": i, "image_id": i, "category_id": 1 + i % len(names), "bbox": [4, 2, 20, 10]}
            for i in range(count)
        ],
    }
    for i in range(count):
        Image.new("RGB", size, (i, 0, 0)).save(folder / images / f"{i}.png")
    save(folder, record)
    return record


def save(folder, record, name="annotations.json"):
    (folder / name).write_text(json.dumps(record))


def test_a_folder_is_divided_and_resized(tmp_path):
    write(tmp_path, 20)
    splits = load_boxed(str(tmp_path), size=80)
    assert splits.sizes() == {"train": 14, "validation": 3, "test": 3}
    assert splits.info.class_names == ("disc", "square") and splits.info.shape == (80, 80, 3)
    # 40x20 pixels become 80x80: twice across, four times down.
    np.testing.assert_array_equal(splits.test.boxes[0], [[8, 8, 48, 48]])
    seen = [int(x[0, 0, 0]) for part in (splits.train, splits.validation) for x in part.images]
    assert len(set(seen)) == 17
    again = load_boxed(str(tmp_path), size=80, seed=1)
    assert not np.array_equal(again.test.images, splits.test.images)


def test_wider_kinds_become_the_classes(tmp_path):
    record = write(tmp_path, 9, names=("disc", "square", "oblong"))
    with pytest.raises(InputError, match=r"no wider kinds of its classes.*disc, square, oblong"):
        load_boxed(str(tmp_path), size=16, target="kinds")
    for row, kind in zip(record["categories"], ("round", "angular", "angular"), strict=True):
        row["supercategory"] = kind
    save(tmp_path, record)
    fine = load_boxed(str(tmp_path), size=16)
    wide = load_boxed(str(tmp_path), size=16, target="kinds")
    assert fine.info.kinds == ("round", "angular", "angular")
    assert wide.info.class_names == ("round", "angular") and wide.info.kinds == ()
    for before, after in zip(fine.train.labels, wide.train.labels, strict=True):
        np.testing.assert_array_equal(np.minimum(before, 1), after)


def test_given_splits_and_roboflows_names(tmp_path):
    for split, count in (("train", 5), ("valid", 3)):
        folder = tmp_path / split
        record = write(folder, count, images=".")
        (folder / "annotations.json").unlink()
        save(folder, record, "_annotations.coco.json")
    splits = load_boxed(str(tmp_path), size=16)
    assert splits.sizes() == {"train": 4, "validation": 3, "test": 1}
    assert load_boxed(str(tmp_path), size=16, limit=2).sizes()["train"] == 2


def test_an_unreadable_picture_is_skipped_by_name(tmp_path):
    write(tmp_path, 20)
    whole = (tmp_path / "images" / "4.png").read_bytes()
    (tmp_path / "images" / "4.png").write_bytes(whole[:-30])
    splits = load_boxed(str(tmp_path), size=16)
    assert sum(splits.sizes().values()) == 19
    assert [path.endswith("4.png") for path, _ in splits.info.skipped] == [True]


def no_file(folder):
    (folder / "annotations.json").unlink()


def no_box(folder):
    save(folder, {**json.loads((folder / "annotations.json").read_text()), "annotations": []})


def outside(folder):
    record = json.loads((folder / "annotations.json").read_text())
    record["annotations"][3]["bbox"] = [30, 2, 20, 10]
    save(folder, record)


def other_categories(folder):
    for split, names in (("train", ("a", "b")), ("val", ("a", "c"))):
        write(folder / split, 4, names)
    (folder / "annotations.json").unlink()


def too_few(folder):
    shutil.rmtree(folder / "images")
    write(folder, 2)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (no_file, "has no annotations.json, nor has .*train; expected annotations.json or"),
        (no_box, "has no box in its training pictures"),
        (outside, "annotation 3, in 3.png, has a box outside of its picture of 40x20 pixels"),
        (other_categories, "must have the same categories. Received: a, b; and in val/: a, c"),
        (too_few, "has too few pictures.*Received: 2"),
    ],
)
def test_bad_folders(tmp_path, spoil, message):
    write(tmp_path, 8)
    spoil(tmp_path)
    with pytest.raises(InputError, match=message):
        load_boxed(str(tmp_path), size=16)


def test_wrong_names_and_options(tmp_path):
    with pytest.raises(InputError, match="no data set called 'emoji_scene'; near: emoji_scenes"):
        load_boxed("emoji_scene", size=16)
    with pytest.raises(InputError, match="is not a folder"):
        load_boxed(str(tmp_path / "nope"), size=16)
    with pytest.raises(InputError, match="--scenes is for scenes of the catalogue"):
        load_boxed(str(tmp_path), size=16, composition=Composition(scenes=3))


def test_drawings_are_asked_for():
    with pytest.raises(InputError, match="drawings for tuxpaint_scenes alone"):
        load_boxed("emoji_scenes", size=32, composition=Composition(drawings=True))


def test_things_of_training_scenes_alone_are_varied(tmp_path):
    plain, varied = (
        load_boxed("emoji_scenes", size=32, limit=3, composition=Composition(vary_things=v))
        for v in (False, True)
    )
    assert (plain.test.images == varied.test.images).all()
    assert (plain.train.images != varied.train.images).any()
    with pytest.raises(InputError, match="--vary-things is for scenes of the catalogue"):
        load_boxed(str(tmp_path), size=16, composition=Composition(vary_things=True))
