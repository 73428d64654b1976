"""Channels first: the builders' nets for Keras's other data format."""

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
from keras import layers


def either_data_format(builder: Callable[..., keras.Model]) -> Callable[..., keras.Model]:
    """Lets a builder of channels-last nets also build channels-first ones.

    Where Keras is set to channels first (`keras.config.set_image_data_format`), `input_shape` and
    the model's pictures have the channels before height and width, and so have all maps that the
    model gives. In between it computes channels-last: that is what TensorFlow can do on a CPU, and
    what a GPU's tensor cores take. Weights have the same shapes either way. Keras's own models
    compute channels first throughout, and do not run on a CPU.

    Args:
        builder: has an argument `input_shape`, the channels last, and returns a model of one
            input.

    Returns:
        A function with the same arguments.
    """
    signature = inspect.signature(builder)

    @functools.wraps(builder)
    def build(*args, **kwargs) -> keras.Model:
        if keras.config.image_data_format() == "channels_last":
            return builder(*args, **kwargs)
        given = signature.bind_partial(*args, **kwargs).arguments
        shape = given.get("input_shape")
        if "input_shape" in given:
            given["input_shape"] = channels_moved(shape, to_last=True)
        try:
            with _channels_last():
                return _channels_first(builder(**given))
        except ValueError as e:
            if "input_shape" not in str(e):
                raise
            # The builder names the shape that it has seen, which is not the caller's.
            raise ValueError(f"{e}, with the channels moved to the end of {shape}") from e

    return build


def channels_moved(shape: Any, to_last: bool) -> Any:
    """Returns the shape of an example in the other data format; no shape comes back as it is.

    Args:
        shape: (channels, ..., height, width), or with the channels last.
        to_last: whether they are to stand last, else first.
    """
    if not isinstance(shape, Sequence) or isinstance(shape, str) or not shape:
        return shape
    shape = tuple(shape)
    return (*shape[1:], shape[0]) if to_last else (shape[-1], *shape[:-1])


def in_set_format(shape: Sequence[int]) -> tuple[int, ...]:
    """Returns the channels-last shape of an example in the data format that Keras is set to."""
    if keras.config.image_data_format() == "channels_last" or len(shape) < 3:
        return tuple(shape)
    return channels_moved(shape, to_last=False)


@contextlib.contextmanager
def _channels_last() -> Iterator[None]:
    keras.config.set_image_data_format("channels_last")
    try:
        yield
    finally:
        keras.config.set_image_data_format("channels_first")


def _channels_first(model: keras.Model) -> keras.Model:
    """The same layers, with inputs and maps turned round."""
    [given] = model.inputs
    inputs = keras.Input(channels_moved(given.shape[1:], to_last=False), dtype=given.dtype)
    axes = range(1, len(given.shape))
    x = layers.Permute([*axes[1:], 1], name="channels_last")(inputs)
    # `call` instead of calling the model: its layers, not the model, become those of the new one.
    outputs = keras.tree.map_structure(_turned, model.call(x))
    return keras.Model(inputs, outputs, name=model.name)


def _turned(x: keras.KerasTensor) -> keras.KerasTensor:
    """Maps with the channels first; all but maps as it is."""
    rank = len(x.shape)
    if rank < 4:
        return x
    # Several maps of a model are turned by layers of several names, which Keras numbers.
    return layers.Permute([rank - 1, *range(1, rank - 1)])(x)
