"""ResNet, Wide ResNet and ResNeXt for small pictures."""

from kerasuite.models.spec import Spec

_HE_2015 = "He et al. 2015, Deep residual learning for image recognition"
_HE_2016 = "He et al. 2016, Identity mappings in deep residual networks"
_XIE = "Xie et al. 2016, Aggregated residual transformations for deep neural networks"
_ZAGORUYKO = "Zagoruyko & Komodakis 2016, Wide residual networks"

_RESNEXT = {"depth": 29, "bottleneck": True, "width": 64, "shortcut": "projection"}


def _spec(function: str, paper: str, parameters: int | None, summary: str, **kwargs) -> Spec:
    return Spec(
        **{"name": function.lower(), **kwargs},
        builder=f"kerasuite.models.cifar_resnet:{function}",
        summary=summary,
        paper=paper,
        parameters=parameters,
    )


SPECS = (
    _spec("ResNet20", _HE_2015, 269_722, "ResNet of 20 layers for small pictures"),
    _spec("ResNet32", _HE_2015, 464_154, "ResNet of 32 layers for small pictures"),
    _spec("ResNet44", _HE_2015, 658_586, "ResNet of 44 layers for small pictures"),
    _spec("ResNet56", _HE_2015, 853_018, "ResNet of 56 layers for small pictures"),
    _spec("ResNet110", _HE_2015, 1_727_962, "ResNet of 110 layers for small pictures"),
    _spec("ResNet164V2", _HE_2016, 1_703_258, "ResNet of 164 layers with pre-activation"),
    _spec("WideResNet16_8", _ZAGORUYKO, 10_961_370, "Wide ResNet of 16 layers, 8 times as wide"),
    _spec("WideResNet28_10", _ZAGORUYKO, 36_479_194, "Wide ResNet of 28 layers, 10 times as wide"),
    _spec(
        "WideResNet",
        _ZAGORUYKO,
        8_949_210,
        "Wide ResNet of 40 layers, 4 times as wide",
        name="wideresnet40_4",
        arguments={"depth": 40, "widening": 4},
    ),
    _spec("ResNeXt29_8x64d", _XIE, 34_426_698, "ResNeXt of 29 layers, 8 groups of 64 maps"),
    _spec("ResNeXt29_16x64d", _XIE, 68_155_210, "ResNeXt of 29 layers, 16 groups of 64 maps"),
    _spec(
        "CIFARResNet",
        _XIE,
        4_775_754,
        "ResNeXt of 29 layers, 32 groups of 4 maps",
        name="resnext29_32x4d",
        arguments={**_RESNEXT, "cardinality": 32, "base_width": 4},
    ),
    # Small twins of equal size, to compare cardinality with width.
    *(
        _spec(
            "CIFARResNet",
            _XIE,
            None,
            summary,
            name=f"resnext20_{cardinality}x{base_width * width // 64}d",
            arguments={
                **_RESNEXT,
                "depth": 20,
                "width": width,
                "cardinality": cardinality,
                "base_width": base_width,
            },
        )
        for width, cardinality, base_width, summary in (
            (8, 1, 64, "Residual net of 20 layers, bottlenecks of 8 maps in one group"),
            (8, 4, 24, "Of the same size: ResNeXt of 20 layers, 4 groups of 3 maps"),
            (16, 1, 64, "Residual net of 20 layers, bottlenecks of 16 maps in one group"),
            (16, 7, 16, "Of the same size: ResNeXt of 20 layers, 7 groups of 4 maps"),
            (32, 1, 64, "Residual net of 20 layers, bottlenecks of 32 maps in one group"),
            (32, 4, 24, "Of the same size: ResNeXt of 20 layers, 4 groups of 12 maps"),
        )
    ),
    # Of ResNet-20's size and multiply-adds, with its shortcuts.
    _spec(
        "CIFARResNet",
        _XIE,
        None,
        "ResNeXt of 29 layers and ResNet-20's size, 4 groups of 8 maps",
        name="resnext29_4x8d",
        arguments={
            **_RESNEXT,
            "width": 8,
            "shortcut": "padding",
            "cardinality": 4,
            "base_width": 64,
        },
    ),
)
