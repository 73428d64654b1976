"""Single-shot detectors: RetinaNet, as published and for a CPU."""

from kerasuite.models.spec import Spec

_PAPER = "Lin et al. 2017, Focal loss for dense object detection"
_BUILDER = "kerasuite.models.retinanet:RetinaNet"

SPECS = (
    Spec(
        name="retinanet",
        builder=_BUILDER,
        summary="RetinaNet as published: ResNet-50, levels 3 to 7, 256 maps, 9 anchors a place",
        paper=_PAPER,
        input_shape=(640, 640, 3),
        classes=80,
        # Not in the paper; tests/models/test_retinanet.py adds it up, and checks the sum against
        # the counts of torchvision's two models, which have 91 classes.
        parameters=37_968_692,
        size=(640, 640),
        figure="AP 30.5 to 35.7 on COCO test-dev, for pictures of 400 to 800 pixels",
        task="detect",
    ),
    Spec(
        name="retinanet_small",
        builder=_BUILDER,
        summary="RetinaNet with a ResNet of 10 layers, levels 3 to 5 and 64 maps, trains on a CPU",
        input_shape=(128, 128, 3),
        classes=8,
        size=(128, 128),
        arguments={
            "backbone": "resnet18",
            "backbone_arguments": {"blocks": (1, 1, 1, 1), "width": 32},
            "levels": (3, 5),
            "width": 64,
            "depth": 2,
            "head_initializer": "he_normal",
        },
        task="detect",
    ),
)
