import numpy as np
import pandas as pd
import pytest

from kerasuite.data.rating_states import HALF_LIVES, user_states
from kerasuite.data.ratings import Names, load_ratings
from kerasuite.errors import InputError


def test_made_up_ratings_are_split_by_time():
    splits = load_ratings("made_up", Names())
    again = load_ratings("made_up", Names())
    np.testing.assert_array_equal(splits.test.ratings, again.test.ratings)
    sizes = splits.sizes()
    assert sizes["train"] > 7 * sizes["test"] > 0 and sizes["validation"] > 0
    known = {name: values for name, _, values in splits.info.columns}
    assert len(known["user"]) == 200 and len(known["title"]) == len(known["item"])
    assert splits.test.users.min() >= 1 and len(known["state"]) == 201
    assert splits.test.states.any() and not np.array(known["state"][0]).any()


@pytest.fixture
def frame():
    rows = [
        (f"u{u}", f"i{(u + t) % 7}", 1 + (u + t) % 5, 100 * u + t)
        for u in range(4)
        for t in range(10)
    ]
    table = pd.DataFrame(rows, columns=["who", "what", "stars", "when"])
    table["what"] += "-" + (table.index % 10).astype(str)
    return table.sample(frac=1, random_state=0)


NAMES = Names("who", "what", "stars", "when")


def load(frame, folder, names=NAMES, **options):
    path = folder / "ratings.tsv"
    frame.to_csv(path, index=False, sep="\t")
    return load_ratings(str(path), names, **options)


def test_the_last_ratings_of_each_user_are_for_test(frame, tmp_path):
    splits = load(frame, tmp_path)
    assert splits.sizes() == {"train": 32, "validation": 4, "test": 4}
    assert sorted(splits.test.users) == [1, 2, 3, 4]
    late = load(frame, tmp_path, split="global").test
    assert (late.users == 4).all() and len(late) == 4  # all by the last user


def test_dates_are_times(frame, tmp_path):
    dated = frame.assign(when=pd.to_datetime(frame["when"], unit="D").astype(str))
    a, b = load(frame, tmp_path), load(dated, tmp_path)
    np.testing.assert_array_equal(a.test.ratings, b.test.ratings)


@pytest.mark.parametrize(
    ("column", "value", "hint"),
    [
        ("stars", "good", "expected a number as rating in row 1. Received: 'good'"),
        ("when", "soon", "expected a number or a date as time in row 1. Received: 'soon'"),
        ("who", "", "row 1 has no user"),
    ],
)
def test_bad_values_are_named(column, value, hint, frame, tmp_path):
    frame = frame.astype({column: object})
    frame.iloc[0, list(frame.columns).index(column)] = value
    with pytest.raises(InputError, match=hint):
        load(frame, tmp_path)


def test_refusals(frame, tmp_path):
    with pytest.raises(InputError, match="no column 'rating'"):
        load(frame, tmp_path, Names("who", "what", "rating", "when"))
    with pytest.raises(InputError, match="all ratings are the same"):
        load(frame.assign(stars=3), tmp_path)
    with pytest.raises(InputError, match="too few ratings"):
        load(frame.head(3), tmp_path)
    with pytest.raises(InputError, match="There is no table 'nowhere'"):
        load_ratings("nowhere", NAMES)


def test_states_look_back_only():
    users, items = np.array([1] * 20 + [2] * 20), np.arange(40) % 10 + 1
    ratings = np.where(np.arange(40) < 20, 5.0, 1.0)
    before, after = user_states(users, items, ratings, 2, 10, seed=0)
    assert not before[0].any() and not before[20].any()  # nothing is known yet
    assert (after[1, : len(HALF_LIVES)] > 0.5).all() and (after[2, : len(HALF_LIVES)] < -0.5).all()
    changed = ratings.copy()
    changed[19] = 1.0
    again, _ = user_states(users, items, changed, 2, 10, seed=0)
    # Only the items' means moved, and those by a little.
    assert np.abs(again[:20] - before[:20]).max() < 0.2
