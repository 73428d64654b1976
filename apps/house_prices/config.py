"""What house_prices is and which options it has."""

import dataclasses
from dataclasses import dataclass
from typing import Literal

from kerasuite.app import About, Config, Expected, option_error


@dataclass(frozen=True)
class HousePricesConfig(Config):
    """Options of house_prices."""

    data: str | None = None
    """A table (CSV, TSV or Parquet) or a catalogue name; left out, houses sold in Ames, Iowa."""
    target: str = "Sale_Price"
    """The column of numbers to be predicted."""
    categories: tuple[str, ...] = ()
    """Columns of numbers that are categories, such as codes of districts."""
    ignore: tuple[str, ...] = ()
    """Columns to leave out, such as row numbers."""
    scale: Literal["log", "linear"] = "log"
    """Learn the target's logarithm, where errors are shares (prices), or the target itself."""
    folds: int = 5
    """Into how many parts the rows are divided at random; one is for test."""
    fold: int = 0
    """Which part is for test, from 0."""
    keep: Literal["best", "last"] = "last"
    """Which epoch's weights to keep: the best on validation data, or the last."""
    schedule: Literal["cosine", "constant"] = "cosine"
    """How the learning rate falls over the run."""
    members: int = 4
    """How many nets learn side by side; the answer is their mean."""
    hidden_units: tuple[int, ...] = (64, 32)
    """Units of each hidden layer of each net; none leaves the linear part alone."""
    bins: int = 16
    """Into how many intervals each column of numbers is divided."""
    input_dropout: float = 0.1
    """Share of the features that is left out at random in training."""
    dropout: float = 0.1
    """Share of each hidden layer that is left out at random in training."""
    weight_decay: float = 1.0
    """By which share of the learning rate all weights shrink in each step (AdamW)."""
    compare: Literal["none", "default", "tuned"] = "tuned"
    """Also fit scikit-learn's HistGradientBoosting on the same rows: as it is, or tuned as well."""
    limit: int | None = None
    """Use at most this many rows."""

    def check(self) -> None:
        super().check()
        if not 2 <= self.folds <= 100:
            raise option_error("folds", "from 2 to 100", self.folds)
        if not 0 <= self.fold < self.folds:
            raise option_error("fold", f"from 0 to {self.folds - 1}", self.fold)
        if not 1 <= self.members <= 64:
            raise option_error("members", "from 1 to 64", self.members)
        if any(units < 1 for units in self.hidden_units):
            raise option_error("hidden_units", "whole numbers of at least 1", self.hidden_units)
        if not 1 <= self.bins <= 256:
            raise option_error("bins", "from 1 to 256", self.bins)
        for name in ("input_dropout", "dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise option_error(name, "at least 0 and below 1", getattr(self, name))
        if not 0 <= self.weight_decay < float("inf"):
            raise option_error("weight_decay", "0 or more", self.weight_decay)
        if self.target in (*self.categories, *self.ignore):
            raise option_error("target", "no column of --categories or --ignore", self.target)
        if self.limit is not None and self.limit < 10:
            raise option_error("limit", "at least 10", self.limit)
        if self.jit:
            raise option_error("jit", "left out: XLA has no texts", self.jit)


ABOUT = About(
    title="House prices",
    summary="Predicts a number from a row of raw numbers and texts, some of which may be missing",
    papers=(
        "H.-T. Cheng et al.: Wide & Deep Learning for Recommender Systems. DLRS 2016",
        "Y. Gorishniy, I. Rubachev, A. Babenko: On Embeddings for Numerical Features in Tabular "
        "Deep Learning. NeurIPS 2022",
        "B. Lakshminarayanan, A. Pritzel, C. Blundell: Simple and Scalable Predictive Uncertainty "
        "Estimation using Deep Ensembles. NIPS 2017",
    ),
    tags=("tables", "regression"),
    expected=(
        Expected(
            "rmsle_ratio",
            "no worse than scikit-learn's HistGradientBoosting on the same rows",
            {"data": None},
            at_most=1.0,
        ),
    ),
)

_DEFAULT = HousePricesConfig(epochs=40, batch_size=64, learning_rate=2e-3)

PRESETS: dict[str, Config] = {
    "default": _DEFAULT,
    "smoke": dataclasses.replace(
        _DEFAULT,
        members=2,
        hidden_units=(8,),
        bins=4,
        epochs=3,
        learning_rate=1e-2,
        compare="default",
        limit=300,
        tensorboard=False,
    ),
    "full": dataclasses.replace(
        _DEFAULT, members=16, hidden_units=(128, 64), epochs=80, learning_rate=1e-3
    ),
}
