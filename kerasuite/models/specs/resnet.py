"""ResNet, Wide ResNet and ResNeXt for ImageNet."""

from kerasuite.models.spec import Spec

_HE_2015 = "He et al. 2015, Deep residual learning for image recognition"
_HE_2016 = "He et al. 2016, Identity mappings in deep residual networks"
_XIE = "Xie et al. 2016, Aggregated residual transformations for deep neural networks"
_ZAGORUYKO = "Zagoruyko & Komodakis 2016, Wide residual networks"


def _spec(function: str, paper: str, parameters: int, summary: str, **kwargs) -> Spec:
    return Spec(
        **{"name": function.lower(), **kwargs},
        builder=f"kerasuite.models.resnet:{function}",
        summary=summary,
        paper=paper,
        input_shape=(224, 224, 3),
        classes=1000,
        parameters=parameters,
        size=(224, 224),
    )


SPECS = (
    _spec("ResNet18", _HE_2015, 11_689_512, "ResNet of 18 layers: pairs of 3x3 convolutions"),
    _spec("ResNet34", _HE_2015, 21_797_672, "ResNet of 34 layers: pairs of 3x3 convolutions"),
    _spec("ResNet50", _HE_2015, 25_557_032, "ResNet of 50 layers, with bottlenecks"),
    _spec("ResNet101", _HE_2015, 44_549_160, "ResNet of 101 layers, with bottlenecks"),
    _spec("ResNet152", _HE_2015, 60_192_808, "ResNet of 152 layers, with bottlenecks"),
    _spec("ResNet200", _HE_2016, 64_673_832, "ResNet of 200 layers, with bottlenecks"),
    _spec("ResNet50V2", _HE_2016, 25_549_352, "ResNet of 50 layers, with pre-activation"),
    _spec("ResNet101V2", _HE_2016, 44_541_480, "ResNet of 101 layers, with pre-activation"),
    _spec("ResNet152V2", _HE_2016, 60_185_128, "ResNet of 152 layers, with pre-activation"),
    _spec("ResNet200V2", _HE_2016, 64_666_152, "ResNet of 200 layers, with pre-activation"),
    _spec("WideResNet50_2", _ZAGORUYKO, 68_883_240, "ResNet-50, its bottlenecks twice as wide"),
    _spec(
        "ResNet",
        _ZAGORUYKO,
        126_886_696,
        "ResNet-101, its bottlenecks twice as wide",
        name="wideresnet101_2",
        arguments={"blocks": (3, 4, 23, 3), "bottleneck": True, "base_width": 128},
    ),
    _spec("ResNeXt50_32x4d", _XIE, 25_028_904, "ResNeXt of 50 layers, 32 groups of 4 maps"),
    _spec("ResNeXt101_32x4d", _XIE, 44_177_704, "ResNeXt of 101 layers, 32 groups of 4 maps"),
    _spec("ResNeXt101_64x4d", _XIE, 83_455_272, "ResNeXt of 101 layers, 64 groups of 4 maps"),
)
