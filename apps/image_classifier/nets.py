"""From options to a model: input, augmentation, net and optimizer."""

from typing import Any

import keras
import numpy as np

from kerasuite import models
from kerasuite.app import option_error
from kerasuite.apps.image_classifier.tagging import with_thresholds
from kerasuite.apps.image_classifier.transfer import Pretrained
from kerasuite.data.augment import augmentation
from kerasuite.data.splits import Info
from kerasuite.errors import InputError
from kerasuite.training.optimizers import create_optimizer

AUGMENTATION = {"flip": True, "shift": 0.08, "rotate": 10.0, "scale": 0.1}
# Its output measures distances to one code a class.
_ONE_CLASS_ONLY = ("lenet5_1998",)


def classifier(config: Any, info: Info, pretrained: Pretrained | None) -> keras.Model:
    """The compiled model: pictures from 0 to 255 → probabilities of classes, or scores of tags.

    Args:
        config: options of the app.
        info: of the data.
        pretrained: the weights to begin with; None to begin with random ones.

    Raises:
        InputError: if the net cannot be built so.
    """
    if info.multi_label and config.model in _ONE_CLASS_ONLY:
        raise option_error(
            "model", "another net for tags: its output knows one class", config.model
        )
    inputs = keras.Input(info.shape, name="pictures")
    mean, std = (pretrained.mean, pretrained.std) if pretrained else (info.mean, info.std)
    variance = [s * s for s in std]
    x = keras.layers.Normalization(mean=mean, variance=variance, name="normalize")(inputs)
    for layer in _augmentation(config, info):
        x = layer(x)
    activation = "sigmoid" if info.multi_label else "softmax"
    classes = len(info.class_names)
    if pretrained:
        x = pretrained.features(x)
        if config.dropout:
            x = keras.layers.Dropout(config.dropout, name="dropout")(x)
        x = keras.layers.Dense(classes, activation, dtype="float32", name="predictions")(x)
    else:
        arguments = {"classes": classes, "classifier_activation": activation}
        x = net(config, info.shape, **arguments)(x)
    if info.multi_label:
        x = with_thresholds(x)
    model = keras.Model(inputs, x, name=config.model)
    loss_class = (
        keras.losses.BinaryCrossentropy
        if info.multi_label
        else keras.losses.CategoricalCrossentropy
    )
    model.compile(
        optimizer=create_optimizer(config.optimizer, config.learning_rate, config.weight_decay),
        loss=loss_class(label_smoothing=config.label_smoothing),
        metrics=[] if info.multi_label else ["accuracy"],
        jit_compile=config.jit,
    )
    return model


def net(config: Any, shape: tuple[int, ...], **arguments: Any) -> keras.Model:
    """The registered net that the options ask for.

    Raises:
        InputError: if it has no such option, or cannot be built for pictures of this shape.
    """
    wanted = {"dropout": config.dropout or None, "pooling_layer": config.pooling}
    for argument, value in wanted.items():
        if value is None:
            continue
        if not models.accepts(config.model, argument):
            option = "pooling" if argument == "pooling_layer" else argument
            raise option_error(option, f"left out with {config.model}, which has none", value)
        arguments[argument] = value
    try:
        return models.create(config.model, input_shape=shape, **arguments)
    except ValueError as e:
        raise InputError(f"{config.model} cannot be built so: {e}") from e


def first_kernel(model: keras.Model) -> np.ndarray | None:
    """The kernel of the first convolution, shape (height, width, channels in, filters out)."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            return first_kernel(layer)
        kernel = getattr(layer, "kernel", None)
        if kernel is not None and len(kernel.shape) == 4:
            return keras.ops.convert_to_numpy(kernel)
    return None


def _augmentation(config: Any, info: Info) -> list[keras.layers.Layer]:
    wanted = {k: v for k, v in AUGMENTATION.items() if k in config.augment}
    if not info.mirrors:
        wanted.pop("flip", None)
    return augmentation(**wanted, seed=config.seed)
