"""Nets that make a picture of another one."""

from kerasuite.models.spec import Spec

_PIX2PIX = "Isola et al. 2017, Image-to-image translation with conditional adversarial networks"
_CYCLEGAN = (
    "Zhu et al. 2017, Unpaired image-to-image translation using cycle-consistent adversarial "
    "networks"
)
_MODULE = "kerasuite.models.picture_translation"

# The parameters are those that the authors' code (pytorch-CycleGAN-and-pix2pix) prints, in
# millions: 54.414, 2.769, 11.378, 2.765; tests/models/test_picture_translation.py adds them up.
SPECS = (
    Spec(
        name="pix2pix_generator",
        builder=f"{_MODULE}:Pix2PixGenerator",
        summary="The U-Net of pix2pix, a picture of 256x256 into another",
        paper=_PIX2PIX,
        input_shape=(256, 256, 3),
        classes=3,
        parameters=54_413_955,
        size=(256, 256),
        task="translate_pictures",
    ),
    Spec(
        name="cyclegan_generator",
        builder=f"{_MODULE}:CycleGANGenerator",
        summary="CycleGAN's ResNet of 9 blocks with instance norm and reflection padding",
        paper=_CYCLEGAN,
        input_shape=(256, 256, 3),
        classes=3,
        parameters=11_378_179,
        size=(256, 256),
        task="translate_pictures",
    ),
    Spec(
        name="cyclegan_discriminator",
        builder=f"{_MODULE}:PatchDiscriminator",
        summary="A score for every patch of 70x70 pixels of a picture, with instance norm",
        paper=_CYCLEGAN,
        input_shape=(256, 256, 3),
        classes=0,
        parameters=2_764_737,
        size=(256, 256),
        arguments={"norm": "instance"},
        task="discriminate",
    ),
)
