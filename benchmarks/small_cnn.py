"""Training throughput of SmallCNN: through kerasuite, through Keras alone, and in PyTorch.

All train the same net on the same random pictures with Adam in batches of 128, and track loss
and accuracy. kerasuite gathers uint8 batches in tf.data and rescales in the model, as its apps
do; Keras fits float32 arrays, with its own batch normalization; PyTorch gathers uint8 batches by
index and rescales, in either memory layout, of which the better one counts. Its OpenMP threads
wait passively: on a machine with other work, threads that spin at each barrier make PyTorch
several times slower, and the comparison one of schedulers.

    python -m benchmarks.small_cnn --rounds 5
"""

import argparse
import os
import statistics
import sys
import time

import numpy as np

from benchmarks import harness

BATCH, STEPS, SHAPE, CLASSES = 128, 40, (28, 28, 1), 10
CONTENDERS = ("kerasuite", "keras", "torch", "torch_channels_last")


def pictures() -> tuple[np.ndarray, np.ndarray]:
    """Returns random pictures and labels, a whole number of batches."""
    rng = np.random.default_rng(0)
    n = BATCH * (STEPS + 1)
    images = rng.integers(0, 256, (n, *SHAPE), dtype=np.uint8)
    return images, rng.integers(0, CLASSES, n).astype(np.int32)


def suite_contender():
    """Returns a function that trains one epoch by kerasuite and returns images a second."""
    from kerasuite.training import machine

    machine.prepare(seed=0)
    import keras

    from kerasuite import models
    from kerasuite.data.pictures import Pictures

    images, labels = pictures()
    inputs = keras.Input(SHAPE)
    scaled = keras.layers.Rescaling(1 / 255)(inputs)
    model = keras.Model(inputs, models.create("small_cnn")(scaled))
    stream = Pictures(labels, images=images).shuffled_batches(BATCH, seed=0)
    return timed_fit(model, x=stream, steps_per_epoch=STEPS + 1)


def keras_contender(threads: int):
    """Returns a function that trains one epoch by Keras alone and returns images a second."""
    import tensorflow as tf

    from kerasuite import models

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    images, labels = pictures()
    model = with_stock_normalization(models.create("small_cnn"))
    return timed_fit(model, x=images.astype("float32") / 255, y=labels, batch_size=BATCH)


def timed_fit(model, **data):
    """Returns a function that fits one epoch and returns images a second after its first step."""
    import keras

    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    clock = step_clock(keras)

    def measure() -> float:
        model.fit(**data, epochs=1, verbose=0, callbacks=[clock])
        return BATCH * (len(clock.times) - 1) / (clock.times[-1] - clock.times[0])

    return measure


def step_clock(keras):
    """Returns a callback that notes when each step of the last epoch ended."""

    class StepClock(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.times = []

        def on_train_batch_end(self, batch, logs=None):
            self.times.append(time.perf_counter())

    return StepClock()


def with_stock_normalization(model):
    """Returns the same architecture with Keras's own batch normalization."""
    import keras

    from kerasuite.layers import BatchNormalization

    def stock(layer):
        if isinstance(layer, BatchNormalization):
            return keras.layers.BatchNormalization.from_config(layer.get_config())
        return layer.__class__.from_config(layer.get_config())

    return keras.models.clone_model(model, clone_function=stock)


def torch_contender(channels_last: bool, threads: int):
    """Returns a function that trains one epoch and returns images a second."""
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    layout = torch.channels_last if channels_last else torch.contiguous_format
    model = torch_small_cnn(torch).to(memory_format=layout).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7)
    images, labels = (torch.from_numpy(a) for a in pictures())
    images, labels = images.permute(0, 3, 1, 2), labels.long()
    loss_function = torch.nn.CrossEntropyLoss()

    def step(index) -> tuple:
        x = (images[index].float() / 255).contiguous(memory_format=layout)
        y = labels[index]
        optimizer.zero_grad()
        logits = model(x)
        loss = loss_function(logits, y)
        loss.backward()
        optimizer.step()
        return loss.item(), (logits.argmax(1) == y).sum().item()

    def measure() -> float:
        order = torch.randperm(len(images)).split(BATCH)
        step(order[0])
        start = time.perf_counter()
        for index in order[1:]:
            step(index)
        return BATCH * (len(order) - 1) / (time.perf_counter() - start)

    return measure


def torch_small_cnn(torch):
    """Returns SmallCNN in PyTorch, initialised alike."""
    nn = torch.nn

    def block(ins: int, outs: int) -> list:
        conv = nn.Conv2d(ins, outs, 3, padding=1, bias=False)
        nn.init.kaiming_normal_(conv.weight)
        return [conv, nn.BatchNorm2d(outs, eps=1e-3, momentum=0.1), nn.ReLU(inplace=True)]

    return nn.Sequential(
        *block(1, 16), *block(16, 16), nn.MaxPool2d(2),
        *block(16, 32), *block(32, 32), nn.MaxPool2d(2),
        *block(32, 64), *block(64, 64),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, CLASSES),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--wait", choices=("passive", "active"), default="passive")
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contender:
        harness.serve(contender(options.contender, options.threads))
    else:
        compare(options.rounds, options.threads, options.wait)


def contender(name: str, threads: int):
    """Returns the function that measures `name`."""
    if name == "kerasuite":
        return suite_contender()
    if name == "keras":
        return keras_contender(threads)
    return torch_contender(name == "torch_channels_last", threads)


def compare(rounds: int, threads: int, wait: str) -> None:
    """Measures the contenders in turn, and reports."""
    command = [sys.executable, "-m", "benchmarks.small_cnn", "--threads", str(threads)]
    environment = {"OMP_WAIT_POLICY": wait}
    contenders = [
        harness.Contender(name, [*command, "--contender", name], environment) for name in CONTENDERS
    ]
    samples = harness.take_turns(contenders, rounds)
    layouts = ("torch", "torch_channels_last")
    best = max(layouts, key=lambda name: statistics.median(samples[name]))
    harness.report(
        "small_cnn",
        samples,
        {
            "training against PyTorch": ("kerasuite", best),
            "training against Keras alone": ("kerasuite", "keras"),
        },
        unit="images/s",
        batch=BATCH,
        steps=STEPS,
        threads=threads,
        openmp_wait=wait,
        torch_layout=best,
    )


if __name__ == "__main__":
    main()
