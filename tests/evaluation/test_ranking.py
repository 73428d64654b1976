import numpy as np
import pytest

from kerasuite.evaluation.ranking import ranking_figures
from kerasuite.evaluation.rating_baselines import fit_biases


def test_known_answers():
    figures = ranking_figures([[5, 3, 9], [1, 2, 3], [4, 5, 6]], [{3, 7}, {8}, set()])
    assert figures["recall"] == pytest.approx((1 / 2 + 0) / 2)
    # A hit in the second place, of two wanted: the best gain is 1 + 1 / log2(3).
    assert figures["ndcg"] == pytest.approx((1 / np.log2(3)) / (1 + 1 / np.log2(3)) / 2)
    assert figures["hit_rate"] == 0.5


def test_perfect_lists():
    figures = ranking_figures([[2, 1, 0]], [{1, 2}])
    assert figures == {"recall": 1.0, "ndcg": 1.0, "hit_rate": 1.0}
    # More is wanted than fits: the gain can be perfect, the recall not.
    assert ranking_figures([[1]], [{1, 2}]) == {"recall": 0.5, "ndcg": 1.0, "hit_rate": 1.0}


def test_nobody_wants_anything():
    with pytest.raises(ValueError, match="Received: none"):
        ranking_figures([[1]], [set()])


def test_biases_without_shrinkage_are_exact():
    users, items = np.array([1, 1, 2, 2]), np.array([1, 2, 1, 2])
    ratings = 3 + np.array([0, 1, -1])[users] * 0.5 + np.array([0, 0.5, -0.5])[items]
    mean, user_bias, item_bias = fit_biases(users, items, ratings, 0, 0)
    assert mean == 3
    np.testing.assert_allclose(user_bias, [0, 0.5, -0.5], atol=1e-9)
    np.testing.assert_allclose(item_bias, [0, 0.5, -0.5], atol=1e-9)


def test_biases_equal_those_of_surprise():
    surprise = pytest.importorskip("surprise")
    import pandas as pd

    rng = np.random.default_rng(0)
    users, items = rng.integers(1, 20, 300), rng.integers(1, 30, 300)
    ratings = rng.uniform(1, 5, 300)
    table = pd.DataFrame({"u": users, "i": items, "r": ratings})
    table = table.drop_duplicates(["u", "i"])
    data = surprise.Dataset.load_from_df(table, surprise.Reader(rating_scale=(1, 5)))
    options = {"method": "als", "reg_u": 5, "reg_i": 3, "n_epochs": 20}
    theirs = surprise.BaselineOnly(options, verbose=False).fit(data.build_full_trainset())
    mean, user_bias, item_bias = fit_biases(*(table[c].to_numpy() for c in "uir"))
    for user, item in ((3, 4), (7, 25)):
        ours = mean + user_bias[user] + item_bias[item]
        assert theirs.predict(user, item, clip=False).est == pytest.approx(ours, abs=1e-6)
