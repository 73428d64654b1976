"""Anchors, and what each of them is to find."""

import numpy as np
import pytest

from kerasuite.layers.anchors import IGNORED, NOTHING, anchor_boxes, assign
from kerasuite.layers.boxes import encode
from tests.cases import to_numpy
from tests.layers.test_boxes import loop_iou


def test_sizes_and_places_are_the_papers():
    anchors = anchor_boxes((600, 600), range(3, 8))
    sides = anchors[:, 2:] - anchors[:, :2]
    roots = np.sqrt(sides.prod(-1))
    # Areas from 32^2 to 512^2, at three sizes an octave.
    expected = [32 * 2 ** (level + k / 3) for level in range(5) for k in range(3)]
    np.testing.assert_allclose(np.unique(roots.round(2)), np.round(expected, 2))
    np.testing.assert_allclose(
        np.unique((sides[:, 1] / sides[:, 0]).round(4)), [0.5, 1, 2], rtol=1e-4
    )
    places = sum((-(-600 // 2**level)) ** 2 for level in range(3, 8))
    assert anchors.shape == (9 * places, 4) and anchors.dtype == np.float32
    np.testing.assert_allclose((anchors[:, :2] + anchors[:, 2:])[:9] / 2, 4)
    np.testing.assert_allclose((anchors[9, 0] + anchors[9, 2]) / 2, 12)


def test_larger_anchors_at_the_same_places():
    usual, larger = (anchor_boxes((96, 96), (4, 5), strides_long=n) for n in (4, 6))
    middles = [a[:, :2] + a[:, 2:] for a in (usual, larger)]
    np.testing.assert_allclose(*middles, atol=1e-3)
    sides = [a[:, 2:] - a[:, :2] for a in (usual, larger)]
    np.testing.assert_allclose(sides[1], 1.5 * sides[0], rtol=1e-5)


def loops(boxes, labels, anchors):
    """The rule, anchor by anchor, for one picture."""
    found = []
    best = {}
    for k, box in enumerate(boxes):
        if labels[k] >= 0:
            best.setdefault(int(np.argmax([loop_iou(a, box) for a in anchors])), []).append(k)
    for i, anchor in enumerate(anchors):
        overlaps = {k: loop_iou(anchor, box) for k, box in enumerate(boxes) if labels[k] >= 0}
        among = best.get(i) or list(overlaps)
        k = max(among, key=lambda j: overlaps[j]) if among else None
        if i in best or (k is not None and overlaps[k] >= 0.5):
            found.append((labels[k], boxes[k]))
        elif k is None or overlaps[k] < 0.4:
            found.append((NOTHING, None))
        else:
            found.append((IGNORED, None))
    return found


def test_equals_the_loops():
    rng = np.random.default_rng(1)
    anchors = anchor_boxes((64, 64), (3, 4))
    start = rng.uniform(0, 40, (6, 5, 2))
    boxes = np.concatenate([start, start + rng.uniform(3, 24, (6, 5, 2))], -1).astype("float32")
    labels = rng.integers(0, 4, (6, 5)).astype("int32")
    labels[1, 2:], boxes[1, 2:] = -1, 0
    labels[2], boxes[2] = -1, 0
    got, codes = (to_numpy(x) for x in assign(boxes, labels, anchors))
    assert got.shape == (6, len(anchors)) and codes.shape == (6, len(anchors), 4)
    kinds = set()
    for picture in range(6):
        expected = loops(boxes[picture], labels[picture], anchors)
        np.testing.assert_array_equal(got[picture], [label for label, _ in expected])
        for code, anchor, (_, box) in zip(codes[picture], anchors, expected, strict=True):
            wanted = np.zeros(4) if box is None else to_numpy(encode(box, anchor))
            np.testing.assert_allclose(code, wanted, atol=1e-4)
        kinds |= set(got[picture])
    assert {NOTHING, IGNORED, 0, 1, 2, 3} == kinds


@pytest.mark.parametrize("side", [1, 5, 64])
def test_every_box_is_found_by_some_anchor(side):
    anchors = anchor_boxes((64, 64), (3, 4, 5))
    labels, _ = assign(
        np.array([[[0, 0, side, side]]], "float32"), np.array([[2]], "int32"), anchors
    )
    assert (to_numpy(labels) == 2).any()


def test_a_shared_best_anchor_finds_the_box_it_overlaps_more():
    anchors = np.array([[0, 0, 10, 10]], "float32")
    boxes = np.array([[[0, 0, 4, 4], [0, 0, 6, 6]]], "float32")
    labels, _ = assign(boxes, np.array([[0, 1]], "int32"), anchors)
    np.testing.assert_array_equal(to_numpy(labels), [[1]])
