import itertools

import keras
import numpy as np
import pytest

from kerasuite.layers import PiecewiseLinearEncoding
from tests.cases import run_layer_test, to_numpy

BOUNDARIES = [[0.0, 1.0, 3.0], [-2.0, 2.0]]


def reference(values, boundaries):
    """Equation 1 of the paper, one number at a time, ends held fast."""
    rows = []
    for row in values:
        passed, missing = [], []
        for x, bounds in zip(row, boundaries, strict=True):
            missing.append(float(np.isnan(x)))
            for low, high in itertools.pairwise(bounds):
                if np.isnan(x) or x <= low:
                    passed.append(0.0)
                else:
                    passed.append(1.0 if x >= high else (x - low) / (high - low))
        rows.append(passed + missing)
    return np.array(rows)


def test_layer(tmp_path):
    inputs = np.array([[0.5, 0.0], [2.0, -1.0]], "float32")
    run_layer_test(
        PiecewiseLinearEncoding, {"boundaries": BOUNDARIES}, inputs, (2, 5), 0, 0, tmp_path
    )


def test_equals_the_formula():
    x = np.array(
        [[0.5, 0.0], [2, -1], [-9, 9], [np.nan, 1], [3, np.nan], [np.inf, -np.inf], [1e38, 0]],
        "float32",
    )
    encoded = to_numpy(PiecewiseLinearEncoding(BOUNDARIES)(x))
    np.testing.assert_allclose(encoded, reference(x, BOUNDARIES), rtol=1e-6)


def test_years_keep_their_precision_in_16_bits():
    layer = PiecewiseLinearEncoding([[2000.0, 2010.0]], dtype="bfloat16")
    assert float(to_numpy(layer(np.array([[2003.0]], "float32")))[0, 0]) == pytest.approx(
        0.3, abs=2e-3
    )


@pytest.mark.parametrize("wrong", [[], [[1.0]], [[1.0, 1.0]], [[2.0, 1.0]], [[0.0, np.inf]]])
def test_wrong_boundaries(wrong):
    with pytest.raises(ValueError, match=r"boundaries.*Received: "):
        PiecewiseLinearEncoding(wrong)


def test_another_number_of_columns_is_refused():
    with pytest.raises(ValueError, match=r"\(batch, 2\)"):
        PiecewiseLinearEncoding(BOUNDARIES)(keras.Input((3,)))
