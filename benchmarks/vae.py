"""Training of a variational autoencoder: kerasuite against the same net in plain PyTorch.

The net of autoencoder's preset `mnist`: 784 binary pixels, two layers of 400 with ELU on either
side, a code of 50, the bound in nats, Adam, batches of 256 of the same random pictures. Both add up
the loss of all steps; kerasuite runs several steps in one go, as the app does.

    python -m benchmarks.vae --rounds 7
"""

import time
from collections.abc import Callable

import numpy as np

from benchmarks import harness

BATCH, STEPS, RATE = 256, 24, 1e-3
CONTENDERS = ("kerasuite", "torch")


def pictures() -> np.ndarray:
    """Returns pictures of 0 and 255, float32 (n, 28, 28, 1)."""
    lit = np.random.default_rng(0).random((BATCH * STEPS, 28, 28, 1)) < 0.13
    return np.where(lit, 255, 0).astype("float32")


def suite_training(threads: int) -> Callable[[], float]:
    """Returns the function that trains for a while and returns pictures/s."""
    from kerasuite.training import machine

    machine.start_tensorflow(intra_op=threads)
    machine.prepare(seed=0)
    import dataclasses

    import tensorflow as tf

    from kerasuite.apps.autoencoder.config import PRESETS
    from kerasuite.apps.autoencoder.nets import autoencoder
    from kerasuite.data.batches import shuffled_indices
    from kerasuite.data.splits import Info
    from kerasuite.training import fitting

    config = dataclasses.replace(PRESETS["mnist"], learning_rate=RATE)
    model = autoencoder(config, Info("random", shape=(28, 28, 1)))
    model.steps_per_execution = fitting.at_once(STEPS)
    given = tf.constant(pictures())

    def gather(index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        values = tf.gather(given, index)
        return values, values / 255

    batches = shuffled_indices(len(given), BATCH, seed=0).map(gather).prefetch(tf.data.AUTOTUNE)

    def measure() -> float:
        start = time.perf_counter()
        model.fit(batches, steps_per_epoch=STEPS, shuffle=False, verbose=0)
        return len(given) / (time.perf_counter() - start)

    return measure


def torch_training(threads: int) -> Callable[[], float]:
    """Returns the same of PyTorch."""
    import torch
    from torch.nn import functional

    from benchmarks.torch_vae import VAE

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    net = VAE(784, (400, 400), 50).train()
    optimizer = torch.optim.Adam(net.parameters(), lr=RATE, eps=1e-7)
    given = torch.from_numpy(pictures().reshape(-1, 784))

    def measure() -> float:
        start = time.perf_counter()
        for index in torch.randperm(len(given)).split(BATCH):
            values = given[index] / 255
            optimizer.zero_grad()
            logits, mean, log_variance = net(values)
            missed = functional.binary_cross_entropy_with_logits(logits, values, reduction="sum")
            divergence = 0.5 * (mean**2 + log_variance.exp() - log_variance - 1).sum()
            loss = (missed + divergence) / len(values)
            loss.backward()
            optimizer.step()
            loss.item()
        return len(given) / (time.perf_counter() - start)

    return measure


def main() -> None:
    options = harness.parser(__doc__, CONTENDERS).parse_args()
    if options.contender:
        made = {"kerasuite": suite_training, "torch": torch_training}[options.contender]
        harness.serve(made(options.threads))
        return
    ratios = {"training against PyTorch": CONTENDERS}
    harness.compare(
        "benchmarks.vae", options, CONTENDERS, "vae/training", ratios, "pictures/s", batch=BATCH
    )


if __name__ == "__main__":
    main()
