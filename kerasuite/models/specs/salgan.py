"""Nets that say where people look."""

from kerasuite.models.spec import Spec

_PAPER = "Pan et al. 2017, SalGAN: visual saliency prediction with generative adversarial networks"
_MODULE = "kerasuite.models.salgan"

SPECS = (
    Spec(
        name="salgan_generator",
        builder=f"{_MODULE}:SalGANGenerator",
        summary="Where people look in a picture: VGG-16's convolutions, and the same turned round",
        paper=_PAPER,
        input_shape=(192, 256, 3),
        classes=1,
        size=(192, 256),
        task="translate_pictures",
    ),
)
