"""Ratings by factors and drifting biases, and retrieval by two towers."""

from typing import Any

import keras
import numpy as np

from kerasuite.app import App
from kerasuite.apps.recommender.baselines import svd_predictions
from kerasuite.apps.recommender.nets import RATING_NET, build_net, column
from kerasuite.apps.recommender.serving import (
    Catalogue,
    recommender_checks,
    recommender_signatures,
    retrieval_scores,
)
from kerasuite.data.ratings import MADE_UP, Names, Ratings, load_ratings
from kerasuite.data.splits import Info, Splits
from kerasuite.evaluation.ranking import ranking_figures
from kerasuite.evaluation.rating_baselines import fit_biases
from kerasuite.export.signature import Check, Signature
from kerasuite.training.callbacks import schedule
from kerasuite.training.retrieval_losses import InBatchSoftmax

CHECKED_RATINGS = 64


class Recommender(App):
    """Learns who likes what from ratings with times."""

    monitor = ("val_rating_rmse", "min")

    def data(self, info: Info | None = None) -> Splits:
        config = self.config
        names = Names(
            config.user_column,
            config.item_column,
            config.rating_column,
            config.time_column,
            config.title_column,
            config.tags_column,
        )
        self.splits = load_ratings(
            config.data or MADE_UP,
            names,
            split=config.split,
            seed=config.seed,
            limit=config.limit,
            learned=info,
        )
        return self.splits

    def build(self, info: Info) -> keras.Model:
        config, items = self.config, self.splits.train.items
        frequencies = np.bincount(items, minlength=len(column(info, "item")) + 1) / len(items)
        model = build_net(config, info, frequencies)
        model.compile(
            keras.optimizers.Adam(config.learning_rate),
            loss={"rating": keras.losses.MeanSquaredError(), "affinity": InBatchSoftmax()},
            metrics={"rating": keras.metrics.RootMeanSquaredError("rmse")},
            jit_compile=config.jit,
        )
        return model

    def callbacks(self, model: keras.Model, splits: Splits) -> list[keras.callbacks.Callback]:
        config = self.config
        return [schedule(config.schedule, config.learning_rate, config.epochs)]

    def evaluate(self, model: keras.Model, splits: Splits) -> dict[str, Any]:
        test, limits = splits.test, column(splits.info, "rating")
        headline = {"rmse": rmse(predict(model, test, limits), test.ratings)}
        mean, user_bias, item_bias = fit_biases(
            splits.train.users, splits.train.items, splits.train.ratings
        )
        user_bias = np.pad(user_bias, (0, max(0, test.users.max() + 1 - len(user_bias))))
        item_bias = np.pad(item_bias, (0, max(0, test.items.max() + 1 - len(item_bias))))
        biased = mean + user_bias[test.users] + item_bias[test.items]
        headline["biases_rmse"] = rmse(biased.clip(*limits), test.ratings)
        evaluation: dict[str, Any] = {"examples": len(test)}
        if (found := svd_predictions(splits, self.config.seed)) is not None:
            for name, predicted in found.items():
                headline[f"{name}_rmse"] = rmse(predicted.clip(*limits), test.ratings)
        others = [v for k, v in headline.items() if k != "rmse"]
        headline["rmse_ratio"] = headline["rmse"] / min(others)
        for part, known in (("users", test.users > 0), ("items", test.items > 0)):
            evaluation[f"unknown_{part}"] = int((~known).sum())
        both = (test.users > 0) & (test.items > 0)
        if both.any():
            predicted = predict(model, test, limits)
            evaluation["rmse_of_known"] = rmse(predicted[both], test.ratings[both])
        headline |= self._ranking(model, splits)
        return {"headline": headline, "evaluation": evaluation}

    def signatures(self, model: keras.Model, info: Info) -> dict[str, Signature]:
        catalogue = Catalogue(info, seen(self.splits))
        return recommender_signatures(model, catalogue, self.config.top_k)

    def checks(self, model: keras.Model, splits: Splits) -> dict[str, Check]:
        test = splits.test
        some = slice(0, CHECKED_RATINGS)
        predicted = {
            "user": test.users[some],
            "item": test.items[some],
            "rating": predict(model, test, column(splits.info, "rating"))[some],
        }
        catalogue = Catalogue(splits.info, seen(splits))
        return recommender_checks(model, catalogue, self.config.top_k, predicted)

    def _ranking(self, model: keras.Model, splits: Splits) -> dict[str, float]:
        """Of new items for known users, beside the most popular ones."""
        catalogue, k = Catalogue(splits.info, seen(splits)), self.config.top_k
        # What was rated before the test part is old news, too.
        held = splits.validation
        catalogue.seen[held.users, held.items] = True
        catalogue.seen[0] = False
        wanted: list[set[int]] = [set() for _ in range(len(catalogue.users) + 1)]
        for user, item in zip(splits.test.users, splits.test.items, strict=True):
            if user and item:
                wanted[user].add(int(item))
        users = np.array([u for u, items in enumerate(wanted) if items], "int32")
        if not len(users):
            return {}
        wanted = [wanted[u] for u in users]
        scores = retrieval_scores(model, users, catalogue, new=True)
        popular = np.where(catalogue.seen[users], -np.inf, catalogue.popularity)
        popular[:, 0] = -np.inf
        result = {}
        for name, given in (("", scores), ("popularity_", popular)):
            ranked = np.argsort(-given, axis=1, kind="stable")[:, :k]
            figures = ranking_figures(ranked, wanted)
            result |= {f"{name}{figure}_at_{k}": figures[figure] for figure in ("recall", "ndcg")}
        return result


def predict(model: keras.Model, ratings: Ratings, limits: tuple[float, float]) -> np.ndarray:
    """The rating to be expected of each, within the limits, float [n]."""
    given = {"user": ratings.users, "item": ratings.items, "state": ratings.states}
    answers = model.get_layer(RATING_NET).predict(given, batch_size=8192, verbose=0)
    return answers[:, 0].clip(*limits)


def rmse(predicted: np.ndarray, truths: np.ndarray) -> float:
    """The root mean squared error."""
    return float(np.sqrt(np.mean(np.square(predicted.astype("float64") - truths))))


def seen(splits: Splits) -> np.ndarray:
    """What each user rated in the training part, bool [users + 1, items + 1]."""
    users, items = (len(column(splits.info, name)) + 1 for name in ("user", "item"))
    found = np.zeros((users, items), bool)
    found[splits.train.users, splits.train.items] = True
    return found


APP = Recommender
