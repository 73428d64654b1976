"""Pictures with tags: the embedded emoji, and own tables of many forms."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasuite.data.load import load_pictures
from kerasuite.data.sampling import iterative_split
from kerasuite.data.tagged_sets import tagged_set
from kerasuite.errors import InputError
from tests.data.data_cases import encoded

SHARES = (0.7, 0.15, 0.15)


@given(st.integers(1, 80), st.integers(1, 5), st.integers(0, 3))
def test_parts_are_disjoint_and_whole_and_split_no_group(count, tags, seed):
    rng = np.random.default_rng(seed)
    labels = (rng.random((count, tags)) < 0.3).astype("int32")
    groups = rng.integers(0, max(1, count // 2), count)
    parts = iterative_split(labels, groups, SHARES, seed)
    assert sorted(np.concatenate(parts).tolist()) == list(range(count))
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert not set(groups[parts[a]]) & set(groups[parts[b]])


def test_rare_tags_are_in_every_part_in_their_share():
    rng = np.random.default_rng(0)
    labels = (rng.random((2000, 8)) < np.linspace(0.01, 0.5, 8)).astype("int32")
    parts = iterative_split(labels, np.arange(2000), SHARES, 0)
    for part, share in zip(parts, SHARES, strict=True):
        assert len(part) == pytest.approx(share * 2000, abs=20)
        np.testing.assert_allclose(labels[part].sum(0), labels.sum(0) * share, atol=1.5)


def test_both_styles_of_an_emoji_have_its_tags_and_its_split():
    found = tagged_set("emoji_tags")
    half = len(found.labels) // 2
    np.testing.assert_array_equal(found.labels[:half], found.labels[half:])
    np.testing.assert_array_equal(found.groups[:half], found.groups[half:])
    assert found.labels.sum(0).min() >= 40 and "smile" in found.tags
    splits = load_pictures("emoji_tags", limit=200)
    assert splits.info.multi_label and not splits.info.mirrors
    assert splits.train.labels.shape == (200, len(found.tags))
    batch, labels = next(iter(splits.train.batches(32)))
    assert batch.shape == (32, 64, 64, 3) and labels.shape == (32, len(found.tags))


@pytest.fixture
def pictures(tmp_path):
    rng = np.random.default_rng(0)
    (tmp_path / "in").mkdir()
    names = [f"in/{i:02}.png" for i in range(20)]
    for name in names:
        (tmp_path / name).write_bytes(encoded(rng.integers(0, 256, (8, 6, 3), dtype="uint8")))
    words = [["red"] * (i % 2) + ["big"] * (i % 3 == 0) for i in range(20)]
    return tmp_path, names, words


def write(folder, form, names, words, **columns):
    joined = {"csv": ";", "tsv": " | "}.get(form)
    tags = [joined.join(w) for w in words] if joined else words
    table = pd.DataFrame({"title": "x", "file": names, "keywords": tags, **columns})
    path = folder / f"list.{form}"
    if form == "parquet":
        table.to_parquet(path)
    elif form == "jsonl":
        path.write_text("\n".join(json.dumps(r) for r in table.to_dict("records")))
    else:
        table.to_csv(path, index=False, sep="," if form == "csv" else "\t")
    return path


@pytest.mark.parametrize("form", ["csv", "tsv", "parquet", "jsonl"])
def test_own_tables(pictures, form):
    folder, names, words = pictures
    splits = load_pictures(str(write(folder, form, names, words)), tags="keywords", size=(8, 8))
    assert splits.info.class_names == ("big", "red") and splits.info.multi_label
    parts = (splits.train, splits.validation, splits.test)
    assert sum(map(len, parts)) == 20 and all(len(p) >= 2 for p in parts)
    assert sum(p.labels.sum(0) for p in parts).tolist() == [7, 10]
    assert any((p.labels.sum(1) == 0).any() for p in parts)  # no tags is possible too


def test_a_table_may_give_its_splits_and_rare_tags_are_named(pictures):
    folder, names, words = pictures
    words[0] = [*words[0], "odd"]
    split = ["train"] * 10 + ["val"] * 5 + ["test"] * 5
    path = write(folder, "csv", names, words, split=split)
    (folder / names[1]).write_text("no picture")
    splits = load_pictures(str(path), tags="keywords")
    assert splits.sizes() == {"train": 9, "validation": 5, "test": 5}
    assert splits.info.skipped[0][1] == "on fewer than 3 pictures"
    assert "01.png" in splits.info.skipped[1][0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tags": "keyword"}, "no column 'keyword'; near: keywords"),
        ({"tags": None}, "name the column of its tags by --tags"),
        ({"names": ["../../etc/x.png"] * 20}, "outside of"),
        ({"names": ["a.txt"] * 20}, "no column of picture files"),
        ({"words": [[]] * 20}, "no tag in 'keywords'"),
        ({"split": ["exam"] * 20}, "train, validation or test. Received: exam"),
    ],
)
def test_tables_that_cannot_be_used(pictures, change, said):
    folder, names, words = pictures
    columns = {"split": change["split"]} if "split" in change else {}
    path = write(folder, "csv", change.get("names", names), change.get("words", words), **columns)
    with pytest.raises(InputError, match=said):
        load_pictures(str(path), tags=change.get("tags", "keywords"))


def test_broken_lines_and_needless_tags_are_refused(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"file": "x.png"')
    with pytest.raises(InputError, match="cannot be read as JSON lines"):
        load_pictures(str(tmp_path / "a.jsonl"), tags="keywords")
    with pytest.raises(InputError, match="tags is for a table of own pictures"):
        load_pictures("emoji_tags", tags="keywords")
