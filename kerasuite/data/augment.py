"""Changes to training pictures that leave their class as it is."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


def augmentation(
    flip: bool = False,
    shift: float = 0.0,
    rotate: float = 0.0,
    scale: float = 0.0,
    seed: int = 0,
    fill: str = "nearest",
) -> list[keras.layers.Layer]:
    """Layers that change pictures at random in training, and do nothing otherwise.

    They take float [batch, height, width, channels] and keep its shape and dtype.

    Args:
        flip: mirror half of the pictures left to right; not for digits or writing.
        shift: move by up to this share of height and width, from 0 to below 1.
        rotate: turn by up to so many degrees to either side, from 0 to 180.
        scale: shrink or enlarge by up to this share, from 0 to below 1.
        seed: the sequence of all changes.
        fill: what appears at the edges: "nearest" continues the border, which suits pictures on
            any plain ground as well as photographs; or "reflect", "constant" (black), "wrap".

    Returns:
        One layer per kind of change that is asked for, in the order of the arguments.

    Raises:
        ValueError: if an argument is out of its range.
    """
    for name, value, most in (
        ("shift", shift, 0.99),
        ("rotate", rotate, 180),
        ("scale", scale, 0.99),
    ):
        if not 0 <= value <= most:
            raise ValueError(f"{name} must be from 0 to {most}. Received: {name}={value}")
    layers: list[keras.layers.Layer] = []
    if flip:
        layers.append(keras.layers.RandomFlip("horizontal", seed=seed))
    if shift:
        layers.append(keras.layers.RandomTranslation(shift, shift, fill, seed=seed + 1))
    if rotate:
        layers.append(keras.layers.RandomRotation(rotate / 360, fill, seed=seed + 2))
    if scale:
        layers.append(keras.layers.RandomZoom(scale, None, fill, seed=seed + 3))
    return [TrainingOnly(layer) for layer in layers]


def views(pictures: Any, kinds: Sequence[str]) -> list[Any]:
    """Several views of the same pictures, whose answers are to be averaged.

    Args:
        pictures: tensor [batch, height, width, channels].
        kinds: any of "flip" (the mirror image too) and "shift" (moved up, down, left and right by
            a 28th of the side as well, the border continued).

    Returns:
        The pictures themselves, and every other view: 2 for flip, 5 for shift, 10 for both.

    Raises:
        ValueError: if a kind is another word.
    """
    unknown = sorted(set(kinds) - {"flip", "shift"})
    if unknown:
        raise ValueError(f'`kinds` must be of "flip" and "shift". Received: {unknown}')
    found = [pictures]
    if "flip" in kinds:
        found.append(ops.flip(pictures, axis=2))
    if "shift" in kinds:
        found += [shifted for view in found for shifted in _shifts(view)]
    return found


def _shifts(pictures: Any) -> list[Any]:
    height, width = pictures.shape[1:3]
    up, left = max(1, height // 28), max(1, width // 28)
    padded = ops.pad(pictures, [[0, 0], [up, up], [left, left], [0, 0]], mode="symmetric")
    corners = ((0, left), (2 * up, left), (up, 0), (up, 2 * left))
    return [padded[:, y : y + height, x : x + width] for y, x in corners]


@keras.saving.register_keras_serializable(package="kerasuite")
class TrainingOnly(keras.layers.Wrapper):
    """Runs a layer in training, and passes its input on unchanged otherwise.

    Keras's random layers take training for granted where nobody says otherwise: `model(x)` and
    the SavedModel that `model.export` writes would answer for randomly changed pictures.

    Args:
        layer: keeps the shape and dtype of its input.
    """

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Applies the layer if `training`."""
        return self.layer(inputs, training=True) if training else inputs

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The shape of the input."""
        return input_shape
