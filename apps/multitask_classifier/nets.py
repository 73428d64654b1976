"""The nets that are compared: branches that help each other, that only share, or none shared."""

import functools
from collections.abc import Mapping

import keras

from kerasuite import models
from kerasuite.apps.multitask_classifier.config import MultitaskClassifierConfig
from kerasuite.models.cross_residual import CrossResidualNet

NET = "cross_residual20"


def build_net(
    config: MultitaskClassifierConfig, shape: tuple[int, ...], classes: Mapping[str, int]
) -> keras.Model:
    """Builds the net of an arrangement.

    Args:
        config: its `arrangement`, `width`, `blocks`, `branch_blocks` and `cross_weight`.
        shape: (height, width, channels).
        classes: number of classes of each task, by its name.

    Returns:
        A functional model; its output is a dict, of each task by its name.
    """
    if config.arrangement == "separate":
        return _separate(config, shape, classes)
    weight = config.cross_weight if config.arrangement == "cross_residual" else 0.0
    return _multitask(config, shape, classes, weight)


def single_width(
    config: MultitaskClassifierConfig, shape: tuple[int, ...], classes: Mapping[str, int]
) -> int:
    """The width at which single-task nets together are nearest in size to the multi-task net."""
    wanted = _multitask(config, shape, classes, config.cross_weight).count_params()

    @functools.cache
    def size(count: int, width: int) -> int:
        return _single(config, shape, "task", count, width).count_params()

    def together(width: int) -> int:
        return sum(size(count, width) for count in classes.values())

    width = config.width
    while width > 1 and together(width) > wanted:
        width -= 1
    return min((width, width + 1), key=lambda w: abs(together(w) - wanted))


def _separate(
    config: MultitaskClassifierConfig, shape: tuple[int, ...], classes: Mapping[str, int]
) -> keras.Model:
    """Nets of one task each, side by side: they share nothing but the pictures."""
    width = single_width(config, shape, classes)
    inputs = keras.Input(shape)
    outputs = {
        task: _single(config, shape, task, count, width)(inputs)[task]
        for task, count in classes.items()
    }
    return keras.Model(inputs, outputs, name="separate_nets")


def _single(
    config: MultitaskClassifierConfig, shape: tuple[int, ...], task: str, count: int, width: int
) -> keras.Model:
    return CrossResidualNet(
        input_shape=shape,
        classes={task: count},
        width=width,
        blocks=config.blocks,
        name=f"net_of_{task}",
    )


def _multitask(
    config: MultitaskClassifierConfig,
    shape: tuple[int, ...],
    classes: Mapping[str, int],
    cross_weight: float,
) -> keras.Model:
    return models.create(
        NET,
        input_shape=shape,
        classes=dict(classes),
        width=config.width,
        blocks=config.blocks,
        branch_blocks=config.branch_blocks,
        cross_weight=cross_weight,
    )
