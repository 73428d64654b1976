"""Pictures with captions: own tables, COCO's form, the emoji; and what cannot be used."""

import json

import numpy as np
import pytest
from PIL import Image

from kerasuite.data import catalogue
from kerasuite.data.captioned import load_captioned
from kerasuite.data.captioned_sets import (
    alike,
    openclipart_drawings,
    openclipart_groups,
    split_groups,
)
from kerasuite.data.splits import SPLITS
from kerasuite.errors import InputError

SIZE = (16, 16)


def pictures(folder, count=10):
    for i in range(count):
        shade = np.full((8, 8, 3), 20 * i, "uint8")
        Image.fromarray(shade).save(folder / f"p{i}.png")


def write(folder, rows):
    lines = ["file,caption", *(f'{name},"{text}"' for name, text in rows)]
    (folder / "captions.csv").write_text("\n".join(lines), encoding="utf-8")


def all_captions(splits):
    return [c for part in (splits.train, splits.validation, splits.test) for c in part.captions]


def test_rows_of_a_picture_stay_together(tmp_path):
    pictures(tmp_path)
    write(tmp_path, [(f"p{i}.png", f"{i} {w}") for w in ("one", "two") for i in range(10)])
    splits = load_captioned(str(tmp_path), size=SIZE)
    assert (
        splits.sizes() == {"train": 7, "validation": 2, "test": 1}
        or sum(splits.sizes().values()) == 10
    )
    assert sorted(all_captions(splits)) == [(f"{i} one", f"{i} two") for i in range(10)]
    for part in (splits.train, splits.validation, splits.test):
        for i, each in enumerate(part.captions):
            assert part.pictures.images[i].mean() == 20 * int(each[0][0])
    numbers, texts = splits.train.pairs()
    assert len(texts) == 2 * len(splits.train) and numbers.tolist()[:4] == [0, 0, 1, 1]


def test_pictures_without_captions_and_captions_without_pictures_are_named(tmp_path):
    pictures(tmp_path)
    (tmp_path / "p8.png").write_bytes(b"no picture")
    rows = [(f"p{i}.png", "words") for i in range(9)] + [("p9.png", " "), ("gone.png", "words")]
    write(tmp_path, rows)
    splits = load_captioned(str(tmp_path / "captions.csv"), size=SIZE)
    assert sum(splits.sizes().values()) == 8
    reasons = {path.rsplit("/", 1)[-1]: reason for path, reason in splits.info.skipped}
    assert reasons.keys() == {"p8.png", "p9.png", "gone.png"}
    assert reasons["p9.png"] == "has no caption"


def coco(folder, **changes):
    record = {
        "images": [{"id": i, "file_name": f"p{i}.png"} for i in range(10)],
        "annotations": [{"image_id": i % 10, "caption": f"{i}  words"} for i in range(20)],
        **changes,
    }
    path = folder / "captions.json"
    path.write_text(json.dumps(record))
    return str(path)


def test_the_form_of_coco(tmp_path):
    pictures(tmp_path)
    splits = load_captioned(coco(tmp_path), size=SIZE)
    assert ("3 words", "13 words") in all_captions(splits)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"annotations": [{"image_id": 77, "caption": "x"}]}, "unknown picture.*image_id=77"),
        ({"images": [{"id": 1}]}, "not in the form of COCO's captions"),
        ({"images": [{"id": 1, "file_name": "../p.png"}], "annotations": []}, "outside of"),
        ({"annotations": []}, "none of its 10 pictures has a caption"),
    ],
)
def test_damaged_coco_files(tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        load_captioned(coco(tmp_path, **changes), size=SIZE)


def test_wrong_sources(tmp_path):
    with pytest.raises(InputError, match=r"no data set called 'emoji_caption'; near: emoji"):
        load_captioned("emoji_caption", size=SIZE)
    with pytest.raises(InputError, match=r"holds none of captions.csv"):
        load_captioned(str(tmp_path), size=SIZE)
    with pytest.raises(InputError, match=r"expected captioned. Received: pictures"):
        load_captioned("mnist", size=SIZE)
    (tmp_path / "t.csv").write_text("file,words\na.png,x\n")
    with pytest.raises(InputError, match="has no column 'caption'"):
        load_captioned(str(tmp_path / "t.csv"), size=SIZE)
    pictures(tmp_path, 3)
    write(tmp_path, [(f"p{i}.png", "x") for i in range(3)])
    with pytest.raises(InputError, match=r"expected at least 6. Received: 3"):
        load_captioned(str(tmp_path), size=SIZE)


def test_what_has_a_key_in_common_is_in_one_group():
    first = ("rabbit", "rabbit", "hare", 1, 2, "big", "low")
    second = ("A", "B", "C", "one", "two", "C", "A")
    groups = alike(first, second).tolist()
    same = [{i for i, g in enumerate(groups) if g == other} for other in groups]
    assert same == [{0, 1, 6}, {0, 1, 6}, {2, 5}, {3}, {4}, {2, 5}, {0, 1, 6}]


def test_groups_are_in_one_split():
    splits = split_groups(np.arange(40) // 4)
    assert all(len(set(each)) == 1 for each in splits.reshape(10, 4))
    assert {s: int((splits == s).sum()) for s in set(splits)}.keys() == set(SPLITS)
    assert (splits == "train").mean() > 0.6


def test_series_of_drawings_are_in_one_split():
    captions, splits = openclipart_drawings()
    sizes = tuple((name, int((splits == name).sum())) for name in SPLITS)
    assert sizes == catalogue.find("openclipart_captions").splits
    groups = openclipart_groups()
    parts = {(group, split) for group, split in zip(groups, splits, strict=True)}
    assert len(parts) == len(set(groups))
    assert all(text for (text,) in captions) and len(set(captions)) > 500
    # Nearly all words of the test were read in training.
    words = [
        {w for (c,), s in zip(captions, splits, strict=True) if s == name for w in c.split()}
        for name in ("train", "test")
    ]
    assert len(words[1] - words[0]) <= 2


def test_languages():
    splits = load_captioned(size=SIZE, languages=("sv", "de"), limit=200)
    assert splits.info.languages == ("sv", "de")
    numbers, captions = splits.train.pairs()
    spoken = splits.train.spoken()
    assert len(captions) == len(spoken) > 390
    which, german = splits.train.in_language(1)
    assert [c for c, s in zip(captions, spoken, strict=True) if s] == [c for (c,) in german]
    assert numbers[spoken == 1].tolist() == which.tolist()
    with pytest.raises(InputError, match=r"--languages must be of en, .*Received: xx, eng"):
        load_captioned(size=SIZE, languages=("de", "xx", "eng"))
    with pytest.raises(InputError, match="Received: openclipart_captions"):
        load_captioned("openclipart_captions", size=SIZE, languages=("de",))


def test_divisions(tmp_path):
    found = [openclipart_drawings(division)[1] for division in (0, 1, 1)]
    assert (found[0] != found[1]).mean() > 0.1 and (found[1] == found[2]).all()
    assert len({tuple(sorted(np.unique(s).tolist())) for s in found}) == 1
    with pytest.raises(InputError, match="own data is divided by --seed"):
        load_captioned(str(tmp_path), size=SIZE, division=1)


def test_emoji_have_the_sizes_that_the_catalogue_says():
    splits = load_captioned(size=(64, 64))
    assert tuple(splits.sizes().items()) == catalogue.find("emoji_captioned").splits
    few = load_captioned(size=SIZE, limit=5)
    assert few.sizes() == {"train": 5, "validation": 5, "test": 5}
    assert few.info.shape == (16, 16, 3) and few.info.licence
