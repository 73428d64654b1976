"""Ratings of items by users, in the order of their times."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import tensorflow as tf

from kerasuite.data import catalogue, tables
from kerasuite.data.batches import Examples
from kerasuite.data.fetch import paths
from kerasuite.data.r_data import r_object
from kerasuite.data.rating_states import STATE_SIZE, user_states
from kerasuite.data.splits import Info, Splits
from kerasuite.errors import InputError

SHARES = (0.8, 0.1, 0.1)
MADE_UP = "made_up"


@dataclass(frozen=True)
class Names:
    """How the columns of a table of ratings are called; "" for one that is not there."""

    user: str = "user"
    item: str = "item"
    rating: str = "rating"
    time: str = "timestamp"
    title: str = ""
    tags: str = ""


class Ratings(Examples):
    """Ratings in memory.

    Args:
        users, items: int32 [n], from 1; 0 for those that are not in the training part.
        ratings: float32 [n].
        states: float32 [n, STATE_SIZE], what was known of the user (see `rating_states`).
    """

    def __init__(
        self, users: np.ndarray, items: np.ndarray, ratings: np.ndarray, states: np.ndarray
    ) -> None:
        self.users, self.items, self.ratings, self.states = users, items, ratings, states

    def __len__(self) -> int:
        return len(self.ratings)

    def gathered(self, order: tf.data.Dataset) -> tf.data.Dataset:
        """Batches of {"user", "item", "state"} and {"rating", "affinity"}."""
        users, items, states = map(tf.constant, (self.users, self.items, self.states))
        ratings = tf.constant(self.ratings[:, None])

        def gather(rows: tf.Tensor) -> tuple[dict[str, tf.Tensor], dict[str, tf.Tensor]]:
            item = tf.gather(items, rows)
            given = {"user": tf.gather(users, rows), "state": tf.gather(states, rows), "item": item}
            return given, {"rating": tf.gather(ratings, rows), "affinity": item}

        return order.map(gather).prefetch(tf.data.AUTOTUNE)


def load_ratings(
    source: str,
    names: Names,
    *,
    split: str = "per_user",
    seed: int = 0,
    limit: int | None = None,
    learned: Info | None = None,
) -> Splits:
    """Loads ratings and divides them by time, 80/10/10: what is to be predicted comes last.

    Args:
        source: "made_up", "movielens", or a table (CSV, TSV, Parquet).
        names: of the table's columns.
        split: "per_user", where the last tenth of each user's ratings is for test, or "global",
            where the last tenth of all is: most of its users may be new then.
        seed: of what is made up.
        limit: at most so many ratings, the first users'.
        learned: of the data that a model was trained on: the same users and items.

    Returns:
        Three `Ratings` and their `Info`. Its `columns` are "user" and "item" with the ids in the
        training part, "title" and "tags" with a text per item, and "state" with a row of numbers
        per user, and "rating" with the least and the highest. `mean` is that of the ratings.

    Raises:
        InputError: if there is no such source or column, or a value is of no use.
    """
    table, info = _opened(source, names, seed)
    table = _checked(table, info.name)
    if limit is not None:
        table = table[table["user"].isin(pd.unique(table["user"])[:limit])]
    order = ["time", "item"] if split == "global" else ["user", "time", "item"]
    table = table.sort_values(order, kind="stable").reset_index(drop=True)
    train, validation, test = _divided(table, split, info.name)
    if learned is None:
        users, items = (tuple(sorted(set(train[c]))) for c in ("user", "item"))
    else:
        users, items = (next(v for n, _, v in learned.columns if n == c) for c in ("user", "item"))
    # In each user's own order: the states are built along it.
    train = train.sort_values(["user", "time", "item"], kind="stable")
    coded = [_coded(part, users, items) for part in (train, validation, test)]
    rated, known = user_states(*coded[0], len(users), len(items), seed)
    parts = [
        Ratings(*codes, states)
        for codes, states in zip(coded, (rated, *(known[c[0]] for c in coded[1:])), strict=True)
    ]
    first = table.drop_duplicates("item").set_index("item")
    columns = (
        ("user", "category", users),
        ("item", "category", items),
        ("title", "category", tuple(first["title"].reindex(list(items)).fillna(""))),
        ("tags", "category", tuple(first["tags"].reindex(list(items)).fillna(""))),
        ("state", "number", tuple(tuple(map(float, row)) for row in known)),
        ("rating", "number", (float(coded[0][2].min()), float(coded[0][2].max()))),
    )
    about = {
        "shape": (STATE_SIZE,),
        "columns": columns if learned is None else learned.columns,
        "mean": (float(coded[0][2].mean()),) if learned is None else learned.mean,
    }
    return Splits(*parts, Info(info.name, licence=info.licence, citation=info.citation, **about))


def _opened(source: str, names: Names, seed: int) -> tuple[pd.DataFrame, Info]:
    """Ratings with the columns user, item, rating, time, title and tags."""
    if source == MADE_UP:
        return made_up(seed), Info(MADE_UP)
    if source == "movielens":
        entry = catalogue.find(source)
        films = r_object(*paths(source), "movielens")
        tags = films["genres"].astype(str).where(films["genres"] != "(no genres listed)", "")
        decade = (films["year"].astype("float64") // 10 * 10).map(
            lambda d: "" if pd.isna(d) else f"|{int(d)}s"
        )
        table = pd.DataFrame(
            {
                "user": films["userId"].astype(str),
                "item": films["movieId"].astype(str),
                "rating": films["rating"],
                "time": films["timestamp"].astype("float64"),
                "title": films["title"].astype("object").fillna("").astype(str),
                "tags": tags + decade,
            }
        )
        return table, Info(source, licence=entry.licence, citation=entry.citation)
    table, info = tables.opened(source, literal=True)
    for name in (names.user, names.item, names.rating, names.time, names.title, names.tags):
        if name:
            tables.check_column(name, tuple(table.columns), info.name)
    empty = pd.Series("", index=table.index)
    texts = {"user": names.user, "item": names.item, "title": names.title, "tags": names.tags}
    found = {
        k: table[v].astype("object").fillna("").astype(str) if v else empty
        for k, v in texts.items()
    }
    found["rating"], found["time"] = table[names.rating], table[names.time]
    return pd.DataFrame(found), info


def _checked(table: pd.DataFrame, source: str) -> pd.DataFrame:
    """The table with numbers for ratings and times; the first bad row is named."""
    table = table.copy()
    times = pd.to_numeric(table["time"], errors="coerce")
    if times.isna().any():  # dates, perhaps
        dates = pd.to_datetime(table["time"], errors="coerce", utc=True, format="mixed")
        times = dates.astype("int64").where(dates.notna()) / 1e9
    numbers = {"rating": pd.to_numeric(table["rating"], errors="coerce"), "time": times}
    for name, values in numbers.items():
        bad = ~np.isfinite(values.to_numpy("float64", na_value=np.nan))
        if bad.any():
            row = int(np.argmax(bad))
            raise InputError(
                f"{source}: expected a number{' or a date' if name == 'time' else ''} as {name} "
                f"in row {row + 1}. Received: {table[name].iloc[row]!r}"
            )
        table[name] = values.astype("float64")
    for name in ("user", "item"):
        if (table[name] == "").any():
            row = int(np.argmax(table[name].to_numpy() == ""))
            raise InputError(f"{source}: row {row + 1} has no {name}")
    if table["rating"].nunique() < 2:
        raise InputError(f"{source}: all ratings are the same")
    return table.drop_duplicates(["user", "item"], keep="last")


def _divided(table: pd.DataFrame, split: str, source: str) -> list[pd.DataFrame]:
    """Training, validation and test, of rows in the order of time (of each user)."""
    if split == "global":
        share = (np.arange(len(table)) + 0.5) / len(table)
    else:
        groups = table.groupby("user", sort=False)["item"]
        share = ((groups.cumcount() + 0.5) / groups.transform("size")).to_numpy()
    ends = np.cumsum(SHARES)
    parts = [table[share < ends[0]], table[(share >= ends[0]) & (share < ends[1])]]
    parts.append(table[share >= ends[1]])
    if min(map(len, parts)) == 0:
        raise InputError(
            f"{source} has too few ratings to divide them by time: users with at least 10 are "
            f"needed. Received: {len(table)} ratings"
        )
    return parts


def _coded(
    part: pd.DataFrame, users: tuple[str, ...], items: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Numbers of users and items from 1, 0 for unknown ones, and the ratings."""
    codes = [
        part[c].map({v: i for i, v in enumerate(known, 1)}).fillna(0).to_numpy("int32")
        for c, known in (("user", users), ("item", items))
    ]
    return codes[0], codes[1], part["rating"].to_numpy("float32")


def made_up(seed: int, users: int = 200, items: int = 300) -> pd.DataFrame:
    """Ratings by users with a taste in four genres, some items being more popular than others."""
    rng = np.random.default_rng(seed)
    genres = rng.integers(0, 4, items)
    taste, quality = rng.normal(0, 0.8, (users, 4)), rng.normal(0, 0.4, items)
    popularity = rng.zipf(1.8, items) ** 0.5
    rows = []
    for user in range(users):
        # One watches what one likes: that is what retrieval learns from.
        odds = popularity * np.exp(1.5 * taste[user, genres])
        chosen = rng.choice(items, rng.integers(20, 60), replace=False, p=odds / odds.sum())
        mood = rng.normal(0, 0.3)
        score = 3.3 + mood + taste[user, genres[chosen]] + quality[chosen]
        score += rng.normal(0, 0.4, len(chosen))
        stars = np.clip(np.round(2 * score) / 2, 0.5, 5)
        rows += [
            (f"u{user}", f"i{i}", s, t) for t, (i, s) in enumerate(zip(chosen, stars, strict=True))
        ]
    table = pd.DataFrame(rows, columns=["user", "item", "rating", "time"])
    number = table["item"].str[1:].astype(int)
    table["title"] = "Item " + number.astype(str)
    table["tags"] = "genre " + pd.Series(genres[number]).astype(str)
    return table
