"""Changes to training pictures that leave their class as it is."""

import keras


def augmentation(
    flip: bool = False,
    shift: float = 0.0,
    rotate: float = 0.0,
    scale: float = 0.0,
    seed: int = 0,
    fill: str = "nearest",
) -> list[keras.layers.Layer]:
    """Layers that change pictures at random in training, and do nothing at inference.

    Keras takes training for granted where it is not told otherwise: a model that holds these
    layers is to be called with training=False to ask it something.

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
    for name, value, limit in (("shift", shift, 1), ("rotate", rotate, 181), ("scale", scale, 1)):
        if not 0 <= value < limit:
            raise ValueError(f"{name} must be from 0 to below {limit}. Received: {name}={value}")
    layers: list[keras.layers.Layer] = []
    if flip:
        layers.append(keras.layers.RandomFlip("horizontal", seed=seed))
    if shift:
        layers.append(keras.layers.RandomTranslation(shift, shift, fill, seed=seed + 1))
    if rotate:
        layers.append(keras.layers.RandomRotation(rotate / 360, fill, seed=seed + 2))
    if scale:
        layers.append(keras.layers.RandomZoom(scale, None, fill, seed=seed + 3))
    return layers
