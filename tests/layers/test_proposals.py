"""The surest boxes, each thing once."""

import keras
import numpy as np
import pytest

from kerasuite.layers.proposals import Proposals, surest, voted
from tests.cases import to_numpy
from tests.layers.test_boxes import loop_iou, some_boxes


def by_loop(scores, boxes, count, overlap):
    kept = []
    for i in np.argsort(-scores):
        if len(kept) < count and all(loop_iou(boxes[i], boxes[k]) <= overlap for k in kept):
            kept.append(int(i))
    return kept + [-1] * (count - len(kept))


@pytest.mark.parametrize("overlap", [0.1, 0.5, 0.9])
def test_equal_to_the_loop(overlap):
    rng = np.random.default_rng(0)
    boxes = np.stack([rng.permutation(some_boxes(60)) for _ in range(3)]).astype("float32")
    scores = rng.normal(size=(3, 60)).astype("float32")
    chosen = to_numpy(surest(scores, boxes, 30, overlap))
    expected = [by_loop(s, b, 30, overlap) for s, b in zip(scores, boxes, strict=True)]
    np.testing.assert_array_equal(chosen, expected)


def test_where_none_is_left():
    boxes = np.array([[[0, 0, 8, 8], [1, 0, 9, 8], [20, 20, 30, 30]]], "float32")
    chosen = to_numpy(surest(np.array([[1.0, 2.0, -50.0]]), boxes, 4, 0.5))
    np.testing.assert_array_equal(chosen, [[1, 2, -1, -1]])


def test_the_layer(tmp_path):
    rng = np.random.default_rng(0)
    things, boxes = keras.Input((60, 1)), keras.Input((60, 4))
    layer = Proposals(5, overlap=0.3, vote=1)
    model = keras.Model([things, boxes], layer(things, boxes))
    given = [rng.normal(size=(2, 60, 1)), np.stack([some_boxes(60)] * 2)]
    given = [values.astype("float32") for values in given]
    chosen, found = (to_numpy(x) for x in model(given))
    chosen = chosen.astype(int)
    for i in range(2):
        assert by_loop(given[0][i, :, 0], given[1][i], 5, 0.3) == chosen[i].tolist()
        np.testing.assert_array_equal(found[i], given[1][i][chosen[i]])
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(to_numpy(again(given)[0]), chosen)


def test_boxes_much_alike_vote():
    boxes = np.array([[[0, 0, 10, 10], [0, 0, 11, 10], [0, 0, 14, 10], [5, 5, 5, 5]]], "float32")
    things = np.array([[2.0, 1.0, 3.0, 9.0]], "float32")
    found = to_numpy(voted(boxes[:, [0, 2, 3]], things, boxes, 0.7))[0]
    p, q, r = (1 / (1 + np.exp(-things[0, :3]))) ** 2
    # 10/14 and 11/14 are more than 0.7, so both are heard by the second; and 10/11 by the first.
    right = (10 * p + 11 * q + 14 * r) / (p + q + r)
    np.testing.assert_allclose(found[:2], [[0, 0, right, 10]] * 2, rtol=1e-5)
    np.testing.assert_array_equal(found[2], boxes[0, 3])  # without an area it is alone
    _, second = Proposals(1, overlap=0.5)(things[..., None], boxes)
    np.testing.assert_array_equal(to_numpy(second)[0, 0], boxes[0, 3])


@pytest.mark.parametrize(("count", "overlap"), [(0, 0.5), (3, 0.0), (3, 1.1)])
def test_wrong_arguments(count, overlap):
    with pytest.raises(ValueError, match=f"Received: count={count}, overlap={overlap}, vote"):
        Proposals(count, overlap=overlap)
