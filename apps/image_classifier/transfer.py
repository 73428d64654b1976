"""Learning that begins with weights learned elsewhere: a frozen net with a new head, then both."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kerasuite import models
from kerasuite.app import option_error
from kerasuite.errors import InputError
from kerasuite.models.pretrained import (
    imagenet_normalization,
    load_imagenet,
    pretrained_names,
)
from kerasuite.run_folder import load_model, read_model
from kerasuite.training.callbacks import schedule

IMAGENET = "imagenet"


class Pretrained:
    """A net without its top whose weights were learned from ImageNet or in an earlier run.

    Args:
        model: name of the registered net.
        origin: "imagenet", or the path of a run's folder or of its model.keras.
        build: makes the net from input_shape, include_top and pooling.

    Attributes:
        channels: of the pictures that the weights were learned from.
        mean, std: by which they were normalized, per channel.
    """

    def __init__(self, model: str, origin: str, build: Callable[..., keras.Model]) -> None:
        self._origin, self._build, self._source = origin, build, None
        if origin == IMAGENET:
            if model not in pretrained_names():
                names = " or ".join(pretrained_names())
                raise option_error(
                    "pretrained", f"a path, or imagenet with --model {names}", origin
                )
            learned = imagenet_normalization(model)
            self.channels, self.mean, self.std = 3, learned.mean, learned.std
            return
        whole = _read(Path(origin).expanduser())
        self._source = _net_of(whole, model, origin)
        self.channels = self._source.input_shape[-1]
        normalize = whole.get_layer("normalize")
        self.mean = tuple(float(m) for m in np.ravel(normalize.mean))
        self.std = tuple(float(s) for s in np.sqrt(np.ravel(normalize.variance)))

    def features(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """The pooled features of normalized pictures, [batch, features].

        Raises:
            InputError: if the weights do not fit.
        """
        channels = x.shape[-1]
        if channels != self.channels:
            raise InputError(
                f"The weights of {self._origin} take pictures of {self.channels} channels. "
                f"Received: pictures of {channels}"
            )
        net = self._build(input_shape=x.shape[1:], include_top=False, pooling="avg")
        if self._source is None:
            load_imagenet(net)
        else:
            _copy(self._source, net, self._origin)
        return net(x)


class Stages(keras.callbacks.Callback):
    """Freezes the pretrained net for the first epochs, and then all but its upper layers.

    Batch norm stays frozen throughout, which in Keras means inference mode: the statistics are
    those that the weights were learned with; a few small batches would spoil them. To call the net
    with `training=False` would not do: within a functional model, `fit` overrides it (keras#20285).

    What is frozen follows from the epoch alone, so that a resumed run goes on as it would have.
    The optimizer knows all weights from the beginning, for the same reason: its state has one
    shape throughout.

    Args:
        net: the pretrained net, within the model that is trained.
        frozen_epochs: how many epochs the head learns alone.
        share: of the net's layers, the upper ones, that learn afterwards.
    """

    def __init__(self, net: keras.Model, frozen_epochs: int, share: float) -> None:
        super().__init__()
        self._layers = net.layers
        self._frozen_epochs, self._share = frozen_epochs, share
        self._learning: int | None = None

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        count = len(self._layers)
        learning = 0 if epoch < self._frozen_epochs else max(1, round(count * self._share))
        if learning == self._learning:
            return
        self._learning = learning
        for i, layer in enumerate(self._layers):
            norm = isinstance(layer, keras.layers.BatchNormalization)
            layer.trainable = i >= count - learning and not norm
        # The compiled step holds the weights that were trainable when it was traced.
        self.model.make_train_function(force=True)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        # A saved model whose optimizer knows more weights than can be trained loads with a warning.
        self._learning = None
        for layer in self._layers:
            layer.trainable = True


def staged_rate(config: Any) -> keras.callbacks.LearningRateScheduler:
    """The learning rate of each epoch: one course for the head, a lower one for fine-tuning."""
    frozen, rest = config.frozen_epochs, config.epochs - config.frozen_epochs
    head = schedule(config.schedule, config.learning_rate, max(1, frozen)).schedule
    tuning = schedule(config.schedule, config.fine_tune_rate, max(1, rest)).schedule

    def rate(epoch: int) -> float:
        return head(epoch) if epoch < frozen else tuning(epoch - frozen)

    return keras.callbacks.LearningRateScheduler(rate)


def _read(path: Path) -> keras.Model:
    if path.is_dir():
        return load_model(path)
    if not path.is_file():
        raise option_error("pretrained", "imagenet, a run's folder, or its model.keras", path)
    return read_model(path)


def _net_of(whole: keras.Model, model: str, origin: str) -> keras.Model:
    """The registered net within the model of an earlier run."""
    nets = [layer for layer in whole.layers if isinstance(layer, keras.Model)]
    found = nets[0].name if nets else whole.name
    names = {layer.name for layer in whole.layers}
    if found != model or "normalize" not in names or model not in models.names():
        raise InputError(
            f"--pretrained {origin} must be a run of image_classifier with --model {model}. "
            f"Received: a model called {found}"
        )
    return nets[0]


def _copy(source: keras.Model, net: keras.Model, origin: str) -> None:
    """Sets the weights of each layer to those of the source's layer of the same name."""
    there = {layer.name: layer for layer in source.layers}
    for layer in net.layers:
        if not layer.weights:
            continue
        given = there[layer.name].get_weights() if layer.name in there else []
        wanted = [tuple(w.shape) for w in layer.weights]
        if [w.shape for w in given] != wanted:
            raise InputError(
                f"The weights of {origin} do not fit: its layer {layer.name} must have the shapes "
                f"{wanted}. Received: {[w.shape for w in given]}"
            )
        layer.set_weights(given)
