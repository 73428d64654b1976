"""Grouped convolutions of ResNeXt-50: kerasuite's layer, one convolution a group, PyTorch, Keras.

A 3x3 convolution of 32 groups with padding, on the feature maps of ResNeXt-50's four stages: the
forward pass alone, and a step of training (forward pass and both gradients). PyTorch runs in
channels-last layout, its faster one here, and its threads wait passively (see small_cnn).

    python -m benchmarks.grouped_conv --rounds 3
"""

import argparse
import itertools
import os
import sys
import time

import numpy as np

from benchmarks import harness

BATCH, GROUPS = 16, 32
MAPS = ((128, 56), (256, 28), (512, 14), (1024, 7))
CONTENDERS = ("kerasuite", "split", "torch", "keras")
LEAST_SECONDS = 0.3


def pictures(channels: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns random feature maps, and a random gradient of the convolution's outputs."""
    rng = np.random.default_rng(0)
    shape = (BATCH, size, size, channels)
    return tuple(rng.standard_normal(shape, dtype="float32") for _ in range(2))


def tensorflow_work(name: str, channels: int, size: int) -> list:
    """Returns the forward pass and the step of training as functions without arguments."""
    import keras
    import tensorflow as tf

    from kerasuite.layers import GroupedConv2D, grouped_conv2d

    if name == "split":
        grouped_conv2d._kernels_know_groups = lambda *_: False
    layer_class = keras.layers.Conv2D if name == "keras" else GroupedConv2D
    layer = layer_class(channels, 3, padding="same", groups=GROUPS, use_bias=False)
    inputs, slope = map(tf.constant, pictures(channels, size))
    layer.build(inputs.shape)

    @tf.function
    def forward():
        return layer(inputs)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = layer(inputs)
        return tape.gradient(outputs, [inputs, layer.kernel.value], slope)

    return [forward, step]


def torch_work(channels: int, size: int) -> list:
    """The same in PyTorch."""
    import torch

    def tensor(array):
        return torch.from_numpy(array).permute(0, 3, 1, 2)  # channels last in memory

    layer = torch.nn.Conv2d(channels, channels, 3, padding=1, groups=GROUPS, bias=False)
    layer = layer.to(memory_format=torch.channels_last)
    inputs, slope = map(tensor, pictures(channels, size))
    inputs.requires_grad_()

    def forward():
        with torch.no_grad():
            layer(inputs)

    def step():
        torch.autograd.grad(layer(inputs), [inputs, layer.weight], slope)

    return [forward, step]


def contender(name: str, threads: int):
    """Returns a function that measures one work after the other, call by call, in milliseconds.

    Its first call warms up all of them.
    """
    if name == "torch":
        import torch

        torch.set_num_threads(threads)
        works = [work for size in MAPS for work in torch_work(*size)]
    else:
        from kerasuite.training import machine

        machine.start_tensorflow()
        works = [work for size in MAPS for work in tensorflow_work(name, *size)]
    turns = itertools.cycle(works)
    warm = False

    def measure() -> float:
        nonlocal warm
        if not warm:
            warm = True
            return sum(timed(work) for work in works)
        return timed(next(turns))

    return measure


def timed(work) -> float:
    """Returns the mean milliseconds of as many runs as fill a moment."""
    start, runs = time.perf_counter(), 0
    while runs == 0 or time.perf_counter() - start < LEAST_SECONDS:
        work()
        runs += 1
    return 1000 * (time.perf_counter() - start) / runs


def compare(rounds: int, threads: int) -> None:
    """Measures the contenders in turn, and reports."""
    command = [sys.executable, "-m", "benchmarks.grouped_conv", "--threads", str(threads)]
    environment = {"OMP_WAIT_POLICY": "passive"}
    contenders = [
        harness.Contender(name, [*command, "--contender", name], environment) for name in CONTENDERS
    ]
    works = [f"{c}x{n}x{n} {phase}" for c, n in MAPS for phase in ("forward", "step")]
    flat = harness.take_turns(contenders, rounds * len(works))
    samples = {
        f"{name} {work}": flat[name][i :: len(works)]
        for i, work in enumerate(works)
        for name in CONTENDERS
    }
    against = {"split": "one convolution a group", "torch": "PyTorch", "keras": "Keras alone"}
    harness.report(
        "grouped_conv",
        samples,
        {
            f"{work}, time of {title} against kerasuite": (f"{name} {work}", f"kerasuite {work}")
            for work in works
            for name, title in against.items()
        },
        unit="ms",
        batch=BATCH,
        groups=GROUPS,
        threads=threads,
        openmp_wait="passive",
        torch_layout="channels_last",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contender:
        harness.serve(contender(options.contender, options.threads))
    else:
        compare(options.rounds, options.threads)


if __name__ == "__main__":
    main()
