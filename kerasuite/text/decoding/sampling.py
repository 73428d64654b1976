"""One hypothesis an example: the likeliest next id each time, or one drawn at random."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from kerasuite.text.decoding import step as steps
from kerasuite.text.decoding.step import FREE, Decoded, Step
from kerasuite.text.ids import PAD


def greedy(
    step: Step,
    start: tf.Tensor,
    state: Any,
    *,
    end: int,
    max_length: int | tf.Tensor,
    prefix: tf.Tensor | None = None,
    forbidden: Sequence[int] = (),
) -> Decoded:
    """Writes the likeliest id at every step.

    Args:
        step: see `kerasuite.text.decoding`.
        start: int32 [batch], the ids to begin with.
        state: the step's state before the first step.
        end: the id that ends a text. The loop stops when all have ended.
        max_length: how many ids may be written, the end included: one number, or int32 [batch].
        prefix: int32 [batch, length], ids that every text must begin with; -1 where it is free.
        forbidden: ids that are never written unless they are forced.

    Returns:
        A `Decoded` without a further axis.

    Raises:
        ValueError: if an argument is out of range, or the step does not keep to its form.
    """
    return _write(
        step,
        start,
        state,
        lambda t, logits: tf.argmax(logits, axis=-1, output_type=tf.int32),
        end,
        max_length,
        prefix,
        forbidden,
    )


def sample(
    step: Step,
    start: tf.Tensor,
    state: Any,
    *,
    end: int,
    max_length: int | tf.Tensor,
    temperature: float | tf.Tensor = 1.0,
    top_k: int | tf.Tensor = 0,
    top_p: float | tf.Tensor = 1.0,
    seed: tf.Tensor | Sequence[int] | None = None,
    prefix: tf.Tensor | None = None,
    forbidden: Sequence[int] = (),
) -> Decoded:
    """Draws every id from the distribution of the step.

    Args:
        step: see `kerasuite.text.decoding`.
        start: int32 [batch], the ids to begin with.
        state: the step's state before the first step.
        end: the id that ends a text.
        max_length: how many ids may be written, the end included: one number, or int32 [batch].
        temperature: what the logits are divided by, above 0; below 1 for likelier ids.
        top_k: draw only among so many of the likeliest ids; 0 for all.
        top_p: draw only among the fewest ids whose probabilities (after temperature and `top_k`)
            add up to it, in (0, 1].
        seed: two whole numbers; the same ones give the same texts. None for other texts each time.
        prefix: int32 [batch, length], ids that every text must begin with; -1 where it is free.
        forbidden: ids that are never written unless they are forced.

    Returns:
        A `Decoded` without a further axis. Its log-probabilities are the step's own, without
        temperature, `top_k` and `top_p`.

    Raises:
        ValueError: if an argument is out of range, or the step does not keep to its form.

    Reference:
        Fan et al. 2018, "Hierarchical neural story generation" (top-k); Holtzman et al. 2020,
        "The curious case of neural text degeneration" (nucleus).
    """
    _check(temperature, top_k, top_p)
    seed = (
        tf.random.uniform([2], 0, 2**31 - 1, tf.int32)
        if seed is None
        else tf.convert_to_tensor(seed)
    )

    numbers = isinstance(top_k, int) and isinstance(top_p, int | float)
    all_kept = numbers and not top_k and top_p == 1

    def choose(t: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        seed_now = tf.random.experimental.stateless_fold_in(seed, t)
        if all_kept:  # nothing to be sorted for
            one = tf.random.stateless_categorical(logits / temperature, 1, seed_now, tf.int32)
            return one[:, 0]
        ranked, ids = tf.math.top_k(logits / temperature, logits.shape[-1])
        kept = _kept(ranked, top_k, top_p)
        one = tf.random.stateless_categorical(kept, 1, seed_now, tf.int32)
        return tf.gather(ids, one, batch_dims=1)[:, 0]

    return _write(step, start, state, choose, end, max_length, prefix, forbidden)


def _check(temperature: Any, top_k: Any, top_p: Any) -> None:
    if isinstance(temperature, int | float) and not 0 < temperature < float("inf"):
        raise ValueError(
            f"`temperature` must be above 0 and finite. Received: temperature={temperature}"
        )
    if isinstance(top_k, int | float) and (top_k < 0 or not isinstance(top_k, int)):
        raise ValueError(f"`top_k` must be a whole number of at least 0. Received: top_k={top_k}")
    if isinstance(top_p, int | float) and not 0 < top_p <= 1:
        raise ValueError(f"`top_p` must be above 0 and at most 1. Received: top_p={top_p}")


def _kept(ranked: tf.Tensor, top_k: int | tf.Tensor, top_p: float | tf.Tensor) -> tf.Tensor:
    """Logits in falling order, -inf for those that may not be drawn; the first always may."""
    rank = tf.range(tf.shape(ranked)[1])
    many = tf.where(tf.equal(top_k, 0), tf.shape(ranked)[1], tf.cast(top_k, tf.int32))
    ranked = tf.where(rank < many, ranked, float("-inf"))
    before = tf.cumsum(tf.nn.softmax(ranked), axis=-1, exclusive=True)
    return tf.where((before < top_p) | (rank == 0), ranked, float("-inf"))


def _write(
    step: Step,
    start: tf.Tensor,
    state: Any,
    choose: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
    end: int,
    max_length: int | tf.Tensor,
    prefix: tf.Tensor | None,
    forbidden: Sequence[int],
) -> Decoded:
    start = tf.cast(start, tf.int32)
    batch = tf.shape(start)[0]
    outputs = steps.trace(step, start, state)
    limit = steps.limits(max_length, batch)
    forced_at = steps.forced_ids(prefix, batch)
    block = steps.blocked(forbidden, outputs.vocabulary)

    def going_on(t: tf.Tensor, ids: tf.Tensor, running: tf.Tensor, *_: Any) -> tf.Tensor:
        return (t == 0) | tf.reduce_any(running)  # once even for no example: there is a shape then

    def body(
        t: tf.Tensor,
        ids: tf.Tensor,
        running: tf.Tensor,
        totals: tf.Tensor,
        lengths: tf.Tensor,
        state: Any,
        written: Any,
    ) -> tuple[Any, ...]:
        logits, state, extras = step(ids, state)
        logs = steps.log_probabilities(logits)
        forced = forced_at(t)
        free = forced == FREE
        ids = tf.where(free, choose(t, logs + block), forced)
        gained = tf.gather(logs, ids, batch_dims=1)
        ids = tf.where(running, ids, PAD)
        totals += tf.where(running & free, gained, 0.0)
        lengths += tf.cast(running, tf.int32)
        extras = tf.nest.map_structure(
            lambda x: tf.where(steps.like_rows(running, x), x, tf.zeros_like(x)), extras
        )
        written = steps.write(written, t, (ids, extras))
        running &= (ids != end) & (t + 1 < limit)
        return t + 1, ids, running, totals, lengths, state, written

    rows = tf.TensorShape([None])
    ids_spec = tf.TensorSpec(rows, tf.int32)
    written = steps.arrays((ids_spec, outputs.extras))
    loop = (
        tf.constant(0),
        start,
        tf.fill([batch], True),
        tf.zeros([batch]),
        tf.zeros([batch], tf.int32),
        state,
        written,
    )
    unknown = tf.nest.map_structure(lambda _: tf.TensorShape(None), written)
    invariants = (tf.TensorShape([]), *[rows] * 4, steps.shapes(outputs.state), unknown)
    *_, totals, lengths, _, written = tf.while_loop(going_on, body, loop, invariants)
    ids, extras = tf.nest.map_structure(lambda a: steps.stack(a, 1), written)
    return Decoded(ids, lengths, totals, totals, extras)
