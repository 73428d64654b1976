"""Padding, masks, truncation and buckets."""

import numpy as np
import pytest
import tensorflow as tf

from kerasuite.text import sequences
from kerasuite.text.buckets import Buckets, choose_widths
from kerasuite.text.ids import END, START

IDS = tf.ragged.constant([[5, 6, 7], [], [8]], dtype=tf.int32)


def test_ends_padding_and_mask():
    ended = sequences.with_ends(IDS)
    assert ended.to_list() == [[START, 5, 6, 7, END], [START, END], [START, 8, END]]
    assert sequences.with_ends(IDS, start=False).to_list()[2] == [8, END]
    padded = sequences.pad(IDS)
    assert padded.numpy().tolist() == [[5, 6, 7], [0, 0, 0], [8, 0, 0]]
    assert sequences.pad(IDS, 2).numpy().tolist() == [[5, 6], [0, 0], [8, 0]]
    assert sequences.mask(padded).numpy().sum(-1).tolist() == [3, 0, 1]


def test_truncation_is_counted():
    kept, cut = sequences.truncate(IDS, 2)
    assert kept.to_list() == [[5, 6], [], [8]] and cut.numpy().tolist() == [True, False, False]
    assert sequences.cut_warning(0, 3, 2) == ""
    assert "1 of 3 texts were longer than 2 pieces" in sequences.cut_warning(1, 3, 2)


def test_buckets_hold_everything_once():
    lengths = np.random.default_rng(0).integers(1, 60, 103)
    buckets = Buckets(lengths, 8)
    assert len(buckets.widths) <= 4 and all(w % 8 == 0 for w in buckets.widths)
    batches = list(buckets.ordered())
    assert buckets.ordered().cardinality() == len(batches)
    seen = np.concatenate([rows.numpy() for rows, _ in batches])
    assert sorted(seen) == list(range(103))
    epoch = list(buckets.shuffled(seed=3).take(buckets.steps_per_epoch()))
    assert {len(rows) for rows, _ in epoch} == {8}
    seen = np.concatenate([rows.numpy() for rows, _ in epoch])
    assert len(set(seen)) == len(seen) == 103 // 8 * 8
    for rows, width in [*batches, *epoch]:
        assert lengths[rows.numpy()].max() <= width.numpy() and width.numpy() in buckets.widths
    padded = sum(len(rows) * int(width) for rows, width in epoch)
    assert padded < 0.85 * 8 * len(epoch) * buckets.widths[-1]


def test_buckets_go_on_as_they_would_have():
    buckets = Buckets([1, 5, 9, 20] * 5, 4)
    steps = buckets.steps_per_epoch()
    whole = [rows.numpy().tolist() for rows, _ in buckets.shuffled(1).take(3 * steps)]
    resumed = [rows.numpy().tolist() for rows, _ in buckets.shuffled(1, 2).take(steps)]
    assert resumed == whole[2 * steps :]
    assert whole[:steps] != whole[steps : 2 * steps]


def test_each_epoch_takes_the_next_part():
    buckets = Buckets([1, 5, 9, 20] * 6, 4, parts=3)
    steps = buckets.steps_per_epoch()
    assert steps == 2
    batches = [rows.numpy() for rows, _ in buckets.shuffled(1).take(4 * steps)]
    epochs = [np.sort(np.concatenate(batches[i : i + steps])) // 8 for i in range(0, 8, steps)]
    assert [set(epoch) for epoch in epochs] == [{0}, {1}, {2}, {0}]


def test_few_sequences_and_wrong_widths():
    assert Buckets([3], 64).steps_per_epoch() == 1
    assert choose_widths([3, 3, 3]) == (8,)
    with pytest.raises(ValueError, match=r"at least one sequence.*Received: 0"):
        Buckets([], 4)
    with pytest.raises(ValueError, match="length 9 at most"):
        Buckets([9], 4, widths=(8,))
