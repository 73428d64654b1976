"""GoogLeNet, the first Inception net."""

from kerasuite.models.spec import Spec

SPECS = (
    Spec(
        name="googlenet",
        builder="kerasuite.models.googlenet:GoogLeNet",
        summary="GoogLeNet: convolutions of several sizes side by side, as published",
        paper="Szegedy et al. 2014, Going deeper with convolutions",
        input_shape=(224, 224, 3),
        classes=1000,
        parameters=6_998_552,
        size=(224, 224),
    ),
)
