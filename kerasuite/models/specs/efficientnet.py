"""EfficientNet-Lite in its five sizes."""

from kerasuite.models.spec import Spec

_PAPER = (
    "Tan and Le 2019, EfficientNet: rethinking model scaling for convolutional neural networks; "
    "Liu 2020, EfficientNet-Lite (TensorFlow's blog)"
)


def _lite(
    number: int, size: int, width: float, depth: float, parameters: int, error: float
) -> Spec:
    learned = number < 3
    return Spec(
        name=f"efficientnet_lite{number}",
        builder="kerasuite.models.efficientnet_lite:EfficientNetLite",
        summary="Inverted residual units scaled in width and depth"
        + ("; ImageNet weights to be had" if learned else ""),
        paper=_PAPER,
        input_shape=(size, size, 3),
        classes=1000,
        parameters=parameters,
        size=(size, size),
        arguments={"width": width, "depth": depth, "dropout": 0.2 if number < 2 else 0.3},
        figure=f"{error:.1f} % top-1 error on ImageNet",
        weights=f"efficientnet_lite{number}_imagenet" if learned else None,
    )


SPECS = (
    _lite(0, 224, 1.0, 1.0, 4_652_008, 24.9),
    _lite(1, 240, 1.0, 1.1, 5_416_680, 23.3),
    _lite(2, 260, 1.1, 1.2, 6_092_072, 22.4),
    _lite(3, 280, 1.2, 1.4, 8_197_096, 20.2),
    _lite(4, 300, 1.4, 1.8, 13_006_568, 18.5),
)
