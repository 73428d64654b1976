"""GAN-CLS and its matcher: whose step is whose, the losses, what is saved, what is learned."""

import keras
import numpy as np
import pytest

from kerasuite.evaluation.matching import retrieval_figures
from kerasuite.models.text_to_image import GANCLSDiscriminator, GANCLSGenerator, TextEncoder
from kerasuite.training.gan_cls import GANCLS
from kerasuite.training.judge import kept
from kerasuite.training.matcher import Matcher
from tests import cases

IDS = np.array([[4, 5], [6, 0], [7, 4]], "int32")


def gan_cls(**kwargs):
    keras.utils.set_random_seed(0)
    model = GANCLS(
        GANCLSGenerator((6,), (8, 8, 3), code=5, compressed=4, width=4),
        GANCLSDiscriminator((8, 8, 3), code=5, compressed=4, width=4),
        TextEncoder(10, units=6, code=5),
        seed=0,
        **kwargs,
    )
    model.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3), jit_compile=False)
    return model


@pytest.fixture(scope="module")
def pictures():
    return np.tanh(cases.random_input((3, 8, 8, 3)))


def values(net):
    return [np.array(v) for v in net.variables]


def changes(before, net):
    return [not np.array_equal(a, b) for a, b in zip(before, values(net), strict=True)]


def test_each_side_has_its_own_step(pictures):
    model = gan_cls()
    codes = model.text_encoder(IDS)
    generator, discriminator = values(model.generator), values(model.discriminator)
    model.discriminator_step(pictures, codes)
    assert not any(changes(generator, model.generator))
    assert np.mean(changes(discriminator, model.discriminator)) > 0.8
    discriminator = values(model.discriminator)
    model.generator_step(codes)
    assert np.mean(changes(generator, model.generator)) > 0.8
    assert not any(changes(discriminator, model.discriminator))


def test_training_saving_and_resuming(pictures, tmp_path):
    model = gan_cls()
    encoder = values(model.text_encoder)
    found = model.train_on_batch(pictures, IDS, return_dict=True)
    assert set(found) == {"generator_loss", "discriminator_loss"}
    model.save(tmp_path / "model.keras")
    saved = keras.saving.load_model(tmp_path / "model.keras")
    assert saved.get_config().keys() == model.get_config().keys()
    for both in (model, saved):
        both.train_on_batch(pictures, IDS)
    for mine, its in zip(model.variables, saved.variables, strict=True):
        # The LSTM has a seed for dropout, which it does not do.
        if "lstm" not in mine.path and "seed" not in mine.path:
            np.testing.assert_allclose(mine, its, rtol=1e-3, atol=1e-4, err_msg=mine.path)
    np.testing.assert_array_equal(model.seed_generator.state, saved.seed_generator.state)
    assert not any(changes(encoder, model.text_encoder))
    noise = cases.random_input((3, 6))
    wanted = model.generator([noise, cases.to_numpy(model.text_encoder(IDS))])
    np.testing.assert_allclose(model([noise, IDS]), wanted, rtol=1e-5, atol=1e-6)


def test_the_discriminator_learns_what_does_not_belong_together():
    """Dark and light pictures with a word each; what is generated does not matter here."""
    model = gan_cls()
    model.discriminator_optimizer.learning_rate = 0.01
    rng = np.random.default_rng(0)
    ids = np.array([[4], [5]] * 4, "int32")
    codes = model.text_encoder(ids)
    pictures = (2 * (ids[:, :, None, None] - 4.5) * np.ones((8, 8, 8, 3))).astype("float32")
    pictures += 0.1 * rng.standard_normal(pictures.shape).astype("float32")
    for _ in range(30):
        model.discriminator_step(pictures, codes)
    codes = cases.to_numpy(codes)
    others = np.roll(codes, 1, axis=0)
    right, wrong = (cases.to_numpy(model.discriminator([pictures, c])) for c in (codes, others))
    assert right.min() > wrong.max()


def test_retrieval_figures():
    answers = np.eye(4)
    found = retrieval_figures(answers[[0, 1, 2, 2]], answers, np.array([0, 1, 2, 3]), most=2)
    assert found["retrieval"] == 0.75 and found["retrieval_chance"] == 0.25
    assert found["retrieval_at_2"] == 0.75  # two of the wrong ones are as near as the own one
    with pytest.raises(ValueError, match="an own answer per query"):
        retrieval_figures(answers, answers, np.array([0]))


def test_a_matcher_finds_what_belongs_together(tmp_path):
    rng = np.random.default_rng(0)
    kinds = rng.integers(3, size=96)
    pictures = np.full((96, 8, 8, 3), 20, "uint8")
    pictures[np.arange(96), ..., kinds] = 200
    ids = np.stack([kinds + 4, np.where(rng.random(96) < 0.5, 8, 0)], 1).astype("int32")
    matcher = kept(tmp_path, lambda: Matcher.learn(pictures, ids, 10, 12, code=8), "m", Matcher)
    texts = np.array([[4, 0], [5, 0], [6, 0]], "int32")
    found = retrieval_figures(
        matcher.picture_codes(pictures), matcher.text_codes(texts), kinds, most=1
    )
    assert found["retrieval"] > 0.9
    again = kept(tmp_path, lambda: None, "m", Matcher)
    np.testing.assert_allclose(
        again.text_codes(texts), matcher.text_codes(texts), rtol=1e-4, atol=1e-5
    )


def test_refusals():
    with pytest.raises(ValueError, match="`interpolation` must be at least 0"):
        gan_cls(interpolation=-1.0)
