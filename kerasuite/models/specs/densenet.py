"""DenseNet for ImageNet and for small pictures."""

from kerasuite.models.spec import Spec

_PAPER = "Huang et al. 2016, Densely connected convolutional networks"


def _imagenet(depth: int, parameters: int, growth_rate: int = 32) -> Spec:
    return Spec(
        name=f"densenet{depth}",
        builder=f"kerasuite.models.densenet:DenseNet{depth}",
        summary=f"DenseNet-BC of {depth} layers that add {growth_rate} maps each",
        paper=_PAPER,
        input_shape=(224, 224, 3),
        classes=1000,
        parameters=parameters,
        size=(224, 224),
    )


def _cifar(size: str, parameters: int, summary: str) -> Spec:
    return Spec(
        name=f"densenet{size.lower()}",
        builder=f"kerasuite.models.densenet:DenseNet{size}",
        summary=summary,
        paper=_PAPER,
        parameters=parameters,
    )


SPECS = (
    _imagenet(121, 7_978_856),
    _imagenet(161, 28_681_000, growth_rate=48),
    _imagenet(169, 14_149_480),
    _imagenet(201, 20_013_928),
    _imagenet(264, 33_337_704),
    _cifar("40_12", 1_019_722, "DenseNet of 40 layers for small pictures"),
    _cifar("100_12", 6_979_642, "DenseNet of 100 layers for small pictures"),
    _cifar("BC40_12", 176_122, "DenseNet of 40 layers with bottlenecks and compression"),
    _cifar("BC100_12", 769_162, "DenseNet of 100 layers with bottlenecks and compression"),
    Spec(
        name="densenetbc250_24",
        builder="kerasuite.models.densenet:CIFARDenseNet",
        summary="DenseNet of 250 layers with bottlenecks and compression",
        paper=_PAPER,
        parameters=15_324_406,
        arguments={"depth": 250, "growth_rate": 24, "bottleneck": True},
    ),
)
