"""U-Net, as published and for pictures of any size."""

from kerasuite.models.spec import Spec

_PAPER = "Ronneberger et al. 2015, U-Net: convolutional networks for biomedical segmentation"
_BUILDER = "kerasuite.models.unet:UNet"

SPECS = (
    Spec(
        name="unet",
        builder=_BUILDER,
        summary="U-Net as published: no padding, the middle of the picture is segmented",
        paper=_PAPER,
        input_shape=(572, 572, 1),
        classes=2,
        parameters=31_030_658,
        size=(572, 572),
        task="segment",
    ),
    Spec(
        name="unet_small",
        builder=_BUILDER,
        summary="A narrow U-Net with batch norm for pictures of any size, trains on a CPU",
        input_shape=(64, 64, 3),
        classes=2,
        size=(64, 64),
        arguments={
            "depth": 3,
            "width": 16,
            "padding": "same",
            "batch_norm": True,
            "dropout": 0.0,
        },
        task="segment",
    ),
)
