"""The nets of a run."""

import keras

from kerasuite import models
from kerasuite.apps.image_translator.config import ImageTranslatorConfig
from kerasuite.training.adam import Adam
from kerasuite.training.picture_gans import CycleGAN, Pix2Pix


def build(config: ImageTranslatorConfig, shape: tuple[int, ...], made: int) -> keras.Model:
    """The compiled model of a run.

    Args:
        config: its options.
        shape: (height, width, channels) of the given pictures.
        made: channels of the pictures that are made.
    """
    model = (
        _pix2pix(config, shape, made)
        if config.method == "pix2pix"
        else _cyclegan(config, shape, made)
    )
    both = (Adam(config.learning_rate, beta_1=0.5) for _ in range(2))
    model.compile(*both, jit_compile=config.jit)
    return model


def _pix2pix(config: ImageTranslatorConfig, shape: tuple[int, ...], made: int) -> Pix2Pix:
    return Pix2Pix(
        models.Pix2PixGenerator(shape, made, config.width),
        models.PatchDiscriminator(shape, made, config.width, config.patch),
        l1=config.l1,
        adversarial=config.adversarial,
        seed=config.seed,
    )


def _cyclegan(config: ImageTranslatorConfig, shape: tuple[int, ...], made: int) -> CycleGAN:
    second = (*shape[:2], made)
    net = {"width": config.width, "blocks": config.blocks}
    # Only a picture with as many channels as the wanted ones can be changed step by step.
    net["skip"] = config.skip and shape[2] == made
    generator = models.CycleGANGenerator(shape, made, **net)
    back = models.CycleGANGenerator(second, shape[2], **net, name="back")
    judges = (
        models.PatchDiscriminator(kind, 0, config.width, config.patch, "instance", name=name)
        for kind, name in ((second, "discriminator"), (shape, "back_discriminator"))
    )
    # A picture that is of the right kind already can only go in if it has as many channels.
    identity = config.identity if shape[2] == made else 0.0
    return CycleGAN(
        generator,
        back,
        *judges,
        cycle=config.cycle,
        identity=identity,
        pool=config.pool,
        seed=config.seed,
    )
