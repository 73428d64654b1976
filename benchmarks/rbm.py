"""Restricted Boltzmann machines: kerasuite's compiled step against scikit-learn's BernoulliRBM.

Both have 784 visible and 500 hidden binary units, and learn from batches of 100 of the same binary
pictures by persistent contrastive divergence with one step of Gibbs sampling (scikit-learn has no
other kind, and no weight decay). kerasuite's also keeps momentum. It is measured twice: all in
float32, as scikit-learn computes for float32 pictures, and with the products of matrices in
bfloat16.

    python -m benchmarks.rbm --rounds 7
"""

import time
from collections.abc import Callable

import numpy as np

from benchmarks import harness

FEATURES, UNITS, BATCH, PICTURES, EPOCHS = 784, 500, 100, 6000, 5
CONTENDERS = ("kerasuite", "kerasuite bfloat16", "scikit-learn")


def pictures() -> np.ndarray:
    """Returns Fashion-MNIST's 6,000 embedded pictures, each pixel drawn to be 0 or 1."""
    from kerasuite.data.embedded_sets import picture_arrays

    images = picture_arrays("fashion_mnist_6k")[0]["train"][0][:PICTURES]
    values = images.reshape(len(images), -1) / 255
    return (np.random.default_rng(0).random(values.shape) < values).astype("float32")


def contender(name: str, threads: int) -> Callable[[], float]:
    """Returns the function that measures a few epochs of `name`, in pictures/s."""
    if name != "scikit-learn":
        from kerasuite.training import machine

        # As the app does on small machines.
        machine.start_tensorflow(inter_op=threads, intra_op=1)
        import tensorflow as tf

        from kerasuite.data.batches import shuffled_indices
        from kerasuite.layers import RBM
        from kerasuite.training.contrastive_divergence import ContrastiveDivergence, Learner

        rows = tf.constant(pictures())
        rbm = RBM(UNITS)
        rbm.build((None, FEATURES))
        products = "bfloat16" if "bfloat16" in name else "float32"
        how = ContrastiveDivergence(
            persistent=True,
            batch_size=BATCH,
            learning_rate=0.01,
            weight_decay=0.0,
            products=products,
        )
        learner = Learner(how, rbm, BATCH, chances=False)
        rows = tf.cast(rows, products)
        orders = iter(shuffled_indices(len(rows), BATCH, seed=0).batch(len(rows) // BATCH))

        def epoch() -> None:
            learner.learn(rows, next(orders), tf.constant(0))
            rbm.kernel.numpy()  # not before the last step has been made

    else:
        from sklearn.neural_network import BernoulliRBM

        rows = pictures()
        rbm = BernoulliRBM(UNITS, learning_rate=0.01, batch_size=BATCH, n_iter=1, random_state=0)
        rbm.partial_fit(rows[:BATCH])

        def epoch() -> None:
            for start in range(0, len(rows), BATCH):
                rbm.partial_fit(rows[start : start + BATCH])

    def measure() -> float:
        start = time.perf_counter()
        for _ in range(EPOCHS):
            epoch()
        return EPOCHS * len(rows) / (time.perf_counter() - start)

    return measure


def main() -> None:
    options = harness.parser(__doc__, CONTENDERS).parse_args()
    if options.contender:
        harness.serve(contender(options.contender, options.threads))
        return
    harness.compare(
        "benchmarks.rbm",
        options,
        CONTENDERS,
        "rbm/persistent_divergence",
        {
            "training against scikit-learn": ("kerasuite", "scikit-learn"),
            "training in bfloat16 against scikit-learn": ("kerasuite bfloat16", "scikit-learn"),
        },
        "pictures/s",
        # NumPy's matrix products take as many threads as TensorFlow's.
        environment=dict.fromkeys(
            ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(options.threads)
        ),
        features=FEATURES,
        units=UNITS,
        batch=BATCH,
        pictures=PICTURES,
        epochs=EPOCHS,
    )


if __name__ == "__main__":
    main()
