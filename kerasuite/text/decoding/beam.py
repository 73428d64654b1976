"""Beam search: the best few hypotheses of each example, kept side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import tensorflow as tf

from kerasuite.text.decoding import step as steps
from kerasuite.text.decoding.penalties import coverage_penalty as penalty_of_coverage
from kerasuite.text.decoding.penalties import length_penalty as penalty_of_length
from kerasuite.text.decoding.step import FREE, Decoded, Step
from kerasuite.text.ids import PAD

_NEVER = float("-inf")


class _Alive(NamedTuple):
    """Hypotheses that go on, [batch, beams] each."""

    ids: tf.Tensor
    logs: tf.Tensor
    state: Any
    coverage: tf.Tensor


class _Finished(NamedTuple):
    """The best hypotheses that ended, [batch, beams] each, by falling score.

    Each is told by its last id, its length, and the beam that it went on from.
    """

    scores: tf.Tensor
    logs: tf.Tensor
    lengths: tf.Tensor
    parents: tf.Tensor
    ids: tf.Tensor


def beam_search(
    step: Step,
    start: tf.Tensor,
    state: Any,
    *,
    end: int,
    max_length: int | tf.Tensor,
    beams: int = 4,
    n_best: int = 1,
    length_penalty: float = 0.0,
    coverage_penalty: float = 0.0,
    source_mask: tf.Tensor | None = None,
    prefix: tf.Tensor | None = None,
    forbidden: Sequence[int] = (),
    stop_early: bool = True,
) -> Decoded:
    """Keeps the `beams` likeliest beginnings at every step and ranks what ended.

    A hypothesis ends when the end id makes it into the best `beams` candidates, or at
    `max_length`. An example is done when none that goes on can still come among the `n_best`, and
    with `stop_early` when `beams` hypotheses ended. So one beam, which always stops then, is greedy
    search, and enough of them are exhaustive.

    Args:
        step: see `kerasuite.text.decoding`; it sees the beams folded into the batch, [batch *
            beams], each example's side by side.
        start: int32 [batch], the ids to begin with.
        state: the step's state before the first step, not yet repeated for the beams.
        end: the id that ends a text.
        max_length: how many ids may be written, the end included: one number, or int32 [batch].
        beams: how many hypotheses are kept, at least 1.
        n_best: how many are returned, from 1 to `beams`.
        length_penalty: GNMT's alpha, at least 0; 0 for none.
        coverage_penalty: GNMT's beta, at least 0; 0 for none. It needs extras["attention"] [batch,
            source length].
        source_mask: bool [batch, source length], the positions to be covered; None for all.
        prefix: int32 [batch, length], ids that every text must begin with; -1 where it is free.
        forbidden: ids that are never written unless they are forced.
        stop_early: whether an example is done when as many hypotheses ended as there are beams.
            Where the end may come after any word, as in captions, these can be a few short and
            unlikely ones, while one goes on that is far likelier than all of them.

    Returns:
        A `Decoded` with [batch, n_best] hypotheses, best first. Where there are fewer, the rest
        have length 0 and a score of -inf.

    Raises:
        ValueError: if an argument is out of range, or the step does not keep to its form.

    Reference:
        Wu et al. 2016, "Google's neural machine translation system", section 7.
    """
    if not 1 <= n_best <= beams:
        raise ValueError(
            f"`n_best` must be from 1 to `beams`. Received: n_best={n_best}, beams={beams}"
        )
    for name, value in (("length", length_penalty), ("coverage", coverage_penalty)):
        if not 0 <= value < float("inf"):
            raise ValueError(
                f"`{name}_penalty` must be at least 0. Received: {name}_penalty={value}"
            )
    search = _Search(
        step, start, state, end, max_length, beams, n_best, length_penalty, coverage_penalty,
        source_mask, prefix, forbidden, stop_early or beams == 1,
    )  # fmt: skip
    return search.run()


@dataclass
class _Search:
    """The parts of one search, in the order in which a step runs through them."""

    step: Step
    start: tf.Tensor
    state: Any
    end: int
    max_length: int | tf.Tensor
    beams: int
    n_best: int
    alpha: float
    beta: float
    source_mask: tf.Tensor | None
    prefix: tf.Tensor | None
    forbidden: Sequence[int]
    stop_early: bool

    def __post_init__(self) -> None:
        self.batch = tf.shape(self.start)[0]
        self.start = tf.repeat(tf.cast(self.start, tf.int32)[:, None], self.beams, axis=1)
        self.state = tf.nest.map_structure(lambda x: tf.repeat(x, self.beams, axis=0), self.state)
        self.outputs = steps.trace(self.step, tf.reshape(self.start, [-1]), self.state)
        self.limit = steps.limits(self.max_length, self.batch)
        self.forced_at = steps.forced_ids(self.prefix, self.batch)
        self.block = steps.blocked(self.forbidden, self.outputs.vocabulary)
        self.mask = None if self.source_mask is None else self.source_mask[:, None]
        extras = self.outputs.extras
        if self.beta and not (isinstance(extras, dict) and "attention" in extras):
            raise ValueError(
                "`coverage_penalty` needs the step's extras to have 'attention'. "
                f"Received: extras={extras}"
            )
        # A step sees `beams` hypotheses and hands on that many of twice as many candidates: of
        # these, at most one per hypothesis ends.
        self.candidates = min(2 * self.beams, self.beams * self.outputs.vocabulary)

    def run(self) -> Decoded:
        two = tf.TensorShape([None, self.beams])
        spec = tf.TensorSpec(two, tf.int32)
        history = (
            steps.arrays((spec, spec)),
            steps.arrays(self.outputs.extras, lambda s: two.concatenate(s[1:])),
        )
        # All beams but the first are dead at first: they would repeat it.
        logs = tf.tile([[0.0] + [_NEVER] * (self.beams - 1)], [self.batch, 1])
        alive = _Alive(self.start, logs, self.state, self._no_coverage())
        zeros = tf.zeros([self.batch, self.beams], tf.int32)
        never = tf.fill([self.batch, self.beams], _NEVER)
        finished = _Finished(never, never, zeros, zeros, zeros)
        loop = tf.constant(0), tf.fill([self.batch], False), alive, finished, history
        unknown = tf.nest.map_structure(lambda _: tf.TensorShape(None), history)
        invariants = (
            tf.TensorShape([]),
            tf.TensorShape([None]),
            _Alive(two, two, steps.shapes(self.outputs.state), two.concatenate([None])),
            _Finished(*[two] * 5),
            unknown,
        )
        _, _, _, finished, history = tf.while_loop(
            lambda t, done, *_: (t == 0) | ~tf.reduce_all(done), self._body, loop, invariants
        )
        return self._traced_back(finished, *history)

    def _no_coverage(self) -> tf.Tensor:
        """float32 [batch, beams, source length]; of length 0 where nobody asks for it."""
        length = 0
        if self.beta:
            mask, spec = self.mask, self.outputs.extras["attention"]
            length = spec.shape[1] if mask is None else tf.shape(mask)[2]
            if length is None:
                raise ValueError(
                    "`coverage_penalty` needs `source_mask` where the source's length is unknown"
                )
        return tf.zeros([self.batch, self.beams, length])

    def _body(
        self, t: tf.Tensor, done: tf.Tensor, alive: _Alive, finished: _Finished, history: Any
    ) -> tuple[Any, ...]:
        logits, state, extras = self.step(tf.reshape(alive.ids, [-1]), alive.state)
        extras = tf.nest.map_structure(self._unfold, extras)
        coverage = alive.coverage + extras["attention"] if self.beta else alive.coverage
        logs, parents, ids = self._best_candidates(t, alive.logs, logits)
        ends = (ids == self.end) | (t + 1 >= self.limit)[:, None]
        better = self._merged(t, finished, logs, parents, ids, ends, coverage)
        finished = _Finished(
            *(tf.where(done[:, None], old, new) for old, new in zip(finished, better, strict=True))
        )
        logs, which = tf.math.top_k(tf.where(ends, _NEVER, logs), self.beams)
        parents, ids = (tf.gather(x, which, batch_dims=1) for x in (parents, ids))
        written = steps.write(history, t, ((ids, parents), extras))
        after = _Alive(
            ids,
            logs,
            self._reordered(alive.state, state, parents),
            tf.gather(coverage, parents, batch_dims=1),
        )
        done |= self._is_done(t, logs, finished.scores)
        return t + 1, done, after, finished, written

    def _unfold(self, x: tf.Tensor) -> tf.Tensor:
        """[batch * beams, ...] to [batch, beams, ...]."""
        return tf.reshape(x, tf.concat([[self.batch, self.beams], tf.shape(x)[1:]], 0))

    def _best_candidates(
        self, t: tf.Tensor, before: tf.Tensor, logits: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """[batch, candidates] each, by falling probability: it, the beam gone on from, the id."""
        forced = self.forced_at(t)
        vocabulary = self.outputs.vocabulary
        only = tf.where(tf.one_hot(forced, vocabulary, on_value=True, off_value=False), 0.0, _NEVER)
        logs = self._unfold(steps.log_probabilities(logits)) + self.block
        logs = tf.where((forced == FREE)[:, None, None], logs, only[:, None])
        total = tf.reshape(before[..., None] + logs, [self.batch, self.beams * vocabulary])
        total, flat = tf.math.top_k(total, self.candidates)
        return total, flat // vocabulary, flat % vocabulary

    def _merged(
        self, t: tf.Tensor, finished: _Finished, logs: tf.Tensor, parents: tf.Tensor,
        ids: tf.Tensor, ends: tf.Tensor, coverage: tf.Tensor,
    ) -> _Finished:  # fmt: skip
        """What had ended, and what ends now, in one order."""
        first = slice(None), slice(self.beams)  # a candidate further down has not made it
        logs, parents, ids, ends = (x[first] for x in (logs, parents, ids, ends))
        logs = tf.where(ends, logs, _NEVER)
        lengths = tf.fill(tf.shape(ids), t + 1)
        scores = logs / penalty_of_length(lengths, self.alpha)
        if self.beta:
            missing = penalty_of_coverage(coverage, self.mask)
            scores += self.beta * tf.gather(missing, parents, batch_dims=1)
        new = _Finished(scores, logs, lengths, parents, ids)
        both = [tf.concat(pair, axis=1) for pair in zip(finished, new, strict=True)]
        _, order = tf.math.top_k(both[0], self.beams)
        return _Finished(*(tf.gather(x, order, batch_dims=1) for x in both))

    def _reordered(self, before: Any, after: Any, parents: tf.Tensor) -> Any:
        offsets = tf.range(self.batch)[:, None] * self.beams
        rows = tf.reshape(parents + offsets, [-1])
        # What the step handed back as it was is the same for all beams of an example.
        return tf.nest.map_structure(
            lambda old, new: old if new is old else tf.gather(new, rows), before, after
        )

    def _is_done(self, t: tf.Tensor, logs: tf.Tensor, scores: tf.Tensor) -> tf.Tensor:
        # No longer hypothesis can score above its present log-probability over the largest
        # penalty of length: both what it adds to the former and its coverage are below 0.
        attainable = logs[:, 0] / penalty_of_length(self.limit, self.alpha)
        done = (t + 1 >= self.limit) | (scores[:, self.n_best - 1] >= attainable)
        return done | (scores[:, -1] > _NEVER) if self.stop_early else done

    def _traced_back(self, finished: _Finished, history: Any, extras: Any) -> Decoded:
        """Goes from the last ids back to the first ones."""
        best = _Finished(*(x[:, : self.n_best] for x in finished))
        lengths = tf.where(best.scores > _NEVER, best.lengths, 0)
        all_ids, all_parents = (array.stack() for array in history)
        extras = tf.nest.map_structure(lambda a: a.stack(), extras)
        total = tf.shape(all_ids)[0]
        two = tf.TensorShape([None, self.n_best])
        spec = tf.TensorSpec(two, tf.int32)
        kept = tf.nest.map_structure(
            lambda x: tf.TensorSpec(two.concatenate(x.shape[3:]), x.dtype), extras
        )

        def body(t: tf.Tensor, beams: tf.Tensor, written: Any) -> tuple[Any, ...]:
            last = t == lengths - 1
            inside = t < lengths
            ids = tf.where(last, best.ids, tf.gather(all_ids[t], beams, batch_dims=1))
            parents = tf.where(last, best.parents, tf.gather(all_parents[t], beams, batch_dims=1))
            values = tf.nest.map_structure(lambda x: tf.gather(x[t], parents, batch_dims=1), extras)
            values = tf.nest.map_structure(
                lambda x: tf.where(steps.like_rows(inside, x), x, tf.zeros_like(x)), values
            )
            written = steps.write(written, t, (tf.where(inside, ids, PAD), values))
            return t - 1, parents, written

        written = steps.arrays((spec, kept))
        unknown = tf.nest.map_structure(lambda _: tf.TensorShape(None), written)
        *_, written = tf.while_loop(
            lambda t, *_: t >= 0,
            body,
            (total - 1, tf.zeros_like(lengths), written),
            (tf.TensorShape([]), two, unknown),
        )
        ids, values = tf.nest.map_structure(lambda a: steps.stack(a, 2), written)
        return Decoded(ids, lengths, best.logs, best.scores, values)
