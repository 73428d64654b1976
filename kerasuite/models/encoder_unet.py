"""U-Net whose way down is another net of the suite, which may be pretrained."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from kerasuite.models import parts, registry
from kerasuite.models.convolutional import conv, norm_relu
from kerasuite.models.data_format import either_data_format
from kerasuite.models.unet import cut, filled


@either_data_format
def EncoderUNet(
    include_top: bool = True,
    input_shape: Sequence[int] = (96, 96, 3),
    pooling: str | None = None,
    classes: int = 2,
    classifier_activation: Any = "softmax",
    encoder: str = "mobilenet_v2",
    depth: int = 5,
    width: int = 16,
    dropout: float = 0.0,
    features_only: bool = False,
    name: str = "encoder_unet",
) -> keras.Model:
    """Builds a U-Net on the pyramid of another net: its maps at each stride are the bridges.

    The way up starts at the encoder's last maps and doubles their size floor by floor. Each floor
    joins the encoder's maps of its size, on the last the picture itself, and ends with a 3x3
    convolution, norm and ReLU. Pictures of any size are good: they are padded with zeros on the
    right and below, and the answer is cut to their size.

    The encoder is a layer of the model by its own name, so that its weights can be set and held:
    `load_imagenet(model.get_layer("mobilenet_v2"))`.

    Args:
        include_top: whether to end with the classes of each pixel, else with the maps before.
        input_shape: (height, width, channels).
        pooling: without top, None for the maps, "avg" or "max" for one number a map.
        classes: number of classes.
        classifier_activation: "softmax" for probabilities, None for logits.
        encoder: a registered model that gives maps at strides 2, 4, 8, … with `features_only`.
        depth: how many of those maps are used, from the first.
        width: maps of the way up at full size; each floor below has twice as many.
        dropout: share of the maps dropped, whole, in training before they are classified, in
            [0, 1).
        features_only: whether to return, in place of all the above, the list of the encoder's
            maps.
        name: name of the model.

    Returns:
        A functional `keras.Model`, whose output is (batch, height, width, classes).

    Raises:
        ValueError: if an argument is not as described.

    Reference:
        Ronneberger, Fischer, Brox 2015, "U-Net: convolutional networks for biomedical image
        segmentation", section 2; Iglovikov, Shvets 2018, "TernausNet: U-Net with VGG11 encoder
        pre-trained on ImageNet for image segmentation", section 2.
    """
    parts.check_top(include_top, pooling, classes)
    parts.check_rate(dropout, "dropout")
    parts.check_width(depth, "depth")
    parts.check_width(width, "width")
    inputs = parts.picture_input(input_shape)
    picture = filled(inputs, depth, "same")
    net = registry.create(encoder, input_shape=picture.shape[1:], features_only=True)
    _check_strides(net, picture, depth)
    features = net(picture)[:depth]
    if features_only:
        return keras.Model(inputs, features, name=name)
    x = cut(_way_up([picture, *features], width), inputs)
    if dropout:
        x = layers.SpatialDropout2D(dropout, name="dropout")(x)
    if not include_top:
        return keras.Model(inputs, parts.pooled_features(x, pooling), name=name)
    x = layers.Conv2D(classes, 1, dtype="float32", name="logits")(x)
    outputs = layers.Activation(classifier_activation, dtype="float32", name="predictions")(x)
    return keras.Model(inputs, outputs, name=name)


def _way_up(features: list[keras.KerasTensor], width: int) -> keras.KerasTensor:
    """Returns the maps at full size. A 1x1 convolution first makes the deepest maps fewer."""
    *bridges, x = features
    x = norm_relu(conv(x, width * 2 ** len(bridges) // 2, 1, name="bottom_conv"), "bottom")
    for floor, bridge in reversed(list(enumerate(bridges))):
        x = layers.UpSampling2D(2, interpolation="bilinear", name=f"up{floor + 1}")(x)
        x = layers.Concatenate(name=f"bridge{floor + 1}")([bridge, x])
        x = conv(x, width * 2**floor, 3, name=f"up{floor + 1}_conv")
        x = norm_relu(x, f"up{floor + 1}")
    return x


def _check_strides(net: keras.Model, picture: keras.KerasTensor, depth: int) -> None:
    sizes = [tuple(maps.shape[1:3]) for maps in net.outputs[:depth]]
    expected = [tuple(n // 2**i for n in picture.shape[1:3]) for i in range(1, depth + 1)]
    if sizes != expected:
        raise ValueError(
            f"`encoder` must give maps at {depth} strides, 2, 4, 8 and so on, of pictures of "
            f"{tuple(picture.shape[1:3])}: {expected}. Received: encoder={net.name!r}, with {sizes}"
        )
