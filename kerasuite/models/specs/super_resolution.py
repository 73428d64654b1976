"""Nets that make pictures larger."""

from kerasuite.models.spec import Spec

_PAPER = (
    "Ledig et al. 2017, Photo-realistic single image super-resolution using a generative "
    "adversarial network"
)
_MODULE = "kerasuite.models.super_resolution"

SPECS = (
    Spec(
        name="srresnet",
        builder=f"{_MODULE}:SRResNet",
        summary="Pictures four times as high and wide: 16 residual blocks and pixel shuffles",
        paper=_PAPER,
        input_shape=(24, 24, 3),
        classes=3,
        size=(24, 24),
        figure="32.05 dB PSNR on Set5, 4x",
        task="translate_pictures",
    ),
)
