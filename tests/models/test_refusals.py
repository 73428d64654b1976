"""Bad input: every builder refuses it with one sentence, before anything is built."""

import keras
import pytest

from kerasuite import models
from kerasuite.models.resnet import ResNet

# The first model of each builder.
NAMES = sorted({models.spec(name).builder: name for name in models.names()[::-1]}.values())
# Generators take noise, which has neither sides nor channels; dense nets take any examples.
FROM_NOISE = [name for name in NAMES if models.spec(name).task == "generate"]
FROM_PICTURES = [name for name in NAMES if name not in FROM_NOISE and "dense_" not in name]
ADVERSARIES = [
    name
    for name in FROM_PICTURES
    if models.spec(name).task in ("discriminate", "translate_pictures")
]
# These take pictures of a single pixel: nothing in them shrinks, or they pad.
ANY_SIZE = tuple(
    f"kerasuite.models.{module}:"
    for module in ("mlp", "lenet", "c3d", "encoder_unet", "super_resolution")
)
# This one takes pictures whose sides nobody knows before they come.
UNKNOWN_SIZE = "kerasuite.models.super_resolution:"


def assert_refused(name, message, **wrong):
    with pytest.raises(ValueError) as refused:
        models.create(name, **wrong)
    text = str(refused.value)
    assert message in text
    assert "Received: " in text
    assert len(text) < 300  # our own sentence, not a trace of Keras's


@pytest.mark.parametrize("name", NAMES)
def test_classes_must_be_counted(name):
    # Adversaries may do without classes.
    without = models.spec(name).task in ("generate", "discriminate")
    for classes in (-1, 1.5, True, "ten", *([] if without else [0])):
        assert_refused(name, "classes", classes=classes)


@pytest.mark.parametrize("name", [*FROM_NOISE, "dense_discriminator"])
def test_shape_of_noise_must_be_positive_integers(name):
    for shape in ((0,), (1.5,), (), None, "large"):
        assert_refused(name, "`input_shape` must be", input_shape=shape)


@pytest.mark.parametrize("name", FROM_PICTURES)
def test_input_shape_must_be_positive_integers(name):
    *size, channels = models.spec(name).input_shape
    for shape in ((*size, 0), (*size, 1.5), size, (*size, channels, 1), (0, *size[1:], channels)):
        assert_refused(name, "`input_shape` must be", input_shape=shape)
    for shape in (None, "large"):
        assert_refused(name, "`input_shape` must be", input_shape=shape)
    unknown = (None,) * len(size) + (channels,)
    if models.spec(name).builder.startswith(UNKNOWN_SIZE):
        assert models.create(name, input_shape=unknown).input_shape == (None, *unknown)
    else:
        assert_refused(name, "`input_shape` must be", input_shape=unknown)


@pytest.mark.parametrize("name", FROM_PICTURES)
def test_pictures_too_small_for_the_strides_are_refused(name):
    *size, channels = models.spec(name).input_shape
    shape = (*size[:-2], 1, 1, channels)
    if models.spec(name).builder.startswith(ANY_SIZE):
        assert models.create(name, input_shape=shape).input_shape == (None, *shape)
    else:
        assert_refused(name, "input_shape", input_shape=shape)


@pytest.mark.parametrize("name", [*ADVERSARIES, "dcgan_generator"])
def test_adversaries_refuse_channels_first(name):
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        assert_refused(name, "takes channels-last pictures")
    finally:
        keras.config.set_image_data_format(before)


def test_cardinality_need_not_divide_the_width():
    # The groups come first: each has its own maps, so their sum is always a multiple.
    tiny = {"input_shape": (32, 32, 3), "classes": 2, "width": 16, "blocks": (1,)}
    model = ResNet(**tiny, bottleneck=True, cardinality=3, base_width=20)
    layer = model.get_layer("conv2_block1_2_conv")
    assert (layer.groups, layer.filters) == (3, 15)
