"""MobileNetV2."""

from kerasuite.models.spec import Spec

SPECS = (
    Spec(
        name="mobilenet_v2",
        builder="kerasuite.models.mobilenet_v2:MobileNetV2",
        summary="Inverted residual units with depthwise convolutions; ImageNet weights to be had",
        paper="Sandler et al. 2018, MobileNetV2: inverted residuals and linear bottlenecks",
        input_shape=(224, 224, 3),
        classes=1000,
        parameters=3_504_872,
        size=(224, 224),
        figure="28.0 % top-1 error on ImageNet",
        weights="mobilenet_v2_imagenet",
    ),
)
