"""Cross-residual net: one branch a task, each helped by the others' maps."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import layers

from kerasuite.layers import BatchNormalization
from kerasuite.models import parts
from kerasuite.models.data_format import either_data_format

Maps = dict[str, keras.KerasTensor]  # of each task


@either_data_format
def CrossResidualNet(
    include_top: bool = True,
    input_shape: Sequence[int] = (32, 32, 3),
    pooling: str | None = None,
    classes: Mapping[str, int] | None = None,
    classifier_activation: Any = "softmax",
    blocks: int = 3,
    width: int = 16,
    cross_weight: float = 0.1,
    branch_blocks: int | None = None,
    dropout: float = 0.0,
    features_only: bool = False,
    name: str = "cross_residual20",
) -> keras.Model:
    """Builds a residual net that answers several questions about a picture at once.

    Two stages of residual blocks are shared; in the third each task has blocks of its own, or
    only in the end of it. A block of task t adds to its residual not only its own input but also
    that of every other task j, through a cross-residual: a 1x1 convolution with batch norm,
    weighted:

        y[t] = relu(F[t](x[t]) + x[t] + cross_weight * sum over j != t of W[t, j](x[j]))

    Where maps are halved or widened, `x[t]` too goes through such a convolution. The paper builds
    on ResNet-50; this is the net of CIFAR's size, 20 layers deep with three blocks a stage.

    Args:
        include_top: whether to end with a classifier for each task, else with each task's maps.
        input_shape: (height, width, channels), height and width at least 8.
        pooling: without top, None for the maps, "avg" or "max" for one number a map.
        classes: number of classes of each task, by its name; {"fine": 10, "coarse": 2} if None.
        classifier_activation: "softmax" for probabilities, None for logits.
        blocks: residual blocks a stage, of two convolutions each.
        width: maps of the first stage; the second has twice, the third four times as many.
        cross_weight: weight of the cross-residuals, at least 0; with 0 there are none, and the
            tasks share the blocks before their branches alone.
        branch_blocks: how many of the third stage's blocks, its last ones, each task has for
            itself; None for all of them.
        dropout: share of each task's pooled features dropped in training, in [0, 1).
        features_only: whether to return, in place of all the above, the list of the maps of
            strides 1 and 2, which the tasks share, and the dict of each task's of stride 4.
        name: name of the model.

    Returns:
        A functional `keras.Model`, whose output is a dict: of each task by its name.

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Jou & Chang 2016, "Deep cross residual learning for multitask visual recognition",
        section 3; He et al. 2015, "Deep residual learning for image recognition", section 4.2
        (the net for CIFAR).
    """
    tasks = _checked_tasks({"fine": 10, "coarse": 2} if classes is None else classes)
    parts.check_top(include_top, pooling, min(tasks.values()))
    parts.check_rate(dropout, "dropout")
    for value, argument in ((blocks, "blocks"), (width, "width")):
        parts.check_width(value, argument)
    if not cross_weight >= 0:
        raise ValueError(
            f"`cross_weight` must be at least 0. Received: cross_weight={cross_weight}"
        )
    inputs = parts.picture_input(input_shape, least_size=8)
    own = blocks if branch_blocks is None else branch_blocks
    if type(own) is not int or not 1 <= own <= blocks:
        raise ValueError(
            f"`branch_blocks` must be from 1 to `blocks`, {blocks}. Received: "
            f"branch_blocks={branch_blocks}"
        )
    features = _shared(inputs, blocks, width)
    x = features[-1]
    for i in range(blocks - own):
        x = _block(x, 4 * width, 1 if i else 2, f"stage3_{i + 1}")
    maps = dict.fromkeys(tasks, x)
    for i in range(blocks - own, blocks):
        maps = _cross_block(maps, 4 * width, 1 if i else 2, cross_weight, f"stage3_{i + 1}")
    if features_only:
        return keras.Model(inputs, [*features, maps], name=name)
    if not include_top:
        return keras.Model(inputs, {t: _pooled(maps[t], pooling, t) for t in tasks}, name=name)
    outputs = {}
    for task, count in tasks.items():
        x = _pooled(maps[task], "avg", task)
        if dropout:
            x = layers.Dropout(dropout, name=f"{task}_dropout")(x)
        outputs[task] = layers.Dense(count, classifier_activation, dtype="float32", name=task)(x)
    return keras.Model(inputs, outputs, name=name)


def _checked_tasks(classes: Any) -> dict[str, int]:
    if not isinstance(classes, Mapping) or not classes:
        raise ValueError(
            "`classes` must be a dict: the number of classes of each task by its name. "
            f"Received: classes={classes}"
        )
    for task, count in classes.items():
        if not isinstance(task, str) or not task:
            raise ValueError(f"The tasks of `classes` must be names. Received: classes={classes}")
        parts.check_width(count, "classes")
    return dict(classes)


def _shared(x: keras.KerasTensor, blocks: int, width: int) -> list[keras.KerasTensor]:
    """Returns the maps of the two stages that all tasks share."""
    x = layers.ReLU(name="stem_relu")(_convolution(x, width, 3, 1, "stem"))
    features = []
    for stage in (1, 2):
        for i in range(blocks):
            strides = 2 if stage == 2 and i == 0 else 1
            x = _block(x, width * stage, strides, f"stage{stage}_{i + 1}")
        features.append(x)
    return features


def _block(x: keras.KerasTensor, maps: int, strides: int, name: str) -> keras.KerasTensor:
    return _sum([_residual(x, maps, strides, name), _shortcut(x, maps, strides, name)], name)


def _cross_block(maps: Maps, count: int, strides: int, weight: float, name: str) -> Maps:
    """Returns the maps of each task after a block with cross-residuals."""
    outputs = {}
    for task, x in maps.items():
        here = f"{task}_{name}"
        terms = [_residual(x, count, strides, here), _shortcut(x, count, strides, here)]
        for other in (t for t in maps if weight and t != task):
            cross = _convolution(maps[other], count, 1, strides, f"{here}_from_{other}")
            terms.append(layers.Rescaling(weight, name=f"{here}_weighted_{other}")(cross))
        outputs[task] = _sum(terms, here)
    return outputs


def _residual(x: keras.KerasTensor, maps: int, strides: int, name: str) -> keras.KerasTensor:
    x = _convolution(x, maps, 3, strides, f"{name}_1")
    x = layers.ReLU(name=f"{name}_1_relu")(x)
    return _convolution(x, maps, 3, 1, f"{name}_2")


def _shortcut(x: keras.KerasTensor, maps: int, strides: int, name: str) -> keras.KerasTensor:
    """Returns the input itself where its size fits, else a projection of it."""
    if strides == 1 and x.shape[-1] == maps:
        return x
    return _convolution(x, maps, 1, strides, f"{name}_shortcut")


def _sum(terms: list[keras.KerasTensor], name: str) -> keras.KerasTensor:
    return layers.ReLU(name=f"{name}_relu")(layers.Add(name=name)(terms))


def _convolution(
    x: keras.KerasTensor, maps: int, kernel: int, strides: int, name: str
) -> keras.KerasTensor:
    """Returns a convolution with batch norm."""
    x = layers.Conv2D(
        maps,
        kernel,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=f"{name}_conv",
    )(x)
    return BatchNormalization(momentum=0.9, name=f"{name}_norm")(x)


def _pooled(x: keras.KerasTensor, pooling: str | None, task: str) -> keras.KerasTensor:
    if pooling == "avg":
        return layers.GlobalAveragePooling2D(name=f"{task}_avg_pool")(x)
    if pooling == "max":
        return layers.GlobalMaxPooling2D(name=f"{task}_max_pool")(x)
    return x
