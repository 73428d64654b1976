import numpy as np
import pytest

from kerasuite.evaluation.regression import deciles, evaluate_regression, importances


def test_known_answers():
    result = evaluate_regression([1.0, 3.0, 7.0], [1.0, 7.0, 7.0], worst=1)
    assert result["rmsle"] == pytest.approx(np.log(2) / np.sqrt(3))
    assert result["rmse"] == pytest.approx(4 / np.sqrt(3))
    assert result["mae"] == pytest.approx(4 / 3)
    assert result["mape"] == pytest.approx(4 / 9)
    assert result["r2"] == pytest.approx(
        1 - 16 / np.square([1 - 11 / 3, 3 - 11 / 3, 7 - 11 / 3]).sum()
    )
    assert result["largest_errors"] == [{"index": 1, "truth": 3.0, "predicted": 7.0}]


def test_what_numbers_do_not_allow_is_none():
    result = evaluate_regression([0.0, -1.0], [0.0, 1.0])
    assert result["rmsle"] is None and result["mape"] is None
    assert evaluate_regression([2.0], [2.0])["r2"] is None


def test_deciles():
    truths = np.arange(1.0, 21)
    parts = deciles(truths, truths + np.where(truths > 18, -4, 1))
    assert [p["count"] for p in parts] == [2] * 10
    assert (parts[0]["low"], parts[0]["high"], parts[-1]["bias"]) == (1, 2, -4)
    assert parts[0]["mae"] == 1 and parts[-1]["rmsle"] > parts[0]["rmsle"] / 5
    assert len(deciles(truths[:3], truths[:3])) == 3


def test_importances_find_the_column_that_counts():
    rng = np.random.default_rng(0)
    columns = {
        "useless": rng.random(200),
        "text": np.array([b"a", b"b"] * 100, object),
        "number": rng.random(200),
    }
    truths = 3 * columns["number"] + (columns["text"] == b"a")

    def predict(given):
        return 3 * given["number"] + (given["text"] == b"a")

    found = importances(predict, columns, truths, repeats=2)
    assert [r["name"] for r in found] == ["number", "text", "useless"]
    # Exchanged at random, differences have twice the variance.
    assert found[0]["growth"] == pytest.approx(np.sqrt(2) * 3 / np.sqrt(12), rel=0.15)
    assert found[2]["growth"] == 0 and found[2]["deviation"] == 0


@pytest.mark.parametrize(
    ("truths", "predicted"), [([], []), ([1.0], [1.0, 2.0]), ([1.0], [np.nan]), ([np.inf], [1.0])]
)
def test_refusals(truths, predicted):
    with pytest.raises(ValueError, match="Received: "):
        evaluate_regression(truths, predicted)
