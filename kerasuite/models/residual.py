"""Residual units: basic, bottleneck and aggregated; with activation after or before."""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
from keras import layers

from kerasuite.layers import StochasticDepth
from kerasuite.models import parts
from kerasuite.models.convolutional import conv, norm, norm_relu


@dataclass(frozen=True)
class Unit:
    """How the residual units of a net are built.

    Attributes:
        bottleneck: 1x1, 3x3 and 1x1 convolutions, the last with four times the maps, instead of
            two of 3x3.
        preactivation: norm and ReLU stand before each convolution, and nothing after the sum.
        cardinality: groups of the 3x3 convolution of a bottleneck.
        base_width: maps of one group, where a stage has 64 maps.
        stride_first: a bottleneck's stride lies in its first convolution, else in the 3x3.
        shortcut: where shapes differ, "projection" by a 1x1 convolution or, without weights,
            "padding" with zero maps (options B and A of the paper).
        dropout: share of numbers dropped before the second convolution.

    Raises:
        ValueError: if an attribute is not as described.
    """

    bottleneck: bool = False
    preactivation: bool = False
    cardinality: int = 1
    base_width: int = 64
    stride_first: bool = False
    shortcut: str = "projection"
    dropout: float = 0.0

    def __post_init__(self) -> None:
        parts.check_width(self.cardinality, "cardinality")
        parts.check_width(self.base_width, "base_width")
        parts.check_rate(self.dropout, "unit_dropout")
        if not self.bottleneck and (self.cardinality, self.base_width) != (1, 64):
            raise ValueError(
                "`cardinality` and `base_width` need `bottleneck=True`: groups of two "
                "convolutions are one wider convolution. Received: "
                f"cardinality={self.cardinality}, base_width={self.base_width}"
            )
        if self.shortcut not in ("projection", "padding"):
            raise ValueError(
                '`shortcut` must be "projection" or "padding". '
                f"Received: shortcut={self.shortcut!r}"
            )

    def convolutions(self, maps: int, stride: int) -> list[tuple[int, int, int, int]]:
        """Returns (maps, kernel size, stride, groups) of each convolution."""
        if not self.bottleneck:
            return [(maps, 3, stride, 1), (maps, 3, 1, 1)]
        inner = max(1, maps * self.base_width // 64) * self.cardinality
        first, second = (stride, 1) if self.stride_first else (1, stride)
        return [
            (inner, 1, first, 1),
            (inner, 3, second, self.cardinality),
            (4 * maps, 1, 1, 1),
        ]


def stages(
    x: keras.KerasTensor,
    blocks: Sequence[int],
    width: int,
    unit: Unit,
    stochastic_depth: float = 0.0,
) -> list[keras.KerasTensor]:
    """Returns the maps after each stage of residual units.

    Every stage but the first halves height and width and doubles the maps. With
    `preactivation`, the last stage ends with a norm and ReLU; the others' maps are plain sums.

    Args:
        x: activated maps of the stem.
        blocks: number of units of each stage.
        width: maps of the first stage (a quarter of its output's with bottlenecks).
        unit: how units are built.
        stochastic_depth: rate at which the last unit is dropped in training; the first of n
            has an n-th of it, and so on evenly.

    Raises:
        ValueError: if an argument is not as described.
    """
    check_blocks(blocks)
    parts.check_width(width, "width")
    parts.check_rate(stochastic_depth, "stochastic_depth")
    outputs, done = [], 0
    for stage, count in enumerate(blocks):
        for i in range(count):
            done += 1
            x = _residual(
                x,
                unit,
                unit.convolutions(width * 2**stage, 2 if stage and not i else 1),
                drop=stochastic_depth * done / sum(blocks),
                activated=done == 1,
                name=f"conv{stage + 2}_block{i + 1}",
            )
        outputs.append(x)
    if unit.preactivation:
        outputs[-1] = norm_relu(x, "post")
    return outputs


def _residual(
    x: keras.KerasTensor,
    unit: Unit,
    convolutions: list[tuple[int, int, int, int]],
    drop: float,
    activated: bool,
    name: str,
) -> keras.KerasTensor:
    """One unit. `activated`: x is so already, and a pre-activation unit leaves that out."""
    maps = convolutions[-1][0]
    stride = max(c[2] for c in convolutions)
    before = norm_relu(x, f"{name}_preact") if unit.preactivation and not activated else x
    y = _branch(before, unit, convolutions, name)
    if stride > 1 or x.shape[-1] != maps:
        x = _changed(before, unit, maps, stride, name)
    if drop:
        y = StochasticDepth(drop, name=f"{name}_drop")(y)
    x = layers.Add(name=f"{name}_add")([x, y])
    return x if unit.preactivation else layers.ReLU(name=f"{name}_out")(x)


def _branch(
    x: keras.KerasTensor, unit: Unit, convolutions: list[tuple[int, int, int, int]], name: str
) -> keras.KerasTensor:
    for i, (maps, kernel_size, stride, groups) in enumerate(convolutions, 1):
        if i == 2 and unit.dropout:
            x = layers.Dropout(unit.dropout, name=f"{name}_dropout")(x)
        x = conv(x, maps, kernel_size, stride, groups, name=f"{name}_{i}_conv")
        if i < len(convolutions):
            x = norm_relu(x, f"{name}_{i}")
    return x if unit.preactivation else norm(x, f"{name}_{len(convolutions)}")


def _changed(
    x: keras.KerasTensor, unit: Unit, maps: int, stride: int, name: str
) -> keras.KerasTensor:
    """The shortcut where a unit changes the shape."""
    if unit.shortcut == "projection":
        x = conv(x, maps, 1, stride, name=f"{name}_0_conv")
        return x if unit.preactivation else norm(x, f"{name}_0")
    if stride > 1:
        x = layers.MaxPooling2D(1, strides=stride, name=f"{name}_0_subsample")(x)
    # Seen as channels first, the maps are the columns: zero columns are zero maps.
    missing = ((0, 0), (0, maps - x.shape[-1]))
    return layers.ZeroPadding2D(missing, "channels_first", name=f"{name}_0_pad")(x)


def check_blocks(blocks: Sequence[int]) -> None:
    """Checks the number of units of each stage.

    Raises:
        ValueError: if they are not one positive integer or more.
    """
    counts = blocks if isinstance(blocks, Sequence) else ()
    if not counts or any(type(n) is not int or n < 1 for n in counts):
        raise ValueError(
            f"`blocks` must be positive integers, one for each stage. Received: blocks={blocks}"
        )
