"""Corruption, GaussianCode, ContractiveDense, SparsityPenalty: the papers' equations."""

import keras
import numpy as np
import pytest

from kerasuite.layers import ContractiveDense, Corruption, GaussianCode, SparsityPenalty
from kerasuite.layers.gaussian_code import kl_divergence
from tests import cases

on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="differentiates with TensorFlow"
)


def added_loss(layer):
    return float(keras.ops.convert_to_numpy(sum(layer.losses)))


def again(layer):
    return keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))


@pytest.mark.parametrize("kind", ["masking", "salt_and_pepper", "gaussian"])
def test_corruption_spoils_as_much_as_asked(kind, tmp_path):
    x = np.full((200, 10, 10), 0.5, "float32")
    layer = Corruption(kind, 0.3, seed=1)
    np.testing.assert_array_equal(cases.to_numpy(layer(x)), x)
    found = cases.to_numpy(layer(x, training=True))
    if kind == "gaussian":
        assert found.mean() == pytest.approx(0.5, abs=0.01)
        assert found.std() == pytest.approx(0.3, rel=0.02)
    else:
        shares = {value: np.mean(found == value) for value in (0.0, 0.5, 1.0)}
        ones = 0.15 if kind == "salt_and_pepper" else 0.0
        for value, share in {0.0: 0.3 - ones, 0.5: 0.7, 1.0: ones}.items():
            assert shares[value] == pytest.approx(share, abs=0.015)
    config = {"kind": kind, "level": 0.3, "seed": 1}
    cases.run_layer_test(Corruption, config, x[:2], (2, 10, 10), 0, 0, tmp_path)


def test_corruption_is_repeatable_and_anew():
    x = np.random.default_rng(0).random((4, 50), "float32")
    first, second = Corruption("masking", 0.5, seed=2), Corruption("masking", 0.5, seed=2)
    draws = [cases.to_numpy(layer(x, training=True)) for layer in (first, second, second)]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert (draws[1] != draws[2]).any()


@pytest.mark.parametrize("wrong", [("blur", 0.1), ("masking", 1.1), ("gaussian", -0.1)])
def test_corruption_refuses(wrong):
    with pytest.raises(ValueError, match=r"must be.*Received: "):
        Corruption(*wrong)


def test_divergence_is_what_sampling_finds():
    rng = np.random.default_rng(0)
    mean, log_variance = rng.normal(size=(2, 5))
    z = mean + np.exp(log_variance / 2) * rng.standard_normal((400_000, 5))
    log_q = -0.5 * ((z - mean) ** 2 / np.exp(log_variance) + log_variance)
    sampled = (log_q + 0.5 * z**2).mean(0)
    np.testing.assert_allclose(kl_divergence(mean, log_variance), sampled, atol=0.02)


def test_gaussian_code_draws_and_costs():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(8, 6)).astype("float32")
    layer = GaussianCode(beta=2.0, seed=3)
    draws = cases.to_numpy(layer(np.tile(x, (4000, 1)))).reshape(4000, 8, 3)
    np.testing.assert_allclose(draws.mean(0), x[:, :3], atol=0.25)
    np.testing.assert_allclose(draws.std(0), np.exp(x[:, 3:] / 2), rtol=0.1)
    layer(x)
    each = cases.to_numpy(kl_divergence(x[:, :3], x[:, 3:])).mean(0)
    assert added_loss(layer) == pytest.approx(2 * each.sum(), rel=1e-5)
    free = GaussianCode(free_bits=float(each.mean()))
    free(x)
    assert added_loss(free) == pytest.approx(np.maximum(each, each.mean()).sum(), rel=1e-5)
    assert again(layer).get_config() == layer.get_config()
    assert layer.compute_output_shape((None, 6)) == (None, 3)


@on_tensorflow
def test_free_bits_have_no_gradient():
    import tensorflow as tf

    x = tf.Variable(np.float32([[1.0, 0.1, 0.0, 0.0]]))
    layer = GaussianCode(free_bits=0.1)
    with tf.GradientTape() as tape:
        layer(x)
        loss = sum(layer.losses)
    # Of the first number the mean costs 0.5 nats, of the second 0.005: that is free.
    np.testing.assert_allclose(tape.gradient(loss, x), [[1.0, 0.0, 0.0, 0.0]], atol=1e-6)


@pytest.mark.parametrize("wrong", [{"beta": -1.0}, {"free_bits": -0.1}])
def test_gaussian_code_refuses(wrong):
    with pytest.raises(ValueError, match=r"at least 0. Received: "):
        GaussianCode(**wrong)
    with pytest.raises(ValueError, match="Received: input shape"):
        GaussianCode()(np.zeros((2, 5), "float32"))


@on_tensorflow
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "linear"])
def test_contraction_is_the_norm_of_the_full_jacobian(activation):
    import tensorflow as tf

    x = tf.constant(cases.random_input((5, 7)))
    layer = ContractiveDense(4, contraction=0.3, activation=activation)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
    penalty = added_loss(layer)
    jacobian = tape.batch_jacobian(y, x).numpy()
    assert penalty == pytest.approx(0.3 * np.square(jacobian).sum((1, 2)).mean(), rel=1e-4)


def test_contractive_dense_is_a_layer(tmp_path):
    x = cases.random_input((4, 5))
    config = {"units": 3, "contraction": 0.5, "activation": "tanh"}
    cases.run_layer_test(ContractiveDense, config, x, (4, 3), 2, 0, tmp_path)
    with pytest.raises(ValueError, match=r"activation.*Received: activation='elu'"):
        ContractiveDense(3, activation="elu")
    with pytest.raises(ValueError, match=r"contraction.*Received: contraction=-1"):
        ContractiveDense(3, contraction=-1)


def test_sparsity_costs_what_the_equations_say(tmp_path):
    x = np.random.default_rng(0).uniform(0.01, 0.99, (6, 4)).astype("float32")
    layer = SparsityPenalty("l1", 0.5)
    layer(x - 0.5)
    assert added_loss(layer) == pytest.approx(0.5 * np.abs(x - 0.5).sum(1).mean(), rel=1e-5)
    layer = SparsityPenalty("kl", 2.0, target=0.1)
    layer(x)
    active = x.mean(0)
    each = 0.1 * np.log(0.1 / active) + 0.9 * np.log(0.9 / (1 - active))
    assert added_loss(layer) == pytest.approx(2 * each.sum(), rel=1e-5)
    layer(np.full((2, 3), 0.1, "float32"))
    assert added_loss(layer) == pytest.approx(0, abs=1e-5)
    config = {"kind": "kl", "weight": 2.0, "target": 0.1}
    cases.run_layer_test(SparsityPenalty, config, x, x.shape, 0, 0, tmp_path)


@pytest.mark.parametrize(
    "wrong", [{"kind": "l2"}, {"weight": -1}, {"target": 0.0}, {"target": 1.0}]
)
def test_sparsity_refuses(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}.*Received: "):
        SparsityPenalty(**{"kind": "kl", "weight": 1.0, **wrong})
