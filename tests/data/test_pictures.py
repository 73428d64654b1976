import itertools

import numpy as np
import pytest
import tensorflow as tf

from kerasuite.data.decoding import decode_pictures
from kerasuite.data.pictures import Pictures
from tests.data.data_cases import encoded

N = 23


@pytest.fixture(params=["in memory", "as files"])
def pictures(request, tmp_path):
    """Picture i is filled with the value i; its label is i mod 4."""
    images = np.tile(np.arange(N, dtype="uint8")[:, None, None, None], (1, 5, 4, 3))
    labels = np.arange(N) % 4
    if request.param == "in memory":
        return Pictures(labels, images=images)
    files = []
    for i, image in enumerate(images):
        files.append(tmp_path / f"{i}.png")
        files[-1].write_bytes(encoded(image))
    return Pictures(labels, files=files, size=(5, 4), channels=3)


def seen(dataset, count=None):
    """The values the pictures of a dataset are filled with, batch by batch."""
    batches = []
    for images, labels in dataset if count is None else dataset.take(count):
        assert images.dtype == tf.uint8 and images.shape[1:] == (5, 4, 3)
        values = images.numpy()[:, 0, 0, 0]
        np.testing.assert_array_equal(labels, values % 4)
        assert labels.dtype == tf.int32
        batches.append(values.tolist())
    return batches


def flat(batches):
    return list(itertools.chain(*batches))


def test_batches_give_all_in_order(pictures):
    batches = seen(pictures.batches(10))
    assert [len(b) for b in batches] == [10, 10, 3]
    assert flat(batches) == list(range(N))


@pytest.mark.parametrize("batch_size", [1, 5, 23, 24, 1000])
def test_epochs_are_permutations_that_follow_from_seed_and_number(pictures, batch_size):
    steps = pictures.steps_per_epoch(batch_size)
    width = min(batch_size, N)
    long = seen(pictures.shuffled_batches(batch_size, seed=7), 3 * steps)
    epochs = [flat(long[e * steps : (e + 1) * steps]) for e in range(3)]
    assert all(len(set(e)) == len(e) == steps * width for e in epochs)
    assert epochs[0] != epochs[1] != epochs[2]
    later = seen(pictures.shuffled_batches(batch_size, seed=7, first_epoch=2), steps)
    assert flat(later) == epochs[2]
    assert seen(pictures.shuffled_batches(batch_size, seed=8), steps) != long[:steps]


def test_element_spec_and_steps(pictures):
    spec = pictures.shuffled_batches(4, 0).element_spec
    assert spec[0].shape.as_list() == [4, 5, 4, 3] and spec[1].dtype == tf.int32
    assert [pictures.steps_per_epoch(b) for b in (1, 4, 23, 99)] == [23, 5, 1, 1]


def test_raw_bytes_decode_to_the_array(pictures):
    decoded = decode_pictures(tf.constant(pictures.raw([3, 0, 22])), (5, 4), 3)
    np.testing.assert_array_equal(decoded, pictures.array([3, 0, 22]))
    assert pictures.array([3, 0, 22])[:, 0, 0, 0].tolist() == [3, 0, 22]
    assert pictures.array([]).shape == (0, 5, 4, 3)
    assert (
        Pictures(np.zeros(1), images=np.zeros((1, 5, 4, 1), "uint8")).raw([0])[0][:4] == b"\x89PNG"
    )


def test_subset_keeps_the_classes_shares(pictures):
    part = pictures.subset(12, seed=0)
    assert np.bincount(part.labels).tolist() == [3, 3, 3, 3]
    assert (part.array(range(12))[:, 0, 0, 0] % 4 == part.labels).all()
    assert part.labels.dtype == np.int32 and part.shape == (5, 4, 3)
    assert len(pictures.subset(99, 0)) == N
    same, other = pictures.subset(12, 0), pictures.subset(12, 1)
    np.testing.assert_array_equal(part.array(range(12)), same.array(range(12)))
    assert (part.array(range(12)) != other.array(range(12))).any()


def test_what_cannot_be(pictures):
    with pytest.raises(ValueError, match="both or neither"):
        Pictures(np.zeros(1))
    with pytest.raises(ValueError, match=r"a label per picture\. Received: 2, 1"):
        Pictures(np.zeros(1), images=np.zeros((2, 1, 1, 1), "uint8"))
    with pytest.raises(ValueError, match="size and channels"):
        Pictures(np.zeros(0), files=[])
    with pytest.raises(ValueError, match="no examples to shuffle"):
        pictures.take(np.array([], int)).shuffled_batches(4, 0)
    assert seen(pictures.take(np.array([], int)).batches(4)) == []
