import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasuite.data.sampling import stratified_sample, stratified_split

SHARES = (0.7, 0.15, 0.15)
LABELS = st.lists(st.integers(0, 5), max_size=200).map(lambda x: np.array(x, int))


@given(LABELS, st.integers(0, 3))
def test_parts_are_disjoint_and_whole(labels, seed):
    parts = stratified_split(labels, SHARES, seed)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(labels)))
    assert all((np.diff(p) > 0).all() for p in parts)
    for label in np.unique(labels):
        counts = [(labels[p] == label).sum() for p in parts]
        assert min(counts) >= 1 or sum(counts) < 3


@given(LABELS, st.integers(0, 250), st.sampled_from([None, 0, 1]))
def test_sample_has_its_size_and_each_class_its_share(labels, count, seed):
    chosen = stratified_sample(labels, count, seed)
    assert len(set(chosen.tolist())) == len(chosen) == min(count, len(labels))
    for label in np.unique(labels):
        share = count * (labels == label).mean()
        assert abs((labels[chosen] == label).sum() - share) <= 1 or count >= len(labels)


def test_shares_and_seeds():
    labels = np.repeat([0, 1], [1000, 100])
    parts = stratified_split(labels, SHARES, 0)
    assert [np.bincount(labels[p]).tolist() for p in parts] == [[700, 70], [150, 15], [150, 15]]
    again = stratified_split(labels, SHARES, 0)
    assert all((a == b).all() for a, b in zip(parts, again, strict=True))
    assert (stratified_split(labels, SHARES, 1)[1] != parts[1]).any()


def test_without_a_seed_the_last_of_each_class_are_taken():
    assert stratified_sample(np.array([0, 1, 0, 1, 0, 1]), 2, None).tolist() == [4, 5]


@pytest.mark.parametrize(("n", "sizes"), [(1, [1, 0, 0]), (2, [1, 1, 0]), (3, [1, 1, 1])])
def test_small_classes(n, sizes):
    assert [len(p) for p in stratified_split(np.zeros(n), SHARES, 0)] == sizes
