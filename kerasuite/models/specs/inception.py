"""Inception nets, from GoogLeNet to Inception-ResNet."""

from kerasuite.models.spec import Spec


def _inception(name: str, builder: str, summary: str, paper: str, parameters: int) -> Spec:
    return Spec(
        name=name,
        builder=f"kerasuite.models.{name}:{builder}",
        summary=summary,
        paper=paper,
        input_shape=(299, 299, 3),
        classes=1000,
        parameters=parameters,
        size=(299, 299),
    )


SPECS = (
    _inception(
        "inception_v3",
        "InceptionV3",
        "Inception-v3: large convolutions as products of small ones",
        "Szegedy et al. 2015, Rethinking the Inception architecture for computer vision",
        23_834_568,
    ),
    _inception(
        "inception_v4",
        "InceptionV4",
        "Inception-v4: a deeper, uniform Inception without residuals",
        "Szegedy et al. 2016, Inception-v4, Inception-ResNet",
        42_679_816,
    ),
    _inception(
        "inception_resnet_v2",
        "InceptionResNetV2",
        "Inception-ResNet-v2: Inception modules as scaled residuals",
        "Szegedy et al. 2016, Inception-v4, Inception-ResNet",
        55_843_464,
    ),
)
