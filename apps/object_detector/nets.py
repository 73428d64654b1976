"""The compiled net of object_detector."""

from typing import Any

import keras

from kerasuite import models
from kerasuite.apps.object_detector.config import ObjectDetectorConfig
from kerasuite.data.splits import Info
from kerasuite.data.wordnet import groups_of_words
from kerasuite.errors import InputError
from kerasuite.models.pretrained import (
    hold,
    imagenet_classifier,
    imagenet_normalization,
    imagenet_synsets,
    load_imagenet,
)
from kerasuite.models.retinanet_classes import REGION, Regions
from kerasuite.training.detection_losses import (
    AnchorBoxLoss,
    AnchorFocalLoss,
    AnchorIoULoss,
)
from kerasuite.training.slowed_adam import SlowedAdam


def levels_of(config: ObjectDetectorConfig) -> range:
    """The levels of the detector's pyramid."""
    own = models.spec(config.model).arguments.get("levels", (3, 7))
    finest, coarsest = config.levels or own
    return range(finest, coarsest + 1)


def build_detector(config: ObjectDetectorConfig, info: Info) -> keras.Model:
    """Returns the compiled model: pictures from 0 to 255 → what `Detector` takes.

    Raises:
        InputError: if the backbone cannot be had with these options.
    """
    net = _net(config, info)
    backbone = net.get_layer(backbone_name(config))
    mean, std = info.mean, info.std
    if config.pretrained:
        try:
            load_imagenet(backbone)
            if config.class_head == "boxes":
                _load_held(net, config, info)
        except ValueError as e:
            raise InputError(f"--pretrained: {e}") from e
        learned = imagenet_normalization(backbone.name)
        mean, std = learned.mean, learned.std
        # Statistics of a batch of few pictures would be worse than those of a million.
        hold(backbone, norms_only=config.backbone_rate > 0)
    elif not config.backbone_rate:
        hold(backbone)
    if config.backbone_held:
        _hold_finest(backbone, config.backbone_held)
    inputs = keras.Input(info.shape, name="pictures")
    variance = [s * s for s in std]
    x = keras.layers.Normalization(mean=mean, variance=variance, name="normalize")(inputs)
    model = keras.Model(inputs, net(x), name=config.model)
    model.compile(
        optimizer=SlowedAdam(
            config.backbone_rate,
            [v.path for v in backbone.trainable_variables],
            config.learning_rate,
            global_clipnorm=config.clip_norm,
        ),
        loss=_losses(config),
        loss_weights={**dict.fromkeys(_losses(config), 1.0), "boxes": config.box_weight},
        jit_compile=config.jit,
    )
    return model


def backbone_name(config: ObjectDetectorConfig) -> str:
    """The registered model under the pyramid."""
    return config.backbone or models.spec(config.model).arguments.get("backbone", "resnet50")


def _load_held(net: keras.Model, config: ObjectDetectorConfig, info: Info) -> None:
    """ImageNet's weights for what tells the classes."""
    tellers = [(backbone_name(config), info.shape, net, "")]
    if config.regions:
        shape = (config.region_size, config.region_size, info.shape[-1])
        tellers.append((_region_backbone(config), shape, net.get_layer("regions"), REGION))
    for name, shape, teller, prefix in tellers:
        whole = models.create(name, input_shape=shape, features_only=True)
        load_imagenet(whole)
        teller.get_layer(f"{prefix}held").set_weights(whole.get_weights())
        if config.class_hints:
            teller.get_layer(f"{prefix}known").set_weights(imagenet_classifier(name))


def _region_backbone(config: ObjectDetectorConfig) -> str:
    return config.region_backbone or backbone_name(config)


def _rescaling(backbone: str, name: str) -> tuple[list[float], list[float]] | None:
    """What brings pictures for the backbone to what the net takes that looks at regions."""
    given, wanted = map(imagenet_normalization, (backbone, name))
    if given == wanted:
        return None
    scale = [s / t for s, t in zip(given.std, wanted.std, strict=True)]
    offset = [(m - n) / t for m, n, t in zip(given.mean, wanted.mean, wanted.std, strict=True)]
    return scale, offset


def _losses(config: ObjectDetectorConfig) -> dict[str, keras.losses.Loss]:
    boxes = AnchorIoULoss() if config.box_loss == "giou" else AnchorBoxLoss()
    if config.class_head == "boxes":
        return {"things": AnchorFocalLoss(), "boxes": boxes}
    return {"classes": AnchorFocalLoss(), "boxes": boxes}


def _hold_finest(backbone: keras.Model, level: int) -> None:
    """Holds what the maps of stride 2^level and all finer ones are made by.

    Those layers know edges and textures, which scenes of other things hardly change, and their maps
    are the largest: without their gradients a step takes a third less.
    """
    side = backbone.input_shape[-2]  # a side, wherever the channels are
    held = [maps for maps in backbone.outputs if side <= maps.shape[-2] * 2**level]
    if held:
        hold(keras.Model(backbone.inputs, held))


def _net(config: ObjectDetectorConfig, info: Info) -> keras.Model:
    arguments: dict[str, Any] = {
        "input_shape": info.shape,
        "classes": len(info.class_names),
        "class_head": config.class_head,
        "anchor_strides": config.anchor_strides,
        "reduction": config.reduction,
    }
    if config.head_depth:
        arguments["depth"] = config.head_depth
    if config.head_groups:
        arguments["head_groups"] = config.head_groups
    if config.head_width:
        arguments["width"] = config.head_width
    if config.levels:
        arguments["levels"] = config.levels
    if config.regions:
        teller = _region_backbone(config)
        rescaling = _rescaling(backbone_name(config), teller)
        arguments["regions"] = Regions(
            config.regions, teller, config.region_size, config.overlap, rescaling
        )
    if config.class_hints:
        synsets = imagenet_synsets(backbone_name(config))
        arguments["class_hints"] = groups_of_words(info.class_names, synsets)
    if config.backbone is not None:
        arguments |= {"backbone": config.backbone, "backbone_arguments": {}}
    try:
        return models.create(config.model, **arguments)
    except (TypeError, ValueError) as e:
        raise InputError(
            f"--model {config.model} with --backbone {backbone_name(config)} and --image-size "
            f"{config.image_size} cannot be built: {e}"
        ) from e
