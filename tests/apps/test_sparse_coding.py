"""sparse_coding: codes and components are scikit-learn's, Gabor functions are recognised."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.decomposition import FastICA as ReferenceICA
from sklearn.decomposition import sparse_encode

from kerasuite.app import find
from kerasuite.apps.sparse_coding.app import patch_coder
from kerasuite.apps.sparse_coding.config import PRESETS, SparseCodingConfig
from kerasuite.apps.sparse_coding.pictures import cosines, denoised, joined, psnr, tiles
from kerasuite.data.patches import load_patches
from kerasuite.errors import InputError
from kerasuite.evaluation.gabor import gabor, measure
from kerasuite.layers import SparseCode, Whitening
from kerasuite.layers.sparse_code import sparse_code
from kerasuite.training.patch_coders import orthonormal
from tests import cases

SMALL = dataclasses.replace(PRESETS["smoke"], epochs=1)


def dictionary(features, atoms, seed=0):
    found = np.random.default_rng(seed).standard_normal((features, atoms)).astype("float32")
    return found / np.linalg.norm(found, axis=0)


def objective(rows, atoms, codes, penalty):
    squares = 0.5 * np.square(rows - codes @ atoms.T).sum(1)
    return squares + penalty * np.abs(codes).sum(1)


@pytest.fixture(scope="module")
def patches():
    return load_patches(None, side=6, count=600)


@pytest.fixture(scope="module")
def learned(patches):
    app = find("sparse_coding").load()(dataclasses.replace(SMALL, epochs=6))
    model = app.build(patches.info)
    app.fit(model, patches, [])
    return app, model


@pytest.mark.parametrize(("features", "atoms"), [(12, 30), (20, 8)])
def test_codes_are_those_of_scikit_learn(features, atoms):
    known, rows = dictionary(features, atoms), cases.random_input((20, features))
    wanted = sparse_encode(rows, known.T, algorithm="lasso_lars", alpha=0.3, max_iter=1000)
    found = np.asarray(sparse_code(rows, known, 0.3, steps=500))
    np.testing.assert_allclose(found, wanted, atol=2e-3)
    assert 0.05 < (found == 0).mean() < 0.95
    # ISTA goes to the same place, on a longer way.
    slow = np.asarray(sparse_code(rows, known, 0.3, steps=30, method="ista"))
    quick = np.asarray(sparse_code(rows, known, 0.3, steps=30))
    best = objective(rows, known, wanted, 0.3)
    behind = [(objective(rows, known, c, 0.3) - best).sum() for c in (slow, quick)]
    assert behind[0] > 2 * behind[1] >= -1e-3
    slowest = np.asarray(sparse_code(rows, known, 0.3, steps=2000, method="ista"))
    assert objective(rows, known, slowest, 0.3).sum() < best.sum() + 0.01


def test_layers(tmp_path):
    x = cases.random_input((3, 8))
    config = {"units": 10, "penalty": 0.05, "steps": 20}
    cases.run_layer_test(SparseCode, config, x, (3, 10), 1, 0, tmp_path)
    cases.run_layer_test(Whitening, {"units": 5}, x, (3, 5), 0, 3, tmp_path)
    for wrong in ({"units": 0}, {"units": 2, "penalty": -1.0}, {"units": 2, "method": "lars"}):
        with pytest.raises(ValueError, match=f"{list(wrong)[-1]}.*Received: "):
            SparseCode(**wrong)
    with pytest.raises(ValueError, match="below the 8 features"):
        Whitening(8)(x)
    with pytest.raises(ValueError, match="must vary in at least 5 directions"):
        Whitening(5).adapt(np.ones((20, 8)) * np.arange(20)[:, None])


def test_whitened_patches_have_unit_covariance(patches):
    layer = Whitening(24)
    layer.adapt(patches.train.rows)
    whitened = np.asarray(layer(patches.train.rows))
    np.testing.assert_allclose(np.cov(whitened.T, bias=True), np.eye(24), atol=2e-3)
    whole = Whitening(35)
    whole.adapt(patches.train.rows)
    own = patches.train.rows - patches.train.rows.mean(1, keepdims=True)
    back = np.asarray(whole.inverse(whole(patches.train.rows)))
    np.testing.assert_allclose(back, own, atol=1e-4)


def test_a_dictionary_is_found_again():
    """Patches made of few atoms each: dictionary learning names the atoms."""
    rng = np.random.default_rng(0)
    truth = dictionary(16, 20, seed=1)
    codes = rng.standard_normal((2000, 20)) * (rng.random((2000, 20)) < 0.1)
    rows = (codes @ truth.T).astype("float32")
    config = dataclasses.replace(SMALL, patch=5, components=16, code=20, penalty=0.05, steps=50)
    model = patch_coder(config)
    # From anywhere it may end in a local minimum, where atoms are mixtures; not from near by.
    first = truth + 0.15 * rng.standard_normal((16, 20))
    first = first / np.linalg.norm(first, axis=0)
    model.code.kernel.assign(first)

    @tf.function
    def learn(batch):
        codes = model.code(batch)
        model.learn(batch, codes)
        return tf.reduce_mean(model.losses_of(batch, codes))

    losses = [float(learn(rows[rng.choice(2000, 200)])) for _ in range(80)]
    assert losses[-1] < losses[0]
    kernel = np.asarray(model.code.kernel)
    np.testing.assert_allclose(np.linalg.norm(kernel, axis=0), 1, rtol=1e-4)
    cosines_before, cosines_after = (np.diag(found.T @ truth) for found in (first, kernel))
    assert np.median(cosines_before) < 0.9 and cosines_after.min() > 0.98


def test_components_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    sources = rng.laplace(size=(3000, 4))
    rows = (sources @ rng.standard_normal((4, 4))).astype("float32")
    rows -= rows.mean(0)
    values, vectors = np.linalg.eigh(rows.T @ rows / len(rows))
    whitened = (rows @ vectors / np.sqrt(values)).astype("float32")
    start = rng.standard_normal((4, 4))
    model = patch_coder(dataclasses.replace(SMALL, kind="ica", components=4, code=4))
    model.code.kernel.assign(orthonormal(tf.constant(start.T, tf.float32)))
    for _ in range(60):
        model.learn(whitened, model.code(whitened))
    assert float(model.get_metrics_result()["change"]) < 0.1
    found = np.asarray(model.code(whitened))
    reference = ReferenceICA(whiten=False, w_init=start, max_iter=500, tol=1e-8)
    wanted = reference.fit_transform(whitened)
    for other in (wanted, sources):
        likeness = np.abs(np.corrcoef(found.T, other.T)[:4, 4:])
        assert sorted(likeness.argmax(1)) == [0, 1, 2, 3]
        assert likeness.max(1).min() > (0.9999 if other is wanted else 0.97)


def test_gabor_functions_are_recognised():
    known = gabor((12, 12), (5.0, 6.5), (1.6, 2.4), 0.6, 0.2, phase=1.0)
    shape = measure(3 * known)
    assert shape.fit > 0.99
    assert shape.orientation == pytest.approx(0.6, abs=0.1)
    assert shape.frequency == pytest.approx(0.2, abs=0.03)
    wide = measure(gabor((12, 12), (5.5, 5.5), (50, 50), 0.6, 0.2))
    assert shape.selectivity > 0.7 and shape.extent < 0.5 * wide.extent
    noise = measure(np.random.default_rng(0).standard_normal((12, 12)))
    assert noise.fit < 0.5 and noise.selectivity < 0.3
    with pytest.raises(ValueError, match="must be finite"):
        measure(np.zeros((4, 4)))


def test_pictures_are_put_together_again():
    pictures = np.random.default_rng(0).random((2, 18, 18), "float32")
    np.testing.assert_array_equal(joined(tiles(pictures, 6), 6), pictures)
    np.testing.assert_array_equal(tiles(pictures, 6)[1, 0, 2], pictures[1, :6, 12:].ravel())
    # With no penalty to speak of and a whole basis, nothing is lost.
    same = denoised(pictures, cosines(6, 6), 6, 3, 1e-5, 300)
    np.testing.assert_allclose(same, pictures, atol=2e-3)


def test_noise_is_cleaned_away(learned, patches):
    app, model = learned
    result = app.evaluate(model, patches)
    headline, evaluation = result["headline"], result["evaluation"]
    assert headline["denoised_psnr"] > headline["noisy_psnr"] + 2
    assert 0.5 < headline["explained_variance"] <= 1 and headline["active_share"] < 0.8
    assert headline["kurtosis"] > evaluation["kurtosis_of_principal_components"]
    assert psnr(np.zeros(4), np.full(4, 0.1)) == pytest.approx(20)


def test_model_is_saved(learned, patches, tmp_path):
    _, model = learned
    model.save(tmp_path / "coder.keras")
    again = keras.saving.load_model(tmp_path / "coder.keras")
    rows = patches.test.rows[:5]
    np.testing.assert_allclose(model(rows), again(rows), atol=1e-5)
    np.testing.assert_array_equal(model.code_products, again.code_products)


def test_independent_components_of_photographs(patches):
    config = dataclasses.replace(SMALL, kind="ica", code=16, epochs=30)
    app = find("sparse_coding").load()(config)
    model = app.build(patches.info)
    app.fit(model, patches, [])
    kernel = np.asarray(model.code.kernel)
    np.testing.assert_allclose(kernel.T @ kernel, np.eye(16), atol=1e-3)
    codes = np.asarray(model(patches.train.rows))
    random = np.asarray(model.whitening(patches.train.rows)) @ np.asarray(
        orthonormal(tf.constant(dictionary(24, 16)))
    )
    assert np.log(np.cosh(codes)).mean() < np.log(np.cosh(random)).mean() - 0.005


def test_own_pictures(tmp_path):
    rng = np.random.default_rng(0)
    for i in range(4):
        data = tf.io.encode_png(rng.integers(0, 256, (10, 12, 3), "uint8")).numpy()
        (tmp_path / f"{i}.png").write_bytes(data)
    (tmp_path / "bad.png").write_bytes(b"no picture")
    splits = load_patches(str(tmp_path), side=6, count=50)
    assert splits.sizes() == {"train": 50, "validation": 10, "test": 10}
    assert splits.info.skipped[0][0].endswith("bad.png")
    with pytest.raises(InputError, match="no picture has 11x11 pixels"):
        load_patches(str(tmp_path), side=11, count=50)
    (tmp_path / "flat").mkdir()
    for i in range(4):
        flat = tf.io.encode_png(np.full((10, 12, 3), 9, "uint8")).numpy()
        (tmp_path / "flat" / f"{i}.png").write_bytes(flat)
    with pytest.raises(InputError, match="too flat"):
        load_patches(str(tmp_path / "flat"), side=6, count=50)
    with pytest.raises(InputError, match="no data set called 'nowhere'"):
        load_patches("nowhere", side=6, count=50)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"components": 144}, "--components must be from 1 to 143, below the 144 pixels"),
        ({"kind": "ica", "code": 101}, "--code must be at most the 100 of --components"),
        ({"penalty": 0.0}, "--penalty must be a number above 0"),
        ({"stride": 13}, "--stride must be from 1 to 12"),
        ({"stride": 5}, "--stride must be such that patches reach"),
        ({"picture_size": 250}, "--picture-size must be a multiple of --patch 12"),
        ({"patches": 10}, "--patches must be from 100"),
    ],
)
def test_options_that_cannot_work_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        SparseCodingConfig(**options).check()
