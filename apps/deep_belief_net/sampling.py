"""Pictures drawn from a deep belief net: Gibbs sampling at the top, then down."""

import tensorflow as tf

from kerasuite.apps.deep_belief_net.nets import Parts
from kerasuite.training.contrastive_divergence import bernoulli, drawn_visible


def dreams(
    parts: Parts, seeds: tf.Tensor, steps: int, labels: tf.Tensor | None = None
) -> tf.Tensor:
    """Draws one picture for each seed; the same seed gives the same picture, whatever the others.

    Args:
        parts: of the model.
        seeds: int32 [n].
        steps: of Gibbs sampling in the top machine.
        labels: int32 [n], the class that the top machine's units are held at; None for a model
            without, or to let them go where they like.

    Returns:
        float32 [n, height, width, channels] from 0 to 1: of the lowest units, the means.
    """
    *lower, top = parts.machines
    classes = parts.top.classes if parts.top is not None else 0
    features = top.kernel.shape[0]

    def one(given: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
        seed, label = given
        held = tf.one_hot(label, classes)[None]

        def key(number: tf.Tensor) -> tf.Tensor:
            return tf.stack([seed, tf.cast(number, tf.int32)])

        def clamped(visible: tf.Tensor) -> tf.Tensor:
            return visible if labels is None else tf.concat([visible[:, :-classes], held], -1)

        def step(number: tf.Tensor, visible: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            hidden = bernoulli(top.hidden_mean(visible), key(2 * number))
            mean = top.visible_mean(hidden)
            drawn = drawn_visible(top, mean, key(2 * number + 1))
            # If these are the pixels, the picture is their means in the end.
            drawn = drawn if lower else tf.where(number < steps, drawn, mean)
            return number + 1, clamped(drawn)

        start = bernoulli(tf.fill([1, features], 0.5), key(0))
        _, visible = tf.while_loop(
            lambda number, _: number <= steps, step, (tf.constant(1), clamped(start))
        )
        state = visible[:, : features - classes]
        for level, machine in enumerate(reversed(lower)):
            state = machine.visible_mean(state)
            if level < len(lower) - 1:
                state = drawn_visible(machine, state, key(-1 - level))
        return parts.pictures(state)[0]

    given = (seeds, tf.zeros_like(seeds) if labels is None else labels)
    return tf.map_fn(one, given, fn_output_signature=tf.TensorSpec(parts.info.shape, tf.float32))
