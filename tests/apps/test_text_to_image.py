"""text_to_image: what only this app does; its way from data to SavedModel is in test_apps."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kerasuite import text
from kerasuite.apps.text_to_image.app import TextToImage
from kerasuite.apps.text_to_image.config import TextToImageConfig
from kerasuite.apps.text_to_image.serving import signatures
from kerasuite.apps.text_to_image.texts import RULES, read
from kerasuite.data.splits import Info
from kerasuite.errors import InputError


@pytest.fixture(scope="module")
def info():
    tokenizer = text.train("words", ["a red heart", "a blue flag"], 20, rules=RULES)
    return Info("own", shape=(8, 8, 3), tokenizer=tokenizer.to_text())


def test_texts_are_cut_padded_and_never_empty(info):
    tokenizer = text.restore(info.tokenizer)
    ids = read(tokenizer, ["a red heart", "A RED", "", "nothing known here and there"], 3).numpy()
    assert ids.shape == (4, 3) and ids.dtype == "int32"
    np.testing.assert_array_equal(ids[0, :2], ids[1, :2])
    assert ids[1, 2] == 0 and ids[2, 0] == 1 and (ids[3] == 1).all()


def test_a_text_gives_the_same_picture_and_a_seed_another(info):
    config = TextToImageConfig(latent=4, code=4, width=4, image_size=8, longest=3)
    model = TextToImage(config).build(info)
    found = signatures(model, info, config.longest)
    texts = tf.constant(["red heart", "blue flag", "red heart", ""])
    default = tf.function(found["serving_default"].function)
    files = default(texts)["image_bytes"].numpy()
    assert files[0] == files[2] != files[1]
    assert Image.open(io.BytesIO(files[3])).size == (8, 8)
    assert default(texts[1:2])["image_bytes"].numpy()[0] == files[1]
    seeded = tf.function(found["seeded"].function)
    seeds = tf.constant([1, 2], tf.int64)
    first, second = seeded(tf.constant(["flag", "flag"]), seeds)["image_bytes"].numpy()
    assert first != second


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"image_size": 30}, "--image-size must be a multiple of 4"),
        ({"batch_size": 1}, "--batch-size must be at least 2"),
        ({"smoothing": 0.5}, "--smoothing"),
        ({"vocabulary_size": 4}, "--vocabulary-size"),
        ({"longest": 0}, "--longest"),
    ],
)
def test_options_that_cannot_work(options, words):
    with pytest.raises(InputError, match=f"{words}.*Received"):
        TextToImageConfig(**options).check()
