"""Layers learnt one after the other, denoising or as RBMs, that become a classifier."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from kerasuite.apps.autoencoder.config import AutoencoderConfig
from kerasuite.apps.autoencoder.drawing import first_filters
from kerasuite.apps.autoencoder.measuring import values_of
from kerasuite.data.pictures import Pictures
from kerasuite.data.splits import Info, Splits
from kerasuite.errors import InputError
from kerasuite.evaluation.classification import evaluate_classifier
from kerasuite.report import figures as draw
from kerasuite.report.figure import Figure
from kerasuite.training import fitting
from kerasuite.training.adam import Adam
from kerasuite.training.callbacks import schedule
from kerasuite.training.contrastive_divergence import ContrastiveDivergence
from kerasuite.training.layerwise import pretrain, pretrain_rbms

MONITOR = ("val_accuracy", "max")
_SHOWN_MISTAKES = 20
# Of binary units, Hinton's guide: a tenth is too much for layers of hundreds.
_RBM_RATE = 0.05
_HIDDEN, _TOP = "hidden", "predictions"


def classifier(config: AutoencoderConfig, info: Info) -> keras.Model:
    """The compiled net: pictures from 0 to 255 → probabilities of the classes."""
    inputs = keras.Input(info.shape, name="pictures")
    x = keras.layers.Rescaling(1 / 255, name="scale")(inputs)
    x = keras.layers.Flatten(name="flatten")(x)
    for i, units in enumerate(config.hidden_units, 1):
        x = keras.layers.Dense(units, config.activation, name=f"{_HIDDEN}{i}")(x)
    top = keras.layers.Dense(len(info.class_names), "softmax", dtype="float32", name=_TOP)
    model = keras.Model(inputs, top(x), name="stacked_autoencoder")
    model.compile(
        Adam(config.learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
        jit_compile=config.jit,
    )
    return model


def fit(
    model: keras.Model,
    splits: Splits,
    config: AutoencoderConfig,
    callbacks: Sequence[keras.callbacks.Callback],
    first_epoch: int = 0,
) -> None:
    """Pretrains the layers on all training pictures; then learns from those with labels."""
    if config.pretrain_epochs and not first_epoch:
        _pretrain(model, splits.train, config)
    known = splits.train
    if config.labels is not None:
        known = known.subset(config.labels, config.seed)
    validation = splits.validation.batches(config.batch_size)
    if config.classifier != "softmax":
        _learn_linear(model, known, config)
        _one_epoch(model, known.batches(config.batch_size), validation, callbacks)
        return
    rate = schedule(config.schedule, config.learning_rate, config.epochs)
    fitting.fit(
        model,
        known.shuffled_batches(config.batch_size, config.seed, first_epoch),
        steps_per_epoch=known.steps_per_epoch(config.batch_size),
        validation_data=validation,
        initial_epoch=first_epoch,
        epochs=config.epochs,
        callbacks=[rate, *callbacks],
    )


def evaluate(model: keras.Model, splits: Splits, config: AutoencoderConfig) -> dict[str, Any]:
    """Measures the classifier on the test split."""
    test = splits.test
    probabilities = model.predict(test.batches(config.batch_size), verbose=0)
    evaluation = evaluate_classifier(test.labels, probabilities, splits.info.class_names)
    headline = {
        "error": 1 - evaluation["accuracy"],
        **{name: evaluation[name] for name in ("accuracy", "loss")},
    }
    return {"headline": headline, "evaluation": evaluation}


def figures(model: keras.Model, splits: Splits, evaluation: dict[str, Any]) -> list[Figure]:
    """The filters of the first layer, and the most confident mistakes."""
    found = []
    mistakes = evaluation["mistakes"][:_SHOWN_MISTAKES]
    if mistakes:
        indices = [m["index"] for m in mistakes]
        images = splits.test.array(indices)
        shown = [{**m, "index": i} for i, m in enumerate(mistakes)]
        found.append(draw.mistakes_sheet(images, shown, splits.info.class_names))
    kernel = model.get_layer(f"{_HIDDEN}1").kernel
    return [*found, first_filters(keras.ops.convert_to_numpy(kernel), splits.info.shape)]


def _pretrain(model: keras.Model, pictures: Pictures, config: AutoencoderConfig) -> None:
    layers = [model.get_layer(f"{_HIDDEN}{i + 1}") for i in range(len(config.hidden_units))]
    values = values_of(pictures)
    rows = values.reshape(len(values), -1)
    how = {"epochs": config.pretrain_epochs, "batch_size": config.batch_size, "seed": config.seed}
    try:
        if config.pretraining == "rbm":
            pretrain_rbms(layers, rows, ContrastiveDivergence(**how, learning_rate=_RBM_RATE))
            return
        pretrain(
            layers,
            rows,
            corruption=config.corruption,
            level=config.corruption_level,
            likelihood=config.likelihood,
            learning_rate=config.learning_rate,
            **how,
        )
    except ValueError as e:
        raise InputError(
            f"The layers cannot be pretrained so: {e}; try --activation sigmoid or "
            "--likelihood gaussian"
        ) from e


def _learn_linear(model: keras.Model, known: Pictures, config: AutoencoderConfig) -> None:
    """Fits scikit-learn's classifier on the top code; its weights become the last layer's."""
    top = model.get_layer(_TOP)
    below = keras.Model(model.input, top.input)
    codes = below.predict(known.batches(config.batch_size), verbose=0)
    kinds = {"svm": LinearSVC(random_state=config.seed), "logistic": LogisticRegression()}
    found = kinds[config.classifier].set_params(max_iter=1000).fit(codes, known.labels)
    kernel, bias = found.coef_.T, found.intercept_
    if kernel.shape[1] == 1:  # scikit-learn keeps one function for two classes
        kernel, bias = np.hstack([-kernel, kernel]) / 2, np.append(-bias, bias) / 2
    weights = np.zeros(top.kernel.shape, "float32"), np.full(top.bias.shape, -1e3, "float32")
    weights[0][:, found.classes_], weights[1][found.classes_] = kernel, bias
    top.set_weights(weights)


def _one_epoch(
    model: keras.Model,
    known: tf.data.Dataset,
    validation: tf.data.Dataset,
    callbacks: Sequence[keras.callbacks.Callback],
) -> None:
    """Tells the callbacks of what was learnt at once, as of a single epoch."""
    listeners = keras.callbacks.CallbackList(list(callbacks), model=model, epochs=1, steps=1)
    listeners.on_train_begin()
    listeners.on_epoch_begin(0)
    logs = model.evaluate(known, verbose=0, return_dict=True)
    held_out = model.evaluate(validation, verbose=0, return_dict=True)
    logs |= {f"val_{name}": value for name, value in held_out.items()}
    listeners.on_epoch_end(0, logs)
    listeners.on_train_end(logs)
