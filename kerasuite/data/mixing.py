"""Labels as distributions over the classes, and pictures mixed with each other."""

import tensorflow as tf


def one_hot(stream: tf.data.Dataset, classes: int) -> tf.data.Dataset:
    """Turns (pictures, int [batch]) into (pictures, float32 [batch, classes])."""
    return stream.map(lambda x, y: (x, tf.one_hot(y, classes)), num_parallel_calls=2)


def mixup(stream: tf.data.Dataset, alpha: float, seed: int, first_step: int = 0) -> tf.data.Dataset:
    """Mixes each picture of a batch, and its label, with another of the same batch.

    What step n does follows from `seed` and n alone, so that a resumed run mixes as it would have.

    Args:
        stream: batches of (pictures [batch, h, w, c], float32 [batch, classes]).
        alpha: of the Beta(alpha, alpha) distribution that the shares are drawn from, above 0.
        seed: of all that is random.
        first_step: the number of the stream's first batch.

    Returns:
        Batches of (float32 pictures, float32 labels), of the same shapes.

    Raises:
        ValueError: if `alpha` is not above 0.

    Reference:
        Zhang et al. 2018, "mixup: Beyond Empirical Risk Minimization", section 2.
    """
    if not alpha > 0:
        raise ValueError(f"`alpha` must be above 0. Received: alpha={alpha}")

    def mix(step: tf.Tensor, batch: tuple[tf.Tensor, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        pictures, labels = tf.cast(batch[0], tf.float32), batch[1]
        size = tf.shape(pictures)[0]
        seeds = tf.stack([tf.constant(seed, tf.int64), step])
        # A Beta variable is a share of two Gamma variables.
        gamma = tf.random.stateless_gamma([2, size], seeds, alpha)
        share = gamma[0] / tf.reduce_sum(gamma, axis=0)
        share = tf.where(tf.math.is_finite(share), share, 1.0)  # both underflowed: leave it alone
        partner = tf.random.experimental.stateless_shuffle(tf.range(size), seeds + 1)
        return _blend(pictures, partner, share), _blend(labels, partner, share)

    return stream.enumerate(first_step).map(mix, num_parallel_calls=2).prefetch(2)


def _blend(values: tf.Tensor, partner: tf.Tensor, share: tf.Tensor) -> tf.Tensor:
    """`share` of each row and the rest of its partner."""
    share = tf.reshape(share, [-1] + [1] * (values.shape.rank - 1))
    blended = share * values + (1.0 - share) * tf.gather(values, partner)
    return tf.ensure_shape(blended, values.shape)
