"""What recommender is and which options it has."""

import dataclasses
from dataclasses import dataclass
from typing import Literal

from kerasuite.app import About, Config, Expected, option_error


@dataclass(frozen=True)
class RecommenderConfig(Config):
    """Options of recommender."""

    data: str | None = None
    """movielens (fetched once), or a table of ratings; left out, ratings that are made up."""
    user_column: str = "user"
    """The column of a table with the user's id."""
    item_column: str = "item"
    """The column of a table with the item's id."""
    rating_column: str = "rating"
    """The column of a table with the rating, a number."""
    time_column: str = "timestamp"
    """The column of a table with the time of the rating, a number or a date."""
    title_column: str = ""
    """The column of a table with the item's title; left out, there are none."""
    tags_column: str = ""
    """The column of a table with the item's tags, as in comedy|drama; left out, there are none."""
    split: Literal["per_user", "global"] = "per_user"
    """For test: the last tenth of each user's ratings, or of all (by users mostly unseen)."""
    model: Literal["biases", "gmf", "mlp", "neumf"] = "gmf"
    """What foretells ratings on top of biases: nothing, factors, an MLP, or both (NCF)."""
    factors: int = 32
    """Size of the vectors of users and items of each part."""
    hidden_units: tuple[int, ...] = (32, 16)
    """Units of the MLP's hidden layers."""
    penalty: float = 0.1
    """Weight of the squared vectors, per rating, against overfitting."""
    dropout: float = 0.5
    """Share of each hidden layer that is left out at random in training."""
    temperature: float = 0.1
    """By what the likeness of a user's and an item's tower is divided, below 1 for sharper."""
    top_k: int = 10
    """How many items the SavedModel recommends, and are measured."""
    schedule: Literal["cosine", "constant"] = "cosine"
    """How the learning rate falls over the run."""
    limit: int | None = None
    """Use at most this many users."""

    def check(self) -> None:
        super().check()
        for name, low, high in (("factors", 1, 4096), ("top_k", 1, 1000)):
            if not low <= (value := getattr(self, name)) <= high:
                raise option_error(name, f"from {low} to {high}", value)
        if any(units < 1 for units in self.hidden_units) or not self.hidden_units:
            raise option_error("hidden_units", "whole numbers of at least 1", self.hidden_units)
        if not 0 <= self.penalty < float("inf"):
            raise option_error("penalty", "0 or more", self.penalty)
        if not 0 <= self.dropout < 1:
            raise option_error("dropout", "at least 0 and below 1", self.dropout)
        if not 0 < self.temperature <= 10:
            raise option_error("temperature", "above 0 and at most 10", self.temperature)
        if self.limit is not None and self.limit < 2:
            raise option_error("limit", "at least 2", self.limit)


_MOVIELENS = {"data": "movielens", "model": "gmf", "split": "per_user"}

ABOUT = About(
    title="What to watch next",
    summary="Foretells ratings by factors and biases that drift, and finds items by two towers",
    papers=(
        "X. He et al.: Neural Collaborative Filtering. WWW 2017",
        "X. Yi et al.: Sampling-Bias-Corrected Neural Modeling for Large Corpus Item "
        "Recommendations. RecSys 2019",
        "Y. Koren: Collaborative Filtering with Temporal Dynamics. KDD 2009",
    ),
    tags=("tables", "recommendation", "retrieval"),
    expected=(
        Expected("rmse_ratio", "beats biases and SVD on the same split", _MOVIELENS, at_most=1.0),
    ),
)

_DEFAULT = RecommenderConfig(epochs=10, batch_size=1024, learning_rate=5e-3)

PRESETS: dict[str, Config] = {
    "default": dataclasses.replace(_DEFAULT, batch_size=256),
    "smoke": dataclasses.replace(
        _DEFAULT, factors=8, epochs=2, batch_size=128, limit=80, tensorboard=False
    ),
    "movielens": dataclasses.replace(_DEFAULT, data="movielens"),
    "full": dataclasses.replace(
        _DEFAULT, data="movielens", factors=64, epochs=20, learning_rate=2e-3
    ),
}
