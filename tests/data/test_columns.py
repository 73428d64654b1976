import numpy as np
import pandas as pd
import pytest

from kerasuite.data.columns import field_names, fold_parts, load_columns
from kerasuite.errors import InputError


@pytest.fixture
def frame(rng):
    return pd.DataFrame(
        {
            "area": rng.integers(20, 200, 60).astype(float),
            "kind": np.tile(["flat", "house", ""], 20),
            "garden": np.tile([True, False], 30),
            "code": np.tile([1, 2, 3], 20),
            "price": rng.uniform(1e4, 9e4, 60),
        }
    )


def load(frame, folder, **options):
    path = folder / "houses.csv"
    frame.to_csv(path, index=False)
    return load_columns(str(path), options.pop("target", "price"), **options)


def test_ames():
    splits = load_columns("ames_housing", "Sale_Price", fold=1)
    assert splits.sizes() == {"train": 2110, "validation": 234, "test": 586}
    kinds = {name: kind for name, kind, _ in splits.info.columns}
    assert len(kinds) == 73 and kinds["Lot_Area"] == "number" and kinds["Alley"] == "category"
    assert splits.info.licence == "MIT"


def test_kinds_are_inferred(frame, tmp_path):
    splits = load(frame, tmp_path, categories=("code",), bins=4)
    known = {name: (kind, values) for name, kind, values in splits.info.columns}
    assert known["area"][0] == "number" and 2 <= len(known["area"][1]) <= 5
    assert known["kind"] == ("category", ("", "flat", "house"))
    assert known["garden"] == ("category", ("False", "True"))
    assert known["code"] == ("category", ("1", "2", "3"))
    columns = splits.train.columns
    assert columns["area"].dtype == np.float32 and set(columns["kind"]) <= {b"", b"flat", b"house"}


def test_words_for_missing_numbers(frame, tmp_path):
    frame["area"] = frame["area"].astype(object)
    frame.loc[:2, "area"] = ["NA", "none", "?"]
    splits = load(frame, tmp_path)
    everything = [p.columns["area"] for p in (splits.train, splits.validation, splits.test)]
    assert np.isnan(np.concatenate(everything)).sum() == 3


def test_columns_of_no_use_are_left_out_and_named(frame, tmp_path):
    frame["id"] = [f"house {i}" for i in range(60)]
    frame["nothing"] = np.nan
    frame["same"] = 7
    splits = load(frame, tmp_path, ignore=("code",))
    assert {name for name, *_ in splits.info.columns} == {"area", "kind", "garden"}
    why = dict(splits.info.skipped)
    assert why["column nothing"] == "no row has a value"
    assert "60 texts" in why["column id"] and "the same" in why["column same"]


def test_rows_without_a_target_are_left_out(frame, tmp_path):
    frame.loc[:4, "price"] = np.nan
    splits = load(frame, tmp_path)
    assert sum(splits.sizes().values()) == 55
    assert "5 rows without price" in splits.info.skipped[0][1]


@pytest.mark.parametrize(
    ("change", "options", "hint"),
    [
        ({}, {"target": "prize"}, "no column 'prize'; near: price"),
        ({}, {"target": "kind"}, r"column 'kind' must hold numbers\. Received: 'flat' in row 1"),
        ({"price": 5.0}, {}, "'price' has the same value in all rows"),
        ({}, {"ignore": ("aria",)}, "no column 'aria'"),
        ({}, {"ignore": ("area", "kind", "garden", "code")}, "no column to learn from"),
        ({}, {"folds": 50, "fold": 30, "limit": 20}, "too few rows"),
    ],
)
def test_refusals(change, options, hint, frame, tmp_path):
    with pytest.raises(InputError, match=hint):
        load(frame.assign(**change), tmp_path, **options)


def test_numbers_with_a_few_texts_are_a_mistake(frame, tmp_path):
    frame["area"] = frame["area"].astype(object)
    frame.loc[16, "area"] = "large"
    with pytest.raises(InputError, match=r"'area' must hold numbers.*'large' in row 17"):
        load(frame, tmp_path)


def test_other_data_must_have_what_a_model_learned(frame, tmp_path):
    learned = load(frame, tmp_path).info
    again = load(frame.assign(kind="castle"), tmp_path, learned=learned)
    assert again.info.columns == learned.columns and set(again.test.columns["kind"]) == {b"castle"}
    with pytest.raises(InputError, match=r"lacks columns .*: area"):
        load(frame.drop(columns="area"), tmp_path, learned=learned)
    with pytest.raises(InputError, match=r"'area' must hold numbers\. Received: 'big' in row 1"):
        load(frame.assign(area="big"), tmp_path, learned=learned)


def test_each_row_is_in_the_test_part_of_one_fold():
    parts = [fold_parts(23, 5, fold, seed=3) for fold in range(5)]
    tests = np.concatenate([test for *_, test in parts])
    assert sorted(tests) == list(range(23))
    for train, validation, test in parts:
        assert sorted([*train, *validation, *test]) == list(range(23))
        assert len(validation) == 2


def test_names_of_fields():
    names = ["a b", "a/b", "1st", "Größe m²", "_x", "a_b", "A"]
    fields = field_names(names)
    assert len(set(fields.values())) == len(names)
    assert fields["a b"] == "a_b" and fields["1st"] == "column_1st" and fields["A"] == "A"
    assert all(f.isascii() and f.isidentifier() for f in fields.values())
