"""What GNMT adds to the log-probability of a hypothesis: penalties of length and coverage."""

import tensorflow as tf

_LEAST_COVERAGE = 1e-9


def length_penalty(lengths: tf.Tensor, alpha: float | tf.Tensor) -> tf.Tensor:
    """What a log-probability is divided by, so that long hypotheses are not at a disadvantage.

    Args:
        lengths: whole numbers, any shape: written ids, the end included.
        alpha: 0 for no normalisation; about 0.6 to 1 is usual.

    Returns:
        float32, the shape of `lengths`: (5 + length)^alpha / 6^alpha.

    Reference:
        Wu et al. 2016, "Google's neural machine translation system", equation 14.
    """
    return ((5.0 + tf.cast(lengths, tf.float32)) / 6.0) ** alpha


def coverage_penalty(coverage: tf.Tensor, source_mask: tf.Tensor | None = None) -> tf.Tensor:
    """Below 0 where parts of the source got little attention.

    Args:
        coverage: float [..., source length], the attention that each source position got, summed
            over all steps.
        source_mask: bool, broadcast to `coverage`: which positions hold a word; None for all.

    Returns:
        float32 [...]: the sum over the positions of log(min(coverage, 1)).

    Reference:
        Wu et al. 2016, equation 14.
    """
    logs = tf.math.log(tf.clip_by_value(tf.cast(coverage, tf.float32), _LEAST_COVERAGE, 1.0))
    if source_mask is not None:
        logs = tf.where(source_mask, logs, 0.0)
    return tf.reduce_sum(logs, axis=-1)
