"""Steps of DCGAN and pix2pix a second: kerasuite against plain PyTorch, the same nets.

A step is one of the discriminator and one of the generator, by Adam, on one random batch that
stays in memory; losses are read back. DCGAN makes pictures of 28x28 of 64 numbers, pix2pix is of
64x64 with patches of 16 pixels, both at the width of the apps' presets. PyTorch is measured in
either memory layout, of which the better one counts. As in `image_nets`, rounds count only if
other processes took less than a tenth of the cores, and `--pause` waits once everything is warm.

TensorFlow's remapper reports an error ("remapper failed") where a LeakyReLU follows a convolution
with a bias, as in pix2pix's discriminator, and leaves that graph as it is. Nothing better was
found: with the remapper off a step of pix2pix took 26 % more CPU time, and with `maximum(x, 0.2 x)`
in the place of each LeakyReLU, which silences it, 7 %; DCGAN's, which has no such error, 13 %.

The tests of `tests/training` show that each model is traced once for all batches of a shape.

    python -m benchmarks.adversarial --nets dcgan pix2pix --rounds 5
"""

import argparse
import os
import statistics
import sys
import time

import numpy as np

from benchmarks import harness
from benchmarks.image_nets import LAYOUTS, QUIET

NETS = ("dcgan", "pix2pix")
BATCH = {"dcgan": 64, "pix2pix": 8}
SIDE = {"dcgan": 28, "pix2pix": 64}
CHANNELS = {"dcgan": 1, "pix2pix": 3}
LATENT, WIDTH = 64, 32
LEAST_SECONDS = 1.5


def pictures(net: str, count: int) -> list[np.ndarray]:
    """Returns batches of random pictures from -1 to 1, channels last."""
    rng = np.random.default_rng(0)
    shape = (BATCH[net], SIDE[net], SIDE[net], CHANNELS[net])
    return [rng.uniform(-1, 1, shape).astype("float32") for _ in range(count)]


def suite_step(net: str):
    """Returns a step of training by kerasuite, without arguments."""
    from kerasuite.training import machine

    machine.prepare(0, "float32")
    import tensorflow as tf

    from kerasuite import models
    from kerasuite.training.adam import Adam
    from kerasuite.training.gan import GAN
    from kerasuite.training.picture_gans import Pix2Pix

    shape = (SIDE[net], SIDE[net], CHANNELS[net])
    if net == "dcgan":
        generator = models.DCGANGenerator((LATENT,), shape, width=WIDTH)
        model = GAN(generator, models.DCGANDiscriminator(shape, width=WIDTH), seed=0)
        batch = pictures(net, 1)
    else:
        generator = models.Pix2PixGenerator(shape, shape[2], WIDTH)
        model = Pix2Pix(generator, models.PatchDiscriminator(shape, shape[2], WIDTH, 16), seed=0)
        batch = pictures(net, 2)
    model.compile(*(Adam(2e-4, beta_1=0.5) for _ in range(2)), jit_compile=False)
    batch = [tf.constant(x) for x in batch]
    return lambda: model.train_on_batch(*batch)


def torch_step(net: str, channels_last: bool, threads: int):
    """Returns the same by PyTorch."""
    import torch

    from benchmarks import torch_gans

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    layout = torch.channels_last if channels_last else torch.contiguous_format
    batches = [
        torch.from_numpy(x).permute(0, 3, 1, 2).contiguous(memory_format=layout)
        for x in pictures(net, 2)
    ]
    if net == "dcgan":
        return torch_gans.dcgan_step(batches[0], LATENT, WIDTH)
    return torch_gans.pix2pix_step(*batches, WIDTH)


def contender(name: str, net: str, threads: int):
    """Returns a function that measures steps a second; its first call warms up."""
    if name == "kerasuite":
        step = suite_step(net)
    else:
        step = torch_step(net, name == "torch_channels_last", threads)

    def measure() -> float:
        start, runs = time.perf_counter(), 0
        while runs < 3 or time.perf_counter() - start < LEAST_SECONDS:
            step()
            runs += 1
        return runs / (time.perf_counter() - start)

    return measure


def compare(net: str, options: argparse.Namespace) -> None:
    """Measures the contenders of a net in turn, and reports."""
    command = [sys.executable, "-m", "benchmarks.adversarial", "--nets", net]
    command += ["--threads", str(options.threads)]
    contenders = [
        harness.Contender(who, [*command, "--contender", who]) for who in ("kerasuite", *LAYOUTS)
    ]
    samples = harness.take_turns(contenders, options.rounds, options.pause)
    others = [max(c.others[i] for c in contenders) for i in range(options.rounds)]
    quiet = [i for i, share in enumerate(others) if not share > options.quiet]
    if not quiet:
        print(f"{net}: no quiet round, not recorded. Shares of other work: {others}")
        return
    samples = {who: [values[i] for i in quiet] for who, values in samples.items()}
    best = max(LAYOUTS, key=lambda who: statistics.median(samples[who]))
    harness.report(
        f"adversarial/{net}",
        samples,
        {"training against PyTorch": ("kerasuite", best)},
        unit="steps/s",
        batch=BATCH[net],
        side=SIDE[net],
        width=WIDTH,
        threads=options.threads,
        torch_layout=best,
        rounds=len(quiet),
        share_of_other_work=round(max(others[i] for i in quiet), 3),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nets", nargs="+", choices=NETS, default=list(NETS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--quiet", type=float, default=QUIET, help="most of other work in a round")
    parser.add_argument("--pause", action="store_true", help="wait for Enter once all are warm")
    parser.add_argument("--contender", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contender:
        harness.serve(contender(options.contender, options.nets[0], options.threads))
        return
    for net in options.nets:
        compare(net, options)


if __name__ == "__main__":
    main()
