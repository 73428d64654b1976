"""A price from a row of numbers and texts: wide and deep nets, beside boosted trees."""

import dataclasses
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite.app import App
from kerasuite.apps.house_prices.baselines import boosted_trees
from kerasuite.apps.house_prices.nets import build_net
from kerasuite.apps.house_prices.serving import price_checks, price_signatures
from kerasuite.data.columns import load_columns
from kerasuite.data.splits import Info, Splits
from kerasuite.data.table_rows import TableRows, as_input
from kerasuite.errors import InputError
from kerasuite.evaluation.regression import evaluate_regression, importances
from kerasuite.export.signature import Check, Signature
from kerasuite.report import figures as draw
from kerasuite.report.figure import Figure
from kerasuite.training.callbacks import schedule

DEFAULT_DATA = "ames_housing"
EVALUATED_AT_ONCE = 4096
# Prices beyond what 32-bit floats hold would be infinite.
_LARGEST_LOG = 88.0


class HousePrices(App):
    """Learns a number, or its logarithm, from the columns of a table."""

    def data(self, info: Info | None = None) -> Splits:
        config = self.config
        splits = load_columns(
            config.data or DEFAULT_DATA,
            config.target,
            categories=config.categories,
            ignore=config.ignore,
            folds=config.folds,
            fold=config.fold,
            bins=config.bins,
            seed=config.seed,
            limit=config.limit,
            learned=info,
        )
        train, validation, test = map(self._scaled, (splits.train, splits.validation, splits.test))
        if info is None:
            mean, std = float(train.targets.mean()), float(train.targets.std())
            info = dataclasses.replace(splits.info, mean=(mean,), std=(std or 1.0,))
        else:
            info = dataclasses.replace(splits.info, mean=info.mean, std=info.std)
        return Splits(train, validation, test, info)

    def build(self, info: Info) -> keras.Model:
        config = self.config
        model = build_net(config, info)
        optimizer = keras.optimizers.AdamW(config.learning_rate, weight_decay=config.weight_decay)
        # Each member learns alone: the mean of their losses, not the loss of their mean.
        model.compile(optimizer, keras.losses.MeanSquaredError(), jit_compile=False)
        return model

    def callbacks(self, model: keras.Model, splits: Splits) -> list[keras.callbacks.Callback]:
        config = self.config
        return [schedule(config.schedule, config.learning_rate, config.epochs)]

    def evaluate(self, model: keras.Model, splits: Splits) -> dict[str, Any]:
        config, test = self.config, splits.test
        details = evaluate_regression(
            self._unscaled(test.targets), self._unscaled(answers(model, test.columns))
        )
        figure = "rmse" if details["rmsle"] is None else "rmsle"
        headline = {name: details[name] for name in (figure, "mae", "r2")}
        kinds = {"none": (), "default": ("default",), "tuned": ("default", "tuned")}
        for kind in kinds[config.compare]:
            predicted, settings = boosted_trees(splits, kind == "tuned", config.seed)
            trees = evaluate_regression(self._unscaled(test.targets), self._unscaled(predicted))
            headline[f"{kind}_trees_{figure}"] = trees[figure]
            details[f"{kind}_trees_mae"] = trees["mae"]
            details[f"{kind}_trees"] = ", ".join(f"{k} {v}" for k, v in settings.items())
        if others := [v for k, v in headline.items() if "trees" in k]:
            headline[f"{figure}_ratio"] = headline[figure] / min(others)
        details["importance"] = importances(
            lambda columns: answers(model, columns), test.columns, test.targets, seed=config.seed
        )
        return {"headline": headline, "evaluation": details}

    def signatures(self, model: keras.Model, info: Info) -> dict[str, Signature]:
        return price_signatures(model, info, self.config.scale == "log")

    def checks(self, model: keras.Model, splits: Splits) -> dict[str, Check]:
        predicted = self._unscaled(answers(model, splits.test.columns))
        return price_checks(splits.test, predicted)

    def figures(
        self, model: keras.Model, splits: Splits, evaluation: dict[str, Any]
    ) -> list[Figure]:
        truths = self._unscaled(splits.test.targets)
        predicted = self._unscaled(answers(model, splits.test.columns))
        return [
            draw.predicted_against_true(truths, predicted, self.config.scale == "log"),
            draw.decile_bars(evaluation["deciles"]),
            draw.importance_bars(evaluation["importance"]),
        ]

    def _scaled(self, rows: TableRows) -> TableRows:
        """The rows with their targets on the scale that is learned."""
        if self.config.scale == "linear":
            return rows
        if (least := rows.targets.min()) <= 0:
            raise InputError(
                f"The logarithm of {self.config.target!r} needs numbers above 0, or --scale "
                f"linear. Received: {least:g}"
            )
        return TableRows(rows.columns, np.log(rows.targets))

    def _unscaled(self, targets: np.ndarray) -> np.ndarray:
        return np.exp(np.minimum(targets, _LARGEST_LOG)) if self.config.scale == "log" else targets


def answers(model: keras.Model, columns: dict[str, np.ndarray]) -> np.ndarray:
    """The mean answer of the members to each row, on the scale that is learned, float64 [n]."""
    given = []
    for start in range(0, len(next(iter(columns.values()))), EVALUATED_AT_ONCE):
        rows = slice(start, start + EVALUATED_AT_ONCE)
        batch = {name: tf.constant(as_input(values[rows])) for name, values in columns.items()}
        given.append(model.predict_on_batch(batch))
    return np.concatenate(given).astype("float64").mean(axis=1)


APP = HousePrices
