"""What all decoders share: the step's form, its checks, and what they answer."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

FREE = -1
"""In a prefix: an id that is not forced."""

Step = Callable[[tf.Tensor, Any], tuple[tf.Tensor, Any, Any]]


class Decoded(NamedTuple):
    """What was written.

    Beam search has a further axis `n_best` after the batch, best first.

    Attributes:
        ids: int32 [batch, steps], with the end id where it was written, and 0 after it. The start
            id is not part of it.
        lengths: int32 [batch], how many ids were written, the end id included. 0 for a hypothesis
            that there is not (fewer than `n_best` were possible).
        log_probabilities: float32 [batch], of all that was written and not forced.
        scores: float32 [batch], what hypotheses were ranked by; the log-probabilities where
            nothing was ranked.
        extras: the step's extras, each [batch, steps, ...]; 0 after the end.
    """

    ids: tf.Tensor
    lengths: tf.Tensor
    log_probabilities: tf.Tensor
    scores: tf.Tensor
    extras: Any


class Outputs(NamedTuple):
    """What a step answers, as TensorSpecs; `state` with the shapes that it keeps in a loop."""

    vocabulary: int
    state: Any
    extras: Any


def trace(step: Step, ids: tf.Tensor, state: Any) -> Outputs:
    """Asks the step once for the form of what it answers, without computing anything.

    Raises:
        ValueError: if the step does not keep to its form.
    """
    specs = tf.nest.map_structure(tf.TensorSpec.from_tensor, (ids, state))
    answers = tf.function(step, autograph=False).get_concrete_function(*specs).structured_outputs
    if not isinstance(answers, tuple) or len(answers) != 3:
        raise ValueError(f"`step` must return (logits, state, extras). Received: {answers}")
    logits, after, extras = answers
    if logits.shape.rank != 2 or logits.shape[1] is None:
        raise ValueError(f"`step` must return logits [batch, vocabulary]. Received: {logits.shape}")
    try:
        tf.nest.assert_same_structure(specs[1], after)
    except (TypeError, ValueError) as e:
        raise ValueError(f"`step` must keep the structure of its state. Received: {e}") from e
    kept = tf.nest.map_structure(_loop_spec, specs[1], after)
    return Outputs(logits.shape[1], kept, extras)


def _loop_spec(before: tf.TensorSpec, after: tf.TensorSpec) -> tf.TensorSpec:
    """One part of the state, its batch and its axes of changing length unknown."""
    if before.dtype != after.dtype or before.shape.rank != after.shape.rank:
        raise ValueError(
            f"`step` must keep dtype and rank of its state. Received: {before} became {after}"
        )
    sizes = zip(before.shape[1:], after.shape[1:], strict=True)
    return tf.TensorSpec([None, *(a if a == b else None for a, b in sizes)], before.dtype)


def shapes(specs: Any) -> Any:
    """The shape invariants of a loop over a nest of these specs."""
    return tf.nest.map_structure(lambda s: s.shape, specs)


def limits(max_length: int | tf.Tensor, batch: tf.Tensor) -> tf.Tensor:
    """int32 [batch], at least 1: how much may be written for each example.

    Raises:
        ValueError: if a Python number is below 1.
    """
    if isinstance(max_length, int) and max_length < 1:
        raise ValueError(f"`max_length` must be at least 1. Received: max_length={max_length}")
    return tf.broadcast_to(tf.maximum(tf.cast(max_length, tf.int32), 1), [batch])


def forced_ids(prefix: tf.Tensor | None, batch: tf.Tensor) -> Callable[[tf.Tensor], tf.Tensor]:
    """A function from the number of a step to the ids that are forced there, int32 [batch].

    Args:
        prefix: int32 [batch, length], -1 where an id is free; None for no prefix.
        batch: how many examples there are.
    """
    if prefix is None:
        return lambda t: tf.fill([batch], FREE)
    padded = tf.pad(tf.cast(prefix, tf.int32), [[0, 0], [0, 1]], constant_values=FREE)
    last = tf.shape(padded)[1] - 1
    return lambda t: padded[:, tf.minimum(t, last)]


def log_probabilities(logits: tf.Tensor) -> tf.Tensor:
    """float32, whatever the precision of the logits."""
    return tf.nn.log_softmax(tf.cast(logits, tf.float32))


def blocked(forbidden: Sequence[int], vocabulary: int) -> tf.Tensor:
    """float32 [vocabulary], to be added: -inf for ids that are never chosen.

    Raises:
        ValueError: if an id is none of the vocabulary.
    """
    if any(not 0 <= i < vocabulary for i in forbidden):
        raise ValueError(
            f"`forbidden` must hold ids from 0 to {vocabulary - 1}. Received: {tuple(forbidden)}"
        )
    return tf.constant([float("-inf") if i in set(forbidden) else 0.0 for i in range(vocabulary)])


def arrays(specs: Any, rows: Callable[[tf.TensorShape], tf.TensorShape] = lambda s: s) -> Any:
    """Growing TensorArrays for a nest of these specs, their shapes changed by `rows`."""
    return tf.nest.map_structure(
        lambda s: tf.TensorArray(
            s.dtype, size=0, dynamic_size=True, element_shape=rows(s.shape), clear_after_read=False
        ),
        specs,
    )


def write(targets: Any, t: tf.Tensor, values: Any) -> Any:
    """A nest of TensorArrays with one more element each."""
    return tf.nest.map_structure(lambda array, value: array.write(t, value), targets, values)


def stack(array: tf.TensorArray, axis: int) -> tf.Tensor:
    """All elements, the axis of the steps moved from the front to `axis`."""
    steps = array.stack()
    order = [*range(1, axis + 1), 0, *range(axis + 1, steps.shape.rank)]
    return tf.transpose(steps, order)


def like_rows(condition: tf.Tensor, value: tf.Tensor) -> tf.Tensor:
    """`condition` with axes of length 1 behind, so that it goes with `value`."""
    missing = value.shape.rank - condition.shape.rank
    return tf.reshape(condition, tf.concat([tf.shape(condition), [1] * missing], 0))
