import lzma

import numpy as np
import pandas as pd
import pytest

from kerasuite.data.tables import load_table
from kerasuite.errors import InputError


@pytest.fixture
def frame(rng):
    kinds = np.repeat(["cat", "dog"], [60, 40])
    return pd.DataFrame({"weight": rng.random(100), "age": range(100), "kind": kinds})


def test_ames_housing():
    splits = load_table("ames_housing", "Sale_Price")
    frames = (splits.train, splits.validation, splits.test)
    assert [len(f) for f in frames] == [2050, 440, 440]
    assert splits.info.shape == (73,) and splits.info.class_names == ()
    assert splits.info.licence == "MIT" and "De Cock" in splits.info.citation
    assert pd.concat(frames).Sale_Price.sum() == 529732456


@pytest.mark.parametrize("ending", ["csv", "tsv", "csv.xz", "csv.gz", "parquet", "CSV"])
def test_forms(tmp_path, frame, ending):
    path = tmp_path / f"animals.{ending}"
    if ending == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False, sep="\t" if ending == "tsv" else ",")
    splits = load_table(str(path), "kind")
    assert splits.info.class_names == ("cat", "dog") and splits.info.shape == (2,)
    assert [(f.kind == "dog").sum() for f in (splits.train, splits.validation, splits.test)] == [
        28,
        6,
        6,
    ]
    whole = pd.concat([splits.train, splits.validation, splits.test]).sort_values("age")
    pd.testing.assert_frame_equal(whole.reset_index(drop=True), frame, check_dtype=False)


def test_seed_limit_and_missing_targets(tmp_path, frame):
    frame.loc[3, "kind"] = None
    frame.to_csv(tmp_path / "a.csv", index=False)
    first, other = (load_table(str(tmp_path / "a.csv"), "kind", seed=s) for s in (0, 1))
    assert not first.test.equals(other.test)
    assert first.info.skipped == ((str(tmp_path / "a.csv"), "1 rows without kind"),)
    assert len(load_table(str(tmp_path / "a.csv"), "kind", limit=5).train) == 5


def test_numbers_are_no_classes_and_truth_values_are(tmp_path, frame):
    frame.assign(old=frame.age > 50).to_csv(tmp_path / "a.csv", index=False)
    assert load_table(str(tmp_path / "a.csv"), "age").info.class_names == ()
    assert load_table(str(tmp_path / "a.csv"), "old").info.class_names == ("False", "True")


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("a.csv", b"", "is empty; expected a line of column names"),
        ("a.csv", b"\n\n", "is empty"),
        ("a.csv", b"a,b\n", "has no rows"),
        ("a.csv", b"a,b\n1,2\n3,4,5\n", "cannot be read as a table: .*line 3, saw 3"),
        ("a.csv", b"a,b\n1,2\n1,\xff\xfe\n", "expected UTF-8 text. Received: line 3"),
        ("a.csv.xz", lzma.compress(b"a,b\n1,\xff\n"), "Received: line 2"),
        ("a.csv.xz", b"no xz", "cannot be read as a table"),
        ("a.parquet", b"no parquet", "cannot be read as a table"),
        ("a.csv", b"c,b\n1,2\n3,4\n5,6\n", "has no column 'a'; .*expected one of c, b"),
        ("a.csv", b"Aa,b\n1,2\n3,4\n5,6\n", "has no column 'a'; near: Aa; expected"),
        ("a.csv", b"a\n1\n2\n3\n", "has only the column 'a'"),
        ("a.csv", b"a,b\n1,2\n,4\n5,6\n", "too few rows: at least 3 .* Received: 2"),
        ("a.csv", b"a,b\nx,2\nx,4\nx,6\n", "'a' has the same value 'x' in all rows"),
        ("a.csv", b"a,b\nx,2\ny,4\nz,6\n", "no class of 'a' has 3 rows"),
        ("a.txt", b"a,b\n1,2\n", r"expected a file ending in \.csv, \.tsv, \.parquet"),
    ],
)
def test_files_that_cannot_be_used(tmp_path, name, content, match):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=match) as e:
        load_table(str(tmp_path / name), "a")
    assert str(tmp_path / name) in str(e.value) and "\n" not in str(e.value)


def test_sources_that_are_none(tmp_path):
    with pytest.raises(InputError, match="no table 'ames_houses'; near: ames_housing; expected"):
        load_table("ames_houses", "a")
    with pytest.raises(InputError, match="is a folder; expected a file"):
        load_table(str(tmp_path), "a")
    with pytest.raises(InputError, match=r"expected table\. Received: text"):
        load_table("moby_dick", "a")
    with pytest.raises(InputError, match="no column 'SalePrice'; near: Sale_Price"):
        load_table("ames_housing", "SalePrice")
    with pytest.raises(InputError, match="limit must be at least 1"):
        load_table("ames_housing", "Sale_Price", limit=0)
