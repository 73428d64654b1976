"""From options to a model: what spoils the picture, the encoder, the code, the decoder."""

from typing import Any

import keras
import numpy as np

from kerasuite.app import option_error
from kerasuite.apps.autoencoder.config import VARIATIONAL, AutoencoderConfig
from kerasuite.data.splits import Info
from kerasuite.layers import ContractiveDense, Corruption, GaussianCode, SparsityPenalty
from kerasuite.models.autoencoder import (
    ConvolutionalDecoder,
    ConvolutionalEncoder,
    DenseDecoder,
    DenseEncoder,
)
from kerasuite.training.adam import Adam
from kerasuite.training.reconstruction_losses import NegativeLogLikelihood, SummedSquaredError

ENCODER, DECODER, CORRUPTION = "encoder", "decoder", "corruption"


def autoencoder(config: AutoencoderConfig, info: Info) -> keras.Model:
    """The compiled model: pictures from 0 to 255 → parameters of each pixel's distribution.

    A conditional model takes {"pictures", "class"}, with the one-hot code of the class. The layers
    called "encoder" and "decoder" are its halves, on pictures from 0 to 1.

    Raises:
        InputError: if a code is so large that it could hold a copy of the picture, and nothing
            else keeps it from that.
    """
    if config.kind == "plain" and config.code >= np.prod(info.shape):
        raise option_error(
            "code", f"below {np.prod(info.shape)}, the numbers of a picture", config.code
        )
    classes = len(info.class_names) if config.kind == "conditional" else 0
    pictures = keras.Input(info.shape, name="pictures")
    x = keras.layers.Rescaling(1 / 255, name="scale")(pictures)
    if config.kind == "denoising":
        spoil = Corruption(
            config.corruption, config.corruption_level, seed=config.seed, name=CORRUPTION
        )
        x = spoil(x)
    encoder, decoder = _halves(config, info, classes)
    given = [keras.Input((classes,), name="class")] if classes else []
    code = encoder([x, *given] if given else x)
    for layer in _on_code(config):
        code = layer(code)
    outputs = decoder([code, *given] if given else code)
    inputs = {"pictures": pictures, "class": given[0]} if given else pictures
    model = keras.Model(inputs, outputs, name=f"{config.kind}_autoencoder")
    model.compile(Adam(config.learning_rate), loss=_loss(config), jit_compile=config.jit)
    return model


def pictures_of(parameters: Any, config: AutoencoderConfig) -> Any:
    """The mean of each pixel's distribution: a tensor from 0 to 1 [batch, h, w, channels]."""
    if config.likelihood == "bernoulli":
        return keras.ops.sigmoid(parameters)
    if config.kind in VARIATIONAL:
        parameters = keras.ops.split(parameters, 2, axis=-1)[0]
    return keras.ops.clip(parameters, 0.0, 1.0)


def code_of(encoded: Any, config: AutoencoderConfig) -> Any:
    """The code that stands for a picture: of a variational encoder's answer, the mean."""
    return encoded[:, : config.code] if config.kind in VARIATIONAL else encoded


def _halves(config: AutoencoderConfig, info: Info, classes: int) -> tuple[keras.Model, keras.Model]:
    height, width, channels = info.shape
    twice = config.kind in VARIATIONAL and config.likelihood == "gaussian"
    shape = (height, width, channels * (2 if twice else 1))
    common = {"activation": config.activation, "classes": classes}
    if config.net == "convolutional":
        encoder = ConvolutionalEncoder(_code_layer(config), info.shape, config.filters, **common)
        filters = config.filters[::-1]
        return encoder, ConvolutionalDecoder(shape, config.code, filters, **common, name=DECODER)
    encoder = DenseEncoder(_code_layer(config), info.shape, config.hidden_units, **common)
    units = config.hidden_units[::-1]
    return encoder, DenseDecoder(shape, config.code, units, **common, name=DECODER)


def _code_layer(config: AutoencoderConfig) -> keras.layers.Layer:
    if config.kind in VARIATIONAL:
        return keras.layers.Dense(2 * config.code, dtype="float32", name="distribution")
    if config.kind == "contractive":
        return ContractiveDense(config.code, config.contraction, name="code")
    if config.kind == "sparse":
        # Divergence is of shares, which are never below 0; "l1" makes true zeros with ReLU.
        activation = "sigmoid" if config.sparsity == "kl" else "relu"
        return keras.layers.Dense(config.code, activation, name="code")
    if config.kind == "denoising":
        return keras.layers.Dense(config.code, config.activation, name="code")
    return keras.layers.Dense(config.code, name="code")


def _on_code(config: AutoencoderConfig) -> list[keras.layers.Layer]:
    if config.kind in VARIATIONAL:
        return [
            GaussianCode(
                config.beta, config.free_bits, seed=config.seed, dtype="float32", name="draw"
            )
        ]
    if config.kind == "sparse":
        penalty = SparsityPenalty(
            config.sparsity, config.sparsity_weight, config.sparsity_target, name="penalty"
        )
        return [penalty]
    return []


def _loss(config: AutoencoderConfig) -> keras.losses.Loss:
    if config.kind in VARIATIONAL or config.likelihood == "bernoulli":
        return NegativeLogLikelihood(config.likelihood)
    return SummedSquaredError()
