from pathlib import Path

import numpy as np
import pytest

from kerasuite.data import folders, reading
from kerasuite.data.load import load_pictures
from kerasuite.errors import InputError
from tests.data.data_cases import encoded, picture_folder


def class_counts(splits):
    return [
        np.bincount(s.labels, minlength=2).tolist()
        for s in (splits.train, splits.validation, splits.test)
    ]


def test_a_folder_per_class(tmp_path):
    root = picture_folder(tmp_path / "flowers", {"tulips": 40, "roses": 20, "daisies": 3})
    (root / "roses/.hidden.png").write_bytes(b"")
    (root / "roses/notes.txt").write_text("a note")
    (root / ".git").mkdir()
    splits = load_pictures(str(root))
    assert splits.info.class_names == ("daisies", "roses", "tulips")
    assert class_counts(splits) == [[1, 14, 28], [1, 3, 6], [1, 3, 6]]
    assert splits.info.shape == (64, 64, 3) == splits.train.shape
    assert splits.info.ignored == 1 and splits.info.skipped == ()
    assert splits.info.name == str(root)
    images = splits.train.array(range(len(splits.train))) / 1.0
    np.testing.assert_allclose(splits.info.mean, images.mean((0, 1, 2)), atol=1e-3)
    np.testing.assert_allclose(splits.info.std, images.std((0, 1, 2)), atol=1e-3)


def test_split_follows_from_the_seed(tmp_path):
    root = picture_folder(tmp_path / "a", {"x": 20, "y": 20})
    first, again, other = (load_pictures(str(root), seed=s, size=(8, 6)) for s in (0, 0, 1))
    np.testing.assert_array_equal(first.test.images, again.test.images)
    assert (first.test.images != other.test.images).any()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("train", "validation", "test"), [[10, 10], [10, 10], [10, 10]]),
        (("training", "val", "test"), [[10, 10], [10, 10], [10, 10]]),
        (("Train", "TEST"), [[8, 8], [2, 2], [10, 10]]),
        (("train", "valid"), [[8, 8], [10, 10], [2, 2]]),
        (("train",), [[6, 6], [2, 2], [2, 2]]),
    ],
)
def test_folders_per_split(tmp_path, names, expected):
    for i, name in enumerate(names):
        picture_folder(tmp_path / "a" / name, {"x": 10, "y": 10}, seed=i)
    splits = load_pictures(str(tmp_path / "a"))
    assert class_counts(splits) == expected
    assert splits.info.class_names == ("x", "y")


def test_trains_and_cars_are_classes(tmp_path):
    root = picture_folder(tmp_path / "a", {"train": 4, "car": 4})
    assert load_pictures(str(root)).info.class_names == ("car", "train")


@pytest.mark.parametrize(("grey", "channels"), [(True, 1), (False, 3)])
def test_channels_are_those_of_the_pictures(tmp_path, grey, channels):
    root = picture_folder(tmp_path / "a", {"x": 3, "y": 3}, grey=grey)
    assert load_pictures(str(root)).info.shape == (64, 64, channels)
    assert load_pictures(str(root), size=(8, 9), channels=1).info.shape == (8, 9, 1)


def test_all_endings_below_any_depth(tmp_path):
    root = picture_folder(tmp_path / "a", {"x": 1, "y": 3})
    below = root / "x/more/deeper"
    below.mkdir(parents=True)
    picture = np.zeros((8, 8, 3), "uint8")
    for ending, form in (
        ("JPG", "JPEG"),
        ("jpeg", "JPEG"),
        ("gif", "GIF"),
        ("bmp", "BMP"),
        ("webp", "WEBP"),
    ):
        (below / f"a.{ending}").write_bytes(encoded(picture, form))
    splits = load_pictures(str(root))
    assert sum(len(s) for s in (splits.train, splits.validation, splits.test)) == 9


def unreadable(folder):
    """Writes one file of each kind that cannot be read; returns their reasons by name."""
    whole = encoded(np.random.default_rng(0).integers(0, 256, (30, 30, 3), dtype="uint8"))
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "text.png").write_text("this is text")
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "link.png").symlink_to("nowhere.png")
    (folder / "loop.png").symlink_to("loop.png")
    return {
        "cut.png": "damaged or cut short",
        "text.png": "not a picture (PNG, JPEG, GIF, BMP or WebP), whatever its name says",
        "empty.jpg": "empty file",
        "link.png": "no such file or directory",
        "loop.png": "too many levels of symbolic links",
    }


def test_unreadable_files_are_skipped_and_named(tmp_path):
    root = picture_folder(tmp_path / "a", {"x": 10, "y": 10})
    reasons = unreadable(root / "y")
    splits = load_pictures(str(root))
    assert {Path(p).name: r for p, r in splits.info.skipped} == reasons
    assert class_counts(splits) == [[6, 6], [2, 2], [2, 2]]
    expected = sorted(
        x.tobytes() for x in load_all(picture_folder(tmp_path / "b", {"x": 10, "y": 10}))
    )
    assert sorted(x.tobytes() for x in load_all(root)) == expected


def load_all(root):
    splits = load_pictures(str(root), size=(8, 6))
    return np.concatenate(
        [s.array(range(len(s))) for s in (splits.train, splits.validation, splits.test)]
    )


def test_large_sets_stay_files_and_give_the_same(tmp_path, monkeypatch):
    root = picture_folder(tmp_path / "a", {"x": 10, "y": 10})
    unreadable(root / "x")
    small = load_pictures(str(root), size=(8, 6))
    monkeypatch.setattr(reading, "MOST_IN_MEMORY", 100)
    large = load_pictures(str(root), size=(8, 6))
    assert large.train.images is None and small.train.files is None
    assert large.info == small.info
    np.testing.assert_array_equal(large.train.array(range(4)), small.train.images[:4])
    assert large.train.raw([0])[0] == large.train.files[0].read_bytes()
    for a, b in zip(
        large.train.shuffled_batches(3, 0).take(6), small.train.shuffled_batches(3, 0), strict=False
    ):
        np.testing.assert_array_equal(a[0], b[0])
        np.testing.assert_array_equal(a[1], b[1])


def test_a_bar_shows_while_many_files_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "_SLOW", 1)
    root = picture_folder(tmp_path / "a", {"x": 3, "y": 3})
    assert len(load_pictures(str(root)).train) == 2


def test_loops_of_links_end(tmp_path):
    root = picture_folder(tmp_path / "a", {"x": 3, "y": 3})
    (root / "x/up").symlink_to(root)
    (root / "self").symlink_to(root)
    (root / "elsewhere").symlink_to(picture_folder(tmp_path / "b", {"z": 3}) / "z")
    found = folders.scan(root)
    assert found.class_names == ("elsewhere", "x", "y") and len(found.files) == 9


def wrong(root, match, **options):
    with pytest.raises(InputError, match=match) as e:
        load_pictures(str(root), **options)
    assert str(root) in str(e.value) and "\n" not in str(e.value) and e.value.exit_code == 2


def test_folders_that_cannot_be_used(tmp_path):
    wrong(tmp_path / "nowhere", "does not exist; expected a folder")
    (tmp_path / "file.png").write_bytes(b"")
    wrong(tmp_path / "file.png", "is a file; expected a folder")
    (tmp_path / "empty").mkdir()
    wrong(tmp_path / "empty", "is empty; expected")
    picture_folder(tmp_path / "flat", {".": 3})
    wrong(tmp_path / "flat", "holds no folders; expected one folder .* Received: 3 files")
    picture_folder(tmp_path / "one", {"roses": 3})
    wrong(tmp_path / "one", "at least two classes are needed; found only 'roses'")
    picture_folder(tmp_path / "none", {"x": 3, "y": 0})
    (tmp_path / "none/y/notes.txt").write_text("")
    wrong(tmp_path / "none", "class 'y' has no picture; .* Received: 1 other files")
    picture_folder(tmp_path / "broken", {"x": 3, "y": 0})
    (tmp_path / "broken/y/a.png").write_text("text")
    wrong(tmp_path / "broken", r"'y' has no readable picture; .*a\.png, which is not a picture")
    picture_folder(tmp_path / "few", {"x": 2, "y": 1})
    wrong(tmp_path / "few", "too few pictures: none is left for test; .* 3 pictures in 2 classes")


def test_classes_that_train_lacks(tmp_path):
    picture_folder(tmp_path / "a/train", {"x": 3, "y": 3})
    picture_folder(tmp_path / "a/test", {"x": 3, "z": 3})
    wrong(tmp_path / "a", "test has the class 'z', which train lacks; expected classes among x, y")


def test_a_train_folder_with_a_single_class(tmp_path):
    picture_folder(tmp_path / "a/train", {"x": 3})
    picture_folder(tmp_path / "a/test", {"x": 3, "y": 3})
    wrong(tmp_path / "a", "at least two classes are needed; found only 'x'")
