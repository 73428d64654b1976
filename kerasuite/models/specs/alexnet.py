"""AlexNet, in its two groups."""

from kerasuite.models.spec import Spec

SPECS = (
    Spec(
        name="alexnet",
        builder="kerasuite.models.alexnet:AlexNet",
        summary="AlexNet as published: two groups, local response normalization",
        paper="Krizhevsky et al. 2012, ImageNet classification with deep convolutional networks",
        input_shape=(227, 227, 3),
        classes=1000,
        parameters=60_965_224,
        size=(227, 227),
    ),
)
