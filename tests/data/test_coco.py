import json

import numpy as np
import pytest
from PIL import Image

from kerasuite.data.coco import read_coco
from kerasuite.errors import InputError


@pytest.fixture
def record(tmp_path):
    for name, size in (("a.png", (30, 20)), ("b.png", (16, 16))):
        Image.new("RGB", size).save(tmp_path / name)
    return {
        "images": [
            {"id": 7, "file_name": "a.png", "width": 30, "height": 20},
            {"id": 3, "file_name": "b.png"},
        ],
        "categories": [{"id": 9, "name": "dog"}, {"id": 2, "name": "cat"}],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 9, "bbox": [1, 2, 10, 12.5]},
            {"id": 2, "image_id": 7, "category_id": 2, "bbox": [20, 10, 10.2, 10]},
            {"id": 3, "image_id": 7, "category_id": 2, "bbox": [0, 0, 30, 20], "iscrowd": 1},
        ],
    }


def read(folder, record):
    (folder / "boxes.json").write_text(json.dumps(record))
    return read_coco(folder / "boxes.json", folder)


def test_boxes(record, tmp_path):
    (first, second), names, kinds = read(tmp_path, record)
    assert names == ("cat", "dog") and kinds == ()
    assert first.path.name == "a.png" and first.size == (20, 30)
    np.testing.assert_array_equal(first.labels, [1, 0])
    np.testing.assert_array_equal(first.boxes, [[1, 2, 11, 14.5], [20, 10, 30, 20]])
    assert second.boxes.shape == (0, 4) and second.labels.shape == (0,)


def test_supercategories(record, tmp_path):
    record["categories"].append({"id": 4, "name": "car", "supercategory": "vehicle"})
    assert read(tmp_path, record)[2] == ()
    for row in record["categories"][:2]:
        row["supercategory"] = "animal"
    assert read(tmp_path, record)[1:] == (("cat", "car", "dog"), ("animal", "vehicle", "animal"))


@pytest.mark.parametrize(
    ("part", "row", "change", "message"),
    [
        ("annotations", 0, {"bbox": [25, 2, 10, 5]}, "outside of its picture of 30x20 pixels"),
        ("annotations", 0, {"bbox": [-3, 2, 10, 5]}, "outside of its picture"),
        ("annotations", 0, {"bbox": [30.2, 2, 0.2, 5]}, "outside of its picture"),
        ("annotations", 1, {"bbox": [2, 2, 0, 5]}, "annotation 2, in a.png, has an empty box"),
        ("annotations", 1, {"bbox": [2, 2, 5]}, "must have a bbox of four numbers"),
        ("annotations", 1, {"bbox": None}, "annotation 2|not in COCO's form"),
        ("annotations", 0, {"category_id": 4}, "unknown category 4; expected one of: 2, 9"),
        ("annotations", 0, {"image_id": 4}, "image 4, which is not among its images"),
        ("images", 0, {"file_name": "c.png"}, "c.png, which does not exist"),
        ("images", 0, {"file_name": "../c.png"}, "outside of"),
        ("images", 0, {"width": 60}, "says that a.png has 60x20 pixels; it has 30x20"),
        ("categories", 0, {"name": "cat"}, "each differently"),
    ],
)
def test_what_does_not_fit(record, tmp_path, part, row, change, message):
    record[part][row] |= change
    with pytest.raises(InputError, match=message):
        read(tmp_path, record)


@pytest.mark.parametrize("wrong", [[], {"images": []}, {"images": 1}, "text"])
def test_other_json(tmp_path, wrong):
    with pytest.raises(InputError, match="not in COCO's form"):
        read(tmp_path, wrong)


def test_missing_fields(record, tmp_path):
    del record["annotations"][0]["bbox"]
    with pytest.raises(InputError, match=r"not in COCO's form.*bbox"):
        read(tmp_path, record)
