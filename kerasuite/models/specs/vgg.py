"""VGG, with and without batch norm."""

from kerasuite.models.spec import Spec

_PAPER = "Simonyan & Zisserman 2014, Very deep convolutional networks"


def _vgg(depth: int, parameters: int, batch_norm: bool = False) -> Spec:
    return Spec(
        name=f"vgg{depth}_bn" if batch_norm else f"vgg{depth}",
        builder="kerasuite.models.vgg:VGG",
        summary=f"VGG-{depth}: plain 3x3 convolutions{', with batch norm' if batch_norm else ''}",
        paper=_PAPER,
        input_shape=(224, 224, 3),
        classes=1000,
        parameters=parameters,
        size=(224, 224),
        arguments={"depth": depth, "batch_norm": batch_norm},
    )


SPECS = (
    _vgg(11, 132_863_336),
    _vgg(13, 133_047_848),
    _vgg(16, 138_357_544),
    _vgg(19, 143_667_240),
    _vgg(11, 132_868_840, batch_norm=True),
    _vgg(13, 133_053_736, batch_norm=True),
    _vgg(16, 138_365_992, batch_norm=True),
    _vgg(19, 143_678_248, batch_norm=True),
)
