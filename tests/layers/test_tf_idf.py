"""Weighted bags of words: equal to scikit-learn's, and as any layer."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfTransformer

from kerasuite.layers import TfIdf
from tests.cases import run_layer_test


def ids(documents=20, length=30, size=12, seed=0):
    return np.random.default_rng(seed).integers(0, size, (documents, length)).astype("int32")


def counts(rows, size, special):
    found = np.stack([np.bincount(row, minlength=size) for row in rows])
    found[:, :special] = 0
    return found


@pytest.mark.parametrize("special", [0, 4])
def test_equals_scikit_learn(special):
    train, test = ids(), ids(seed=1, length=5)
    layer = TfIdf(12, special=special)
    layer(train)
    layer.adapt(train)
    reference = TfidfTransformer(sublinear_tf=True).fit(counts(train, 12, special))
    expected = reference.transform(counts(test, 12, special)).toarray()
    np.testing.assert_allclose(np.asarray(layer(test)), expected, atol=1e-6)
    assert not np.asarray(layer(test))[:, :special].any()


def test_a_message_without_words():
    assert not np.asarray(TfIdf(6, special=4)(np.zeros((1, 3), "int32"))).any()


def test_as_a_layer(tmp_path):
    inputs = ids(4, 7).astype("float32")
    run_layer_test(TfIdf, {"vocabulary_size": 12, "special": 2}, inputs, (4, 12), 0, 1, tmp_path)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"vocabulary_size": 0}, "vocabulary_size=0"),
        ({"vocabulary_size": 5, "special": 5}, "special=5"),
    ],
)
def test_wrong_arguments(arguments, match):
    with pytest.raises(ValueError, match=match):
        TfIdf(**arguments)
