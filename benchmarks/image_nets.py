"""Throughput of image nets: kerasuite, timm in PyTorch, and keras.applications.

Each net is measured in training (forward pass, gradients, SGD with momentum, loss read back) and in
inference (probabilities as NumPy arrays), on one random batch that stays in memory, as a tensor of
each library. In 16 bits, Keras computes by its policy "mixed_bfloat16" and PyTorch under autocast;
weights stay float32 in both. PyTorch is measured in either memory layout, of which the better one
counts for each of training and inference. kerasuite and keras.applications run the same code but
for the net, for kerasuite's setting of threads and its SGD, and for what is asked in inference:
kerasuite's is the net as it is exported, its batch normalizations folded by
`kerasuite.models.fold_batch_norms` and its weights constants of the graph
(`kerasuite.export.frozen`). Its moments and offsets are made random first: a constant offset of
zero would be left out, which no trained net has. PyTorch and Keras are measured as they are called,
without such a preparation.

Measure on a machine without other work. The threads of PyTorch wait for each other by spinning,
by OpenMP's default and within some kernels whatever OpenMP's setting. With other work on the
cores, ratios say little: a bfloat16 training step of PyTorch (ResNet-20, batch 32) took 4.2 s
then, and 0.029 s on the quiet machine with active waiting. Waiting passively (see small_cnn) is
no remedy here: on the quiet machine the same step took 0.057 s. So rounds count only if other
processes took less than a tenth of the cores while each contender was measured (Linux tells), and
without such a round there is no record. `--pause` waits once everything is warm, so that other work
need only rest from then on.

PyTorch's speed differs from start to start, and at times within one: DenseNet-121 trained in
bfloat16 at medians of 59 and of 72 pictures a second, ResNet-20 at 1,230 and 1,450. So each
contender is started several times (`--starts`), with a few rounds each.

Batches are of moderate size, so that a round takes seconds on two cores: 128 pictures as in
the papers for ResNet-20 on CIFAR; 16 for the nets of ImageNet, at 128x128, where the last
stage still has maps of 4x4 and all layers are bound by computing as at 224x224.

keras.applications' ResNet50 has its strides in the first convolutions of the bottlenecks, timm's
in the 3x3. These are two nets ("resnet50v1" and "resnet50" below), and each is compared with its
like.

    python -m benchmarks.image_nets --nets resnet20 densenet121 --precision bfloat16

Each net has a record of its own in each precision, under records/image_nets/.
"""

import argparse
import itertools
import os
import statistics
import sys
import time
from dataclasses import dataclass

import numpy as np

from benchmarks import harness

PHASES = ("training", "inference")
PRECISIONS = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
LAYOUTS = ("torch", "torch_channels_last")
LEAST_SECONDS = 0.8
# Share of the cores that other work may take while a contender is measured.
QUIET = 0.1


@dataclass(frozen=True)
class Net:
    """A net in each library: the arguments of models.create, and its names elsewhere."""

    suite: str
    options: dict
    torch: str | None
    keras: str | None
    batch: int = 16
    shape: tuple[int, int, int] = (128, 128, 3)
    classes: int = 1000

    def contenders(self) -> list[str]:
        """Returns who has this net."""
        names = ["kerasuite"]
        if self.torch:
            names += LAYOUTS
        return [*names, "keras"] if self.keras else names

    def batch_of_pictures(self) -> tuple[np.ndarray, np.ndarray]:
        """Returns random pictures, channels last, and labels."""
        rng = np.random.default_rng(0)
        pictures = rng.standard_normal((self.batch, *self.shape), dtype="float32")
        return pictures, rng.integers(0, self.classes, self.batch).astype("int32")


NETS = {
    "resnet20": Net("resnet20", {}, "resnet20", None, 128, (32, 32, 3), 10),
    "resnet50": Net("resnet50", {}, "resnet50", None),
    "resnet50v1": Net("resnet50", {"stride_first": True}, None, "ResNet50"),
    "resnext50": Net("resnext50_32x4d", {}, "resnext50_32x4d", None),
    "densenet121": Net("densenet121", {}, "densenet121", "DenseNet121"),
}


def suite_works(net: Net, precision: str) -> list:
    """Returns a step of training and one of inference by kerasuite, without arguments."""
    from kerasuite.training import machine

    machine.prepare(0, PRECISIONS[precision])
    from kerasuite import models
    from kerasuite.export.frozen import frozen
    from kerasuite.training.sgd import SGD

    model = models.create(net.suite, input_shape=net.shape, **net.options)
    rng = np.random.default_rng(0)
    for weight in model.weights:
        if weight.name in ("beta", "moving_mean"):
            weight.assign(0.1 * rng.standard_normal(weight.shape))
    answer = frozen(models.fold_batch_norms(model))
    return keras_works(model, lambda x: answer(x).numpy(), net, SGD)


def application_works(net: Net, precision: str, threads: int) -> list:
    """The same by keras.applications."""
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    keras.config.set_dtype_policy(PRECISIONS[precision])
    model = getattr(keras.applications, net.keras)(weights=None, input_shape=net.shape)
    return keras_works(model, model.predict_on_batch, net, keras.optimizers.SGD)


def keras_works(model, answer, net: Net, optimizer: type) -> list:
    """Returns a step of training by a Keras model, and one of inference by `answer`."""
    import tensorflow as tf

    model.compile(optimizer(0.01, momentum=0.9), "sparse_categorical_crossentropy")
    x, y = (tf.constant(a) for a in net.batch_of_pictures())
    return [lambda: model.train_on_batch(x, y), lambda: answer(x)]


def torch_works(net: Net, precision: str, channels_last: bool, threads: int) -> list:
    """Returns a step of training and one of inference by PyTorch."""
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    layout = torch.channels_last if channels_last else torch.contiguous_format
    model = torch_model(net.torch).to(memory_format=layout)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    loss_function = torch.nn.CrossEntropyLoss()
    x, y = (torch.from_numpy(a) for a in net.batch_of_pictures())
    x, y = x.permute(0, 3, 1, 2).contiguous(memory_format=layout), y.long()

    def autocast():
        return torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16")

    def train():
        model.train()
        optimizer.zero_grad()
        with autocast():
            loss = loss_function(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    def infer():
        model.eval()
        with torch.inference_mode(), autocast():
            return model(x).float().softmax(-1).numpy()

    return [train, infer]


def torch_model(name: str):
    """Returns the net in PyTorch: timm's, or for ResNet-20, which timm lacks, one of our own."""
    if name == "resnet20":
        from benchmarks.torch_resnet20 import ResNet20

        return ResNet20()
    from tests.models.timm_golden import import_timm

    return import_timm().create_model(name)


def timed(work, batch: int) -> float:
    """Returns the images a second of as many runs as fill a moment."""
    start, runs = time.perf_counter(), 0
    while runs == 0 or time.perf_counter() - start < LEAST_SECONDS:
        work()
        runs += 1
    return batch * runs / (time.perf_counter() - start)


def contender(name: str, net: Net, precision: str, threads: int):
    """Returns a function that measures training and inference in turn, in images a second.

    Its first call warms up both.
    """
    if name == "kerasuite":
        works = suite_works(net, precision)
    elif name == "keras":
        works = application_works(net, precision, threads)
    else:
        works = torch_works(net, precision, name == "torch_channels_last", threads)
    calls = 0

    def measure() -> float:
        nonlocal calls
        calls += 1
        if calls == 1:
            # The first runs compile, the second ones still allocate.
            return sum(timed(work, net.batch) for work in 2 * works)
        return timed(works[calls % len(works)], net.batch)

    return measure


def compare(name: str, precision: str, options: argparse.Namespace) -> None:
    """Measures the contenders of a net in turn, and reports."""
    net, threads = NETS[name], options.threads
    command = [sys.executable, "-m", "benchmarks.image_nets", "--nets", name]
    command += ["--precision", precision, "--threads", str(threads)]
    environment = {} if options.wait == "default" else {"OMP_WAIT_POLICY": options.wait}
    flat = {who: [] for who in net.contenders()}
    others = {who: [] for who in flat}
    for _ in range(options.starts):
        contenders = [
            harness.Contender(who, [*command, "--contender", who], environment) for who in flat
        ]
        found = harness.take_turns(contenders, options.rounds * len(PHASES), options.pause)
        for contender in contenders:
            flat[contender.name] += found[contender.name]
            others[contender.name] += contender.others
    samples, shares, ratios, layouts = {}, {}, {}, {}
    for i, phase in enumerate(PHASES):
        rounds = quiet_rounds(others, i)
        if not rounds:
            print(f"{name} {phase}, {precision}: no quiet round, not recorded.")
            continue
        found = {who: [values[r] for r in rounds] for who, values in flat.items()}
        samples |= {f"{who} {phase}": values for who, values in found.items()}
        shares[phase] = round(max(others[who][r] for who in others for r in rounds), 3)
        if net.torch:
            best = max(LAYOUTS, key=lambda layout: statistics.median(found[layout]))
            layouts[phase] = best
            ratios[f"{phase} against PyTorch"] = (f"kerasuite {phase}", f"{best} {phase}")
        if net.keras:
            pair = f"kerasuite {phase}", f"keras {phase}"
            ratios[f"{phase} against keras.applications"] = pair
    if not samples:
        return
    harness.report(
        f"image_nets/{name}_{precision}",
        samples,
        ratios,
        unit="images/s",
        batch=net.batch,
        shape=net.shape,
        precision=precision,
        threads=threads,
        openmp_wait=options.wait,
        torch_layouts=layouts,
        rounds=options.rounds,
        starts=options.starts,
        share_of_other_work=shares,
    )


def quiet_rounds(others: dict[str, list[float]], phase: int) -> list[int]:
    """Returns which measurements of a phase were taken while no contender was disturbed.

    Args:
        others: for each contender, the shares of the cores that other work took.
        phase: index of the phase; the phases take turns.
    """
    count = len(next(iter(others.values())))
    # Not a number, where the system does not tell: taken as quiet.
    return [
        r
        for r in range(phase, count, len(PHASES))
        if not any(shares[r] > QUIET for shares in others.values())
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nets", nargs="+", choices=NETS, default=list(NETS))
    parser.add_argument("--precision", nargs="+", choices=PRECISIONS, default=list(PRECISIONS))
    parser.add_argument("--rounds", type=int, default=3, help="of each start")
    parser.add_argument("--starts", type=int, default=3, help="of each contender's process")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--wait", choices=("default", "passive", "active"), default="default")
    parser.add_argument("--pause", action="store_true", help="wait for Enter once all are warm")
    parser.add_argument("--contender", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contender:
        (net,), (precision,) = options.nets, options.precision
        harness.serve(contender(options.contender, NETS[net], precision, options.threads))
        return
    for name, precision in itertools.product(options.nets, options.precision):
        compare(name, precision, options)


if __name__ == "__main__":
    main()
