"""VGG, with and without batch norm."""

from kerasuite.models.spec import Spec

_PAPER = "Simonyan & Zisserman 2014, Very deep convolutional networks"


def _vgg(function: str, parameters: int) -> Spec:
    depth, _, norm = function.removeprefix("VGG").partition("_")
    return Spec(
        name=function.lower(),
        builder=f"kerasuite.models.vgg:{function}",
        summary=f"VGG-{depth}: plain 3x3 convolutions{', with batch norm' if norm else ''}",
        paper=_PAPER,
        input_shape=(224, 224, 3),
        classes=1000,
        parameters=parameters,
        size=(224, 224),
    )


SPECS = (
    _vgg("VGG11", 132_863_336),
    _vgg("VGG13", 133_047_848),
    _vgg("VGG16", 138_357_544),
    _vgg("VGG19", 143_667_240),
    _vgg("VGG11_BN", 132_868_840),
    _vgg("VGG13_BN", 133_053_736),
    _vgg("VGG16_BN", 138_365_992),
    _vgg("VGG19_BN", 143_678_248),
)
