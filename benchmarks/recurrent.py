"""Language models of two recurrent layers: kerasuite's LSTM and GRU, Keras's, and PyTorch's.

The net is the same for all: an embedding, two layers of 256 units, and logits over 96 characters,
on 32 sequences of 100 random characters. A step of training takes Adam and the cross-entropy of
the next character; inference gives the logits. All compute in float32. PyTorch's OpenMP threads
wait as they do by default, which is best on a machine without other work; `--wait passive` is for
others.

LSTM inference stays behind. On one core (AMD EPYC with AVX-512), a layer takes 20.7 ms of CPU for a
batch, PyTorch's, which is one operation of oneDNN's, 15.3. Ours is 8.4 ms for the product of all
inputs, 8.2 for those of the states, and 4 for the gates and the loop: the products alone are more.
TensorFlow's run at 200 to 225 GFlop/s, however they are written: 100 of 32 x 256 by 256 x 1024 take
8.7 ms, 8.3 with a kernel that is a constant inside the loop, with or without a fused bias, and 11.3
as convolutions of 1 x 1; without oneDNN 8.5.

    python -m benchmarks.recurrent --rounds 7
"""

import argparse
import itertools
import time
from collections.abc import Callable

import numpy as np

from benchmarks import harness

UNITS, LAYERS, LENGTH, BATCH, CHARACTERS = 256, 2, 100, 32, 96
STEPS = 8
KINDS = ("LSTM", "GRU")
MODES = ("training", "inference")
CONTENDERS = ("kerasuite", "keras", "torch")


def text() -> tuple[np.ndarray, np.ndarray]:
    """Returns random characters, and the characters after them."""
    rng = np.random.default_rng(0)
    characters = rng.integers(0, CHARACTERS, (BATCH * (STEPS + 1), LENGTH + 1), dtype=np.int32)
    return characters[:, :-1], characters[:, 1:]


def keras_contender(layer_class: type, mode: str) -> Callable[[], float]:
    """Returns a function that measures a Keras model with layers of a class, in sequences/s."""
    import keras
    import tensorflow as tf

    inputs = x = keras.Input((LENGTH,), dtype="int32")
    x = keras.layers.Embedding(CHARACTERS, UNITS)(x)
    for _ in range(LAYERS):
        x = layer_class(UNITS, return_sequences=True)(x)
    model = keras.Model(inputs, keras.layers.Dense(CHARACTERS)(x))
    now, after = text()
    if mode == "training":
        return _timed_fit(keras, model, now, after)
    predict = tf.function(lambda x: model(x, training=False))
    batches = [tf.constant(batch) for batch in np.split(now, STEPS + 1)]
    return _timed(lambda batch: predict(batch).numpy(), batches)


def _timed_fit(keras, model, now: np.ndarray, after: np.ndarray) -> Callable[[], float]:
    class Clock(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.times = []

        def on_train_batch_end(self, batch, logs=None):
            self.times.append(time.perf_counter())

    clock = Clock()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)

    def measure() -> float:
        model.fit(now, after, batch_size=BATCH, verbose=0, callbacks=[clock])
        return BATCH * STEPS / (clock.times[-1] - clock.times[0])

    return measure


def torch_contender(kind: str, mode: str, threads: int) -> Callable[[], float]:
    """Returns a function that measures the same model in PyTorch, in sequences/s."""
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(0)

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = torch.nn.Embedding(CHARACTERS, UNITS)
            layers = getattr(torch.nn, kind)
            self.recurrent = layers(UNITS, UNITS, num_layers=LAYERS, batch_first=True)
            self.logits = torch.nn.Linear(UNITS, CHARACTERS)

        def forward(self, x):
            return self.logits(self.recurrent(self.embedding(x))[0])

    model = Model()
    now, after = (torch.from_numpy(a).long().split(BATCH) for a in text())
    optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
    loss_function = torch.nn.CrossEntropyLoss()

    def train(batch) -> None:
        x, y = batch
        optimizer.zero_grad()
        loss = loss_function(model(x).flatten(0, 1), y.flatten())
        loss.backward()
        optimizer.step()
        loss.item()

    def infer(batch) -> None:
        with torch.inference_mode():
            model(batch[0])

    model.train(mode == "training")
    return _timed(train if mode == "training" else infer, list(zip(now, after, strict=True)))


def _timed(work: Callable, batches: list) -> Callable[[], float]:
    """Returns a function that works through the batches and returns sequences/s after the first."""

    def measure() -> float:
        work(batches[0])
        start = time.perf_counter()
        for batch in batches[1:]:
            work(batch)
        return BATCH * (len(batches) - 1) / (time.perf_counter() - start)

    return measure


def contender(name: str, kind: str, mode: str, threads: int) -> Callable[[], float]:
    """Returns the function that measures `name`."""
    if name == "torch":
        return torch_contender(kind, mode, threads)
    from kerasuite.training import machine

    machine.start_tensorflow(side_by_side=True)
    machine.prepare(seed=0)
    import keras

    from kerasuite import layers

    return keras_contender(getattr(layers if name == "kerasuite" else keras.layers, kind), mode)


def compare(kind: str, mode: str, options: argparse.Namespace) -> None:
    """Measures the contenders in turn, and reports."""
    harness.compare(
        "benchmarks.recurrent",
        options,
        CONTENDERS,
        f"recurrent/{kind.lower()}_{mode}",
        {
            f"{mode} against PyTorch": ("kerasuite", "torch"),
            f"{mode} against Keras": ("kerasuite", "keras"),
        },
        "sequences/s",
        words=["--kind", kind, "--mode", mode],
        environment={} if options.wait == "default" else {"OMP_WAIT_POLICY": options.wait},
        units=UNITS,
        layers=LAYERS,
        length=LENGTH,
        batch=BATCH,
        steps=STEPS,
        openmp_wait=options.wait,
    )


def main() -> None:
    parser = harness.parser(__doc__, CONTENDERS)
    parser.add_argument("--wait", choices=("default", "passive", "active"), default="default")
    parser.add_argument("--kind", choices=KINDS, help="only these layers")
    parser.add_argument("--mode", choices=MODES, help="only this")
    options = parser.parse_args()
    if options.contender:
        harness.serve(contender(options.contender, options.kind, options.mode, options.threads))
        return
    kinds = [options.kind] if options.kind else KINDS
    modes = [options.mode] if options.mode else MODES
    for kind, mode in itertools.product(kinds, modes):
        compare(kind, mode, options)


if __name__ == "__main__":
    main()
