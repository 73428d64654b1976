"""Streams: every id once, in order."""

import numpy as np
import pytest

from kerasuite.data.streams import Stream
from kerasuite.text.ids import PAD, START

IDS = np.arange(4, 104)


def test_batches_hold_every_id_once():
    batches = list(Stream(IDS, 7, 100).batches(3))
    assert [bool(x["first"]) for x, _ in batches] == [True] + [False] * (len(batches) - 1)
    after = np.concatenate([y.numpy() for _, y in batches], axis=1).ravel()
    before = np.concatenate([x["ids"].numpy() for x, _ in batches], axis=1).ravel()
    np.testing.assert_array_equal(after[after != PAD], IDS)
    assert before[0] == START
    np.testing.assert_array_equal(before[1:], after[:-1])


def test_training_rows_go_on_from_batch_to_batch():
    stream = Stream(IDS, 7, 100)
    steps = stream.steps_per_epoch(3)
    batches = list(stream.shuffled_batches(3, seed=5).take(2 * steps))
    assert [bool(x["first"]) for x, _ in batches] == ([True] + [False] * (steps - 1)) * 2
    for epoch in (batches[:steps], batches[steps:]):
        rows = np.concatenate([y.numpy() for _, y in epoch], axis=1)
        assert rows.shape == (3, 7 * steps)
        assert (np.diff(rows, axis=1) == 1).all()
    resumed = list(stream.shuffled_batches(3, seed=5, first_epoch=1).take(steps))
    for (x, y), (wanted_x, wanted_y) in zip(resumed, batches[steps:], strict=True):
        np.testing.assert_array_equal(x["ids"], wanted_x["ids"])
        np.testing.assert_array_equal(y, wanted_y)


@pytest.mark.parametrize("count", [1, 2, 8, 50])
def test_short_texts(count):
    stream = Stream(IDS[:count], 7, count)
    for batch in stream.shuffled_batches(64, seed=0).take(2 * stream.steps_per_epoch(64)):
        assert batch[1].shape[0] >= 1
    total = sum(int((y.numpy() != PAD).sum()) for _, y in stream.batches(64))
    assert total == count
    with pytest.raises(ValueError, match="0 ids"):
        Stream(IDS[:0], 7, 0)
