"""From options to models: the net that looks, the net that writes, and both together."""

import hashlib
from typing import Any

import keras
import numpy as np

from kerasuite import models
from kerasuite.apps.captioner.config import CaptionerConfig
from kerasuite.data.augment import augmentation
from kerasuite.data.splits import Info
from kerasuite.errors import InputError
from kerasuite.files import cache_folder, make_folder, write_bytes
from kerasuite.models.captioner import ATTENTIVE, CaptionNet
from kerasuite.models.pretrained import imagenet_normalization, load_imagenet
from kerasuite.training.adam import Adam
from kerasuite.training.sequence_losses import DoublyStochastic, PaddedCrossEntropy

IMAGE_ENCODER, WRITER = "image_encoder", "writer"
_BATCH = 64


def image_encoder(config: CaptionerConfig, info: Info) -> keras.Model:
    """Pictures from 0 to 255 [batch, h, w, 3] → features [batch, rows, columns, channels].

    Raises:
        InputError: if the encoder cannot be built for pictures of this size.
    """
    try:
        net = models.create(config.encoder, input_shape=info.shape, include_top=False)
    except ValueError as e:
        raise InputError(f"{config.encoder} cannot be built so: {e}") from e
    if len(net.output_shape) != 4:
        raise InputError(f"--encoder must be a net with maps. Received: {config.encoder}")
    mean, std = info.mean, info.std
    if config.pretrained:
        load_imagenet(net)
        learned = imagenet_normalization(config.encoder)
        mean, std = learned.mean, learned.std
        net.trainable = not config.held
        for layer in net.layers:  # a few pictures would make their statistics worse
            if "BatchNormalization" in type(layer).__name__:
                layer.trainable = False
    pictures = keras.Input(info.shape, name="pictures")
    variance = [s * s for s in std]
    x = keras.layers.Normalization(mean=mean, variance=variance, name="normalize")(pictures)
    return keras.Model(pictures, net(x), name=IMAGE_ENCODER)


def captioner(
    config: CaptionerConfig, feature_shape: tuple[int, ...], vocabulary: int, encoder: Any = None
) -> keras.Model:
    """The compiled model, which learns from features; or from pictures, where `encoder` is given.

    Args:
        config: the options.
        feature_shape: of the encoder's answers, without the batch.
        vocabulary: how many ids there are.
        encoder: a net that is to learn as well.
    """
    writer = CaptionNet(
        config.model,
        vocabulary,
        feature_shape,
        config.units,
        config.embedding,
        config.dropout,
        name=config.model if encoder is None else WRITER,
    )
    model = writer
    if encoder is not None:
        pictures = keras.Input(encoder.input_shape[1:], name="pictures")
        ids = keras.Input((None,), dtype="int32", name="ids")
        outputs = writer({"features": encoder(pictures), "ids": ids})
        model = keras.Model({"pictures": pictures, "ids": ids}, outputs, name=config.model)
    model.compile(
        Adam(config.learning_rate, clipnorm=5.0),
        loss=losses(config),
        jit_compile=config.jit,
    )
    return model


def losses(config: CaptionerConfig) -> dict[str, keras.losses.Loss]:
    """What each of the model's answers is judged by."""
    loss: dict[str, keras.losses.Loss] = {"logits": PaddedCrossEntropy(config.label_smoothing)}
    if config.model in ATTENTIVE:
        loss["attention"] = DoublyStochastic(config.doubly_stochastic)
    return loss


def features_of(
    encoder: keras.Model,
    images: np.ndarray,
    key: str | None = None,
    view: int = 0,
    mirrors: bool = False,
) -> np.ndarray:
    """What the encoder says of each picture, float16 [n, rows, columns, channels].

    Args:
        encoder: of pictures.
        images: to be looked at, uint8 [n, height, width, 3].
        key: of an encoder whose weights are known by it: features are then kept in the cache.
        view: 0 for the pictures as they are; else the number of a changed view, see `changed`.
        mirrors: whether that may be mirrored.
    """
    file = None
    if key is not None:
        seen = f" view {view} {mirrors}" if view else ""
        digest = hashlib.sha256(f"{key}{seen}".encode())
        digest.update(str(images.shape).encode() + images.tobytes())
        file = cache_folder() / "features" / f"{digest.hexdigest()}.npy"
        if (known := _read(file, encoder.output_shape, len(images))) is not None:
            return known
    images = changed(images, view, mirrors) if view else images
    pieces = [images[i : i + _BATCH] for i in range(0, len(images), _BATCH)]
    found = np.concatenate([np.asarray(encoder.predict_on_batch(p), "float16") for p in pieces])
    if file is not None:
        make_folder(file.parent)
        write_bytes(file, found.tobytes())
    return found


def changed(images: np.ndarray, seed: int, mirrors: bool) -> np.ndarray:
    """The same pictures moved, scaled and, if `mirrors`, half of them mirrored; uint8."""
    layers = augmentation(flip=mirrors, shift=0.1, scale=0.25, seed=seed)
    found = np.empty_like(images)
    for i in range(0, len(images), _BATCH):
        x = images[i : i + _BATCH].astype("float32")
        for layer in layers:
            x = layer(x, training=True)
        found[i : i + _BATCH] = np.asarray(x).round().clip(0, 255)
    return found


def _read(file: Any, shape: tuple[int | None, ...], count: int) -> np.ndarray | None:
    wanted = (count, *shape[1:])
    if not file.is_file() or file.stat().st_size != 2 * int(np.prod(wanted)):
        return None
    return np.fromfile(file, "float16").reshape(wanted)
