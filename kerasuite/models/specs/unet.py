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
        figure="IoU 0.92 on the cell tracking challenge's PhC-U373",
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
    Spec(
        name="unet_mobilenet_v2",
        builder="kerasuite.models.encoder_unet:EncoderUNet",
        summary="U-Net on MobileNetV2, which may be pretrained, for pictures of any size",
        paper="Iglovikov & Shvets 2018, TernausNet: U-Net with an encoder pre-trained on ImageNet",
        input_shape=(96, 96, 3),
        classes=2,
        size=(96, 96),
        task="segment",
    ),
)
