import numpy as np
import pytest
from PIL import Image

from kerasuite.data.mask_labels import IGNORED
from kerasuite.data.scene_sets import load_scenes
from kerasuite.data.scenes import Scenes
from kerasuite.errors import InputError


def write(folder, count=10, size=(20, 30), mode="numbers", seed=0):
    """Pictures whose left part is black and right part is bright, and masks that say so."""
    rng = np.random.default_rng(seed)
    for kind in ("images", "masks"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    for i in range(count):
        mask = np.zeros(size, "uint8")
        mask[:, rng.integers(5, size[1] - 5) :] = 1
        picture = np.repeat(np.where(mask, 200, 20).astype("uint8")[..., None], 3, -1)
        Image.fromarray(picture).save(folder / "images" / f"p{i}.png")
        values = {
            "numbers": mask,
            "black and white": mask * 255,
            "colours": np.array([[0, 0, 0], [128, 0, 0]], "uint8")[mask],
        }[mode]
        Image.fromarray(values).save(folder / "masks" / f"p{i}.png")
    return folder


def save_mask(folder, values, name="p0", **kwargs):
    Image.fromarray(np.asarray(values, "uint8"), **kwargs).save(folder / "masks" / f"{name}.png")


@pytest.mark.parametrize("mode", ["numbers", "black and white", "colours"])
def test_own_folder(tmp_path, mode):
    write(tmp_path, mode=mode)
    if mode == "colours":
        (tmp_path / "classes.csv").write_text("name,r,g,b\nnight,0,0,0\nday,128,0,0\n")
    splits = load_scenes(str(tmp_path), size=16)
    assert splits.sizes() == {"train": 6, "validation": 2, "test": 2}
    names = ("night", "day") if mode == "colours" else ("background", "foreground")
    assert splits.info.class_names == names and splits.info.shape == (16, 16, 3)
    for part in (splits.train, splits.test):
        # Brightness and class agree, but at the border that resizing smooths.
        assert ((part.images[..., 0] > 110) == part.masks).mean() > 0.95


def test_class_names_and_unknown_pixels(tmp_path):
    write(tmp_path)
    (tmp_path / "classes.txt").write_text("sea\nland\nsky\n")
    values = np.zeros((20, 30), "uint8")
    values[:10] = IGNORED
    save_mask(tmp_path, values)
    splits = load_scenes(str(tmp_path), size=20)
    assert splits.info.class_names == ("sea", "land", "sky")
    parts = (splits.train, splits.validation, splits.test)
    assert sum((part.masks == IGNORED).sum() for part in parts) == 200
    with pytest.raises(InputError, match=r"has no background.*'sea'"):
        load_scenes(str(tmp_path), size=20, target="foreground")


def test_split_folders_and_limit(tmp_path):
    write(tmp_path / "train", 5)
    write(tmp_path / "val", 3)
    splits = load_scenes(str(tmp_path), size=16)
    assert splits.sizes() == {"train": 4, "validation": 3, "test": 1}
    assert load_scenes(str(tmp_path), size=16, limit=2).sizes()["train"] == 2


def test_a_palette_is_numbers(tmp_path):
    write(tmp_path, 6)
    picture = Image.fromarray(np.full((20, 30), 1, "uint8"), mode="P")
    picture.putpalette([0, 0, 0, 250, 10, 10])
    picture.save(tmp_path / "masks" / "p0.png")
    assert load_scenes(str(tmp_path), size=16).info.class_names == ("background", "foreground")


def missing_mask(folder):
    (folder / "masks" / "p3.png").unlink()


def missing_picture(folder):
    (folder / "images" / "p3.png").unlink()


def other_size(folder):
    save_mask(folder, np.ones((19, 30)), "p3")


def unknown_number(folder):
    (folder / "classes.txt").write_text("a\nb\n")
    save_mask(folder, np.full((20, 30), 7), "p3")


def unknown_colour(folder):
    write(folder, mode="colours")
    (folder / "classes.csv").write_text("name,r,g,b\na,0,0,0\nb,1,2,3\n")


def colours_without_table(folder):
    write(folder, mode="colours")


def bad_table(folder):
    (folder / "classes.csv").write_text("name,r,g\na,0,0\nb,1,2\n")


def same_names(folder):
    (folder / "classes.txt").write_text("a\na\n")


def damaged_mask(folder):
    (folder / "masks" / "p3.png").write_bytes(b"\x89PNG but no more")


def no_masks(folder):
    (folder / "masks").rename(folder / "elsewhere")


def too_few(folder):
    for i in range(2, 10):
        (folder / "images" / f"p{i}.png").unlink()
        (folder / "masks" / f"p{i}.png").unlink()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (missing_mask, r"images/p3.png has no mask"),
        (missing_picture, r"masks/p3.png has no picture"),
        (other_size, r"p3.png must be as large as its picture, 30x20 pixels. Received: 30x19"),
        (unknown_number, r"p3.png holds the unknown class 7; expected numbers from 0 to 1"),
        (unknown_colour, r"holds the unknown colour \(128, 0, 0\)"),
        (colours_without_table, "is a mask in colours; expected a classes.csv"),
        (bad_table, "must have the columns name, r, g and b"),
        (same_names, "must name from 2 to 255 different classes"),
        (damaged_mask, "p3.png cannot be read"),
        (no_masks, "There is no folder .*masks"),
        (too_few, "has too few pictures.*Received: 2"),
    ],
)
def test_bad_folders(tmp_path, spoil, message):
    write(tmp_path)
    spoil(tmp_path)
    with pytest.raises(InputError, match=message):
        load_scenes(str(tmp_path), size=16)


def test_wrong_names(tmp_path):
    with pytest.raises(InputError, match="no data set called 'emoji_scene'; near: emoji_scenes"):
        load_scenes("emoji_scene")
    with pytest.raises(InputError, match="is not a folder"):
        load_scenes(str(tmp_path / "nope"))
    with pytest.raises(InputError, match="expected scenes"):
        load_scenes("mnist")


def test_an_unreadable_picture_is_skipped_by_name(tmp_path):
    write(tmp_path)
    (tmp_path / "images" / "p4.png").write_bytes(b"nothing")
    splits = load_scenes(str(tmp_path), size=16)
    assert sum(splits.sizes().values()) == 9
    assert [path.endswith("p4.png") for path, _ in splits.info.skipped] == [True]


def test_composed_scenes_are_fixed():
    first = load_scenes("emoji_scenes", size=32, limit=6)
    again = load_scenes("emoji_scenes", size=32, limit=4, seed=5)
    np.testing.assert_array_equal(first.test.images[:4], again.test.images)
    np.testing.assert_array_equal(first.train.masks[:4], again.train.masks)
    assert first.info.class_names[0] == "background" and first.info.licence == "Apache-2.0"
    assert len(first.train.boxes) == len(first.train.labels) == 6
    two = load_scenes("emoji_scenes", size=32, limit=6, target="foreground")
    np.testing.assert_array_equal(two.test.masks, first.test.masks > 0)
    assert two.info.class_names == ("background", "foreground")
    assert all((labels == 1).all() for labels in two.test.labels)


def test_batches(rng):
    images = rng.integers(0, 256, (10, 8, 8, 3), "uint8")
    scenes = Scenes(images, images[..., 0])
    seen = [(p.numpy(), m.numpy()) for p, m in scenes.batches(4)]
    np.testing.assert_array_equal(np.concatenate([p for p, _ in seen]), images)
    shuffled = [m.numpy() for _, m in scenes.shuffled_batches(4, seed=1).take(6)]
    later = [m.numpy() for _, m in scenes.shuffled_batches(4, seed=1, first_epoch=1).take(4)]
    np.testing.assert_array_equal(shuffled[2:], later)
    assert scenes.steps_per_epoch(4) == 2
    for pictures, masks in scenes.shuffled_batches(4, seed=1).take(3):
        np.testing.assert_array_equal(pictures[..., 0], masks)


def test_scenes_refuse_what_does_not_fit(rng):
    images = np.zeros((2, 8, 8, 3), "uint8")
    with pytest.raises(ValueError, match=r"masks\.shape"):
        Scenes(images, np.zeros((2, 8, 9), "uint8"))
    with pytest.raises(ValueError, match="`boxes` must have one entry per picture"):
        Scenes(images, np.zeros((2, 8, 8), "uint8"), boxes=[])
