"""Learning in two parts: each layer as a machine, then all together."""

import dataclasses
from collections.abc import Sequence

import keras
import numpy as np

from kerasuite.apps.deep_belief_net.config import DeepBeliefNetConfig
from kerasuite.apps.deep_belief_net.nets import Parts
from kerasuite.data.splits import Splits
from kerasuite.training import fitting
from kerasuite.training.callbacks import schedule
from kerasuite.training.contrastive_divergence import ContrastiveDivergence
from kerasuite.training.layerwise import begin, outputs_of, pretrain_rbms
from kerasuite.training.wake_sleep import UpDown

_GAUSSIAN_SHARE = 0.1


def fit(
    model: keras.Model,
    splits: Splits,
    config: DeepBeliefNetConfig,
    callbacks: Sequence[keras.callbacks.Callback],
    first_epoch: int = 0,
) -> None:
    """Trains from `first_epoch` on, which is where a layer begins or after the pretraining."""
    parts = Parts.of(model, splits.info)
    if first_epoch < config.pretraining:
        listeners = _listeners(model, config, callbacks)
        _pretrain(parts, splits, config, listeners, first_epoch)
        listeners.on_train_end()
    start = max(first_epoch, config.pretraining)
    if config.kind == "joint":
        _up_down(model, parts, splits, config, callbacks, start)
        return
    rate = schedule(config.schedule, config.learning_rate, config.epochs - config.pretraining)
    shifted = keras.callbacks.LearningRateScheduler(
        lambda epoch: rate.schedule(epoch - config.pretraining)
    )
    fitting.fit(
        model,
        splits.train.shuffled_batches(config.batch_size, config.seed, start),
        steps_per_epoch=splits.train.steps_per_epoch(config.batch_size),
        validation_data=splits.validation.batches(config.batch_size),
        initial_epoch=start,
        epochs=config.epochs,
        callbacks=[shifted, *callbacks],
    )


def _listeners(
    model: keras.Model,
    config: DeepBeliefNetConfig,
    callbacks: Sequence[keras.callbacks.Callback],
) -> keras.callbacks.CallbackList:
    model.stop_training = False
    listeners = keras.callbacks.CallbackList(
        list(callbacks), model=model, epochs=config.epochs, steps=None
    )
    listeners.on_train_begin()
    return listeners


def _pretrain(
    parts: Parts,
    splits: Splits,
    config: DeepBeliefNetConfig,
    listeners: keras.callbacks.CallbackList,
    first_epoch: int,
) -> None:
    """Each layer in turn; each pass is an epoch of the history."""
    first = first_epoch // config.pretrain_epochs
    how = ContrastiveDivergence(
        steps=config.divergence_steps,
        persistent=config.persistent,
        epochs=config.pretrain_epochs,
        batch_size=config.batch_size,
        learning_rate=config.rbm_rate,
        momentum=config.momentum,
        weight_decay=config.weight_decay,
        sparsity_target=config.sparsity_target,
        sparsity_weight=config.sparsity_weight,
        products="bfloat16" if config.precision == "mixed_bfloat16" else "float32",
        seed=config.seed,
    )
    hows = [how] * len(parts.machines)
    if config.visible == "gaussian":
        gentle = _GAUSSIAN_SHARE * how.learning_rate
        hows[0] = dataclasses.replace(how, learning_rate=gentle)

    def note(layer: int, epoch: int, error: float) -> None:
        number = layer * config.pretrain_epochs + epoch
        listeners.on_epoch_end(number, {"reconstruction_error": error})
        if number + 1 < config.pretraining:
            listeners.on_epoch_begin(number + 1)

    listeners.on_epoch_begin(first_epoch)
    rows = parts.rows(splits.train)
    count = len(parts.up)
    pretrain_rbms(parts.up, rows, hows[:count], note, parts.down, first)
    if parts.top is not None:
        for layer in parts.up:
            rows = outputs_of(layer, rows)
        joined = np.hstack([rows, np.eye(parts.top.classes, dtype="float32")[splits.train.labels]])
        begin(parts.top, joined, config.seed + count)
        hows[-1].train(parts.top, joined, lambda epoch, error: note(count, epoch, error))


def _up_down(
    model: keras.Model,
    parts: Parts,
    splits: Splits,
    config: DeepBeliefNetConfig,
    callbacks: Sequence[keras.callbacks.Callback],
    first_epoch: int,
) -> None:
    rows, labels = parts.rows(splits.train), splits.train.labels
    learner = UpDown(
        parts.up,
        parts.down,
        parts.top,
        learning_rate=config.up_down_rate,
        steps=config.divergence_steps,
        batch_size=config.batch_size,
        seed=config.seed,
    )
    validation = splits.validation.batches(config.batch_size)
    listeners = _listeners(model, config, callbacks)
    for epoch in range(first_epoch, config.epochs):
        listeners.on_epoch_begin(epoch)
        logs = {"reconstruction_error": learner.epoch(rows, labels, epoch)}
        held_out = model.evaluate(validation, verbose=0, return_dict=True)
        listeners.on_epoch_end(epoch, logs | {f"val_{k}": v for k, v in held_out.items()})
        if model.stop_training:
            break
    listeners.on_train_end()
