"""The nets of a run."""

import keras

from kerasuite import models
from kerasuite.apps.super_resolution.config import SuperResolutionConfig
from kerasuite.models.super_resolution import SRGANDiscriminator
from kerasuite.training.adam import Adam
from kerasuite.training.judge import Judge
from kerasuite.training.srgan import SRGAN

CHANNELS = 3
_LAYER = "stage2_2_relu"  # at half the pictures' size


def build(config: SuperResolutionConfig, pretraining: int) -> keras.Model:
    """The compiled model of a run.

    Args:
        config: its options.
        pretraining: steps before srgan's discriminator comes in.
    """
    generator = models.SRResNet(
        (None, None, CHANNELS),
        CHANNELS,
        config.width,
        config.blocks,
        config.scale,
        config.residual,
    )
    if config.method == "srresnet":
        adam = Adam(config.learning_rate)
        generator.compile(adam, "mean_squared_error", jit_compile=config.jit)
        return generator
    square = (config.patch, config.patch, CHANNELS)
    gan = SRGAN(
        generator,
        SRGANDiscriminator(square, config.width),
        feature_maps(Judge.untrained(square)),
        pretraining,
        config.content,
        config.pixels,
        config.adversarial,
        seed=config.seed,
    )
    both = (Adam(config.adversarial_rate) for _ in range(2))
    gan.compile(*both, jit_compile=config.jit)
    return gan


def generator_of(model: keras.Model) -> keras.Model:
    """The net that makes pictures larger: SRGAN's generator, or the SRResNet itself."""
    return getattr(model, "generator", model)


def feature_maps(judge: Judge) -> keras.Model:
    """The maps that a judge's classifier has of pictures from -1 to 1, in its second stage."""
    net = judge.model.get_layer("small_cnn")
    return keras.Model(net.input, net.get_layer(_LAYER).output, name="features")
