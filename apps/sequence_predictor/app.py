"""Foretells the next samples of a signal, from a window on its past or a memory of it."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite.app import App
from kerasuite.apps.sequence_predictor.nets import build_net, continue_signal, parameters
from kerasuite.data.signals import WARM_UP, Signal, load_signal, recall
from kerasuite.data.splits import Info, Splits
from kerasuite.evaluation.signals import errors_ahead, relative_error
from kerasuite.export.signature import Check, Signature
from kerasuite.report import figures as draw
from kerasuite.report.figure import Figure
from kerasuite.training import fitting

SHOWN = 200
STARTS = 64
CHECKED = 4
LAGS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)


class SequencePredictor(App):
    """Learns a signal by truncated backpropagation through time."""

    def data(self, info: Info | None = None) -> Splits:
        config = self.config
        return load_signal(
            config.data or "mackey_glass",
            column=config.column,
            samples=config.samples,
            lag=config.lag,
            seed=config.seed,
        )

    def build(self, info: Info) -> keras.Model:
        config = self.config
        model = build_net(config.net, config.units, config.depth, config.window, config.seed)
        optimizer = keras.optimizers.Adam(config.learning_rate, clipnorm=1.0)
        loss = keras.losses.MeanSquaredError(reduction="sum")
        model.compile(optimizer, loss, jit_compile=config.jit)
        return model

    def fit(
        self,
        model: keras.Model,
        splits: Splits,
        callbacks: Sequence[keras.callbacks.Callback],
        first_epoch: int = 0,
    ) -> None:
        config = self.config
        _, pieces = splits.train.streams(config.batch_size, config.length)
        fitting.fit(
            model,
            splits.train.pieces(config.batch_size, config.length, config.seed, first_epoch),
            steps_per_epoch=pieces,
            validation_data=splits.validation.whole(),
            initial_epoch=first_epoch,
            epochs=config.epochs,
            callbacks=list(callbacks),
        )

    def evaluate(self, model: keras.Model, splits: Splits) -> dict[str, Any]:
        config, test = self.config, splits.test
        truth, predictions, scored = foretell(model, test)
        error = relative_error(truth[scored], predictions[scored])
        unit = splits.info.std[0]
        rmse = float(np.sqrt(np.mean((truth[scored] - predictions[scored]) ** 2))) * unit
        evaluation: dict[str, Any] = {
            "parameters_by_formula": parameters(
                config.net, config.units, config.depth, config.window
            )
        }
        if config.data == "recall":
            evaluation["error_by_lag"] = self._by_lag(model, splits.info)
        elif len(test) > WARM_UP + config.ahead:
            evaluation["errors_ahead"] = errors_ahead(
                test.values,
                lambda past: continue_signal(model, tf.constant(past), config.ahead).numpy(),
                min(WARM_UP, len(test) - config.ahead),
                config.ahead,
                STARTS,
            )
        return {"headline": {"error": error, "rmse": rmse}, "evaluation": evaluation}

    def signatures(self, model: keras.Model, info: Info) -> dict[str, Signature]:
        (mean,), (std,), ahead = info.mean, info.std, self.config.ahead

        def foretell_next(samples: tf.Tensor) -> dict[str, tf.Tensor]:
            enough = tf.debugging.assert_positive(
                tf.shape(samples)[1], "Expected at least one sample"
            )
            finite = tf.debugging.assert_all_finite(samples, "Expected finite samples")
            with tf.control_dependencies([enough, finite]):
                past = (samples - mean) / std
            return {"next": continue_signal(model, past, ahead) * std + mean}

        return {
            "serving_default": Signature(
                foretell_next,
                (tf.TensorSpec([None, None], tf.float32, "samples"),),
                {"samples": "row"},
                f"past samples, separated by commas → the next {ahead}",
            )
        }

    def checks(self, model: keras.Model, splits: Splits) -> dict[str, Check]:
        (mean,), (std,) = splits.info.mean, splits.info.std
        past = np.stack([splits.test.values[i : i + SHOWN // 2] for i in range(CHECKED)])
        following, sample, states = [], tf.constant(past), model.initial_state(CHECKED)
        for _ in range(self.config.ahead):
            outputs, *states = model([sample[..., None], *states], training=False)
            sample = outputs[:, -1]
            following.append(sample.numpy())
        answers = {"next": np.concatenate(following, axis=1) * std + mean}
        return {"serving_default": Check({"samples": past * std + mean}, answers)}

    def figures(
        self, model: keras.Model, splits: Splits, evaluation: dict[str, Any]
    ) -> list[Figure]:
        config, test = self.config, splits.test
        truth, predictions, scored = (a[-SHOWN:] for a in foretell(model, test))
        found = [draw.foretold(truth, predictions, scored)]
        if by_lag := evaluation.get("error_by_lag"):
            caption = f"The net was trained with a lag of {config.lag}. Above the dashed line it "
            caption += "would be better to always say the mean."
            lags = [int(lag) for lag in by_lag]
            found.append(
                draw.error_lines(
                    lags, {"net": list(by_lag.values())}, "Error by lag", "lag", caption, "by_lag"
                )
            )
        if ahead := evaluation.get("errors_ahead"):
            past, after = test.values[: -config.ahead][-SHOWN:], test.values[-config.ahead :]
            going_on = continue_signal(model, tf.constant(past[None]), config.ahead).numpy()[0]
            caption = f"Over {STARTS} places of the held-out part. Above the dashed line it would "
            caption += "be better to always say the mean."
            found += [
                draw.continuation(past[-config.ahead :], after, going_on),
                draw.error_lines(
                    range(1, config.ahead + 1), ahead, "How the error grows", "steps ahead",
                    caption, "ahead",
                ),
            ]  # fmt: skip
        return found

    def _by_lag(self, model: keras.Model, info: Info) -> dict[str, float]:
        """Errors on signals of other lags than the one that was learned."""
        errors = {}
        for lag in sorted({max(2, round(self.config.lag * share)) for share in LAGS}):
            rng = np.random.default_rng([self.config.seed, lag])
            values, answers = recall(max(5000, 30 * lag), lag, rng)
            values = ((values - info.mean[0]) / info.std[0]).astype("float32")
            truth, predictions, scored = foretell(model, Signal(values, answers))
            errors[str(lag)] = relative_error(truth[scored], predictions[scored])
        return errors


def foretell(model: keras.Model, signal: Signal) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Goes along a signal, asking for each next sample.

    Returns:
        The samples from the second on, what was said of each, and which were asked for.
    """
    ask = tf.function(lambda x: model([x, *model.initial_state(1)], training=False)[0])
    predictions = ask(tf.constant(signal.values[None, :-1, None])).numpy()
    return signal.values[1:], predictions[0, :, 0], signal.scored[1:]


APP = SequencePredictor
