"""Overlaps and codes of boxes."""

import numpy as np
import pytest

from kerasuite.layers import boxes as box_ops
from tests.cases import to_numpy


def some_boxes(n, seed=0):
    rng = np.random.default_rng(seed)
    start = rng.uniform(-5, 60, (n, 2))
    return np.concatenate([start, start + rng.uniform(1, 50, (n, 2))], -1).astype("float32")


def loop_iou(a, b):
    """The definition for two boxes."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(width, 0) * max(height, 0)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def test_iou_by_hand():
    # 10x10 against 10x10 shifted by 5: 50 shared of 150; contained: 25 of 100; apart: 0.
    first = np.array([[0, 0, 10, 10]], "float32")
    second = np.array([[5, 0, 15, 10], [0, 0, 5, 5], [10, 0, 20, 10], [3, 3, 3, 3]], "float32")
    iou = to_numpy(box_ops.pairwise_iou(first, second))
    np.testing.assert_allclose(iou, [[1 / 3, 1 / 4, 0, 0]], rtol=1e-6)


def test_iou_equals_the_loop_and_broadcasts():
    first, second = some_boxes(5), some_boxes(7, 1)
    expected = [[loop_iou(a, b) for b in second] for a in first]
    np.testing.assert_allclose(to_numpy(box_ops.pairwise_iou(first, second)), expected, rtol=1e-4)
    batched = to_numpy(box_ops.pairwise_iou(first, second[None].repeat(3, 0)))
    np.testing.assert_allclose(batched[2], expected, rtol=1e-4)


def test_empty_boxes_overlap_nothing():
    nothing = np.zeros((2, 4), "float32")
    assert not to_numpy(box_ops.pairwise_iou(nothing, nothing)).any()


def test_codes_by_hand():
    # The middle is half an anchor to the right and down, the sides are twice as long.
    anchor, box = np.array([0, 0, 8, 8], "float32"), np.array([0, 0, 16, 16], "float32")
    codes = to_numpy(box_ops.encode(box, anchor))
    np.testing.assert_allclose(codes, [0.5 / 0.1, 0.5 / 0.1, np.log(2) / 0.2, np.log(2) / 0.2])
    assert not to_numpy(box_ops.encode(box, box)).any()


def test_decode_undoes_encode():
    boxes, anchors = some_boxes(40), some_boxes(40, 1)
    again = to_numpy(box_ops.decode(box_ops.encode(boxes, anchors), anchors))
    np.testing.assert_allclose(again, boxes, atol=1e-3)


def test_no_code_is_too_large():
    boxes = to_numpy(box_ops.decode(np.full((1, 4), 1e6, "float32"), some_boxes(1)))
    assert np.isfinite(boxes).all()


def test_clip():
    boxes = np.array([[-5, 3, 200, 40], [10, 20, 30, 60]], "float32")
    clipped = to_numpy(box_ops.clip(boxes, 50, 100))
    np.testing.assert_array_equal(clipped, [[0, 3, 100, 40], [10, 20, 30, 50]])


@pytest.mark.parametrize(("box", "area"), [((1, 2, 4, 8), 18), ((4, 2, 1, 8), 0)])
def test_areas(box, area):
    assert float(box_ops.areas(np.array(box, "float32"))) == area


def test_paired_iou_by_hand():
    first = np.array([[0, 0, 2, 2], [0, 0, 2, 2], [0, 0, 1, 1]], "float32")
    second = np.array([[0, 0, 2, 2], [1, 1, 3, 3], [3, 0, 4, 1]], "float32")
    iou, generalized = (to_numpy(x) for x in box_ops.paired_iou(first, second))
    np.testing.assert_allclose(iou, [1, 1 / 7, 0], rtol=1e-6)
    # Of the second pair 2 of 9 squares around both are in neither, of the third 2 of 4.
    np.testing.assert_allclose(generalized, [1, 1 / 7 - 2 / 9, -2 / 4], rtol=1e-6)
