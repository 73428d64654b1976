"""Training and beam search of a captioner: kerasuite against the same net in plain PyTorch.

The net of captioner's preset `stamps`: soft attention over 4x4 places of 1,280 features, an LSTM of
256 units, words of 128 numbers, a vocabulary of 1,000. Training: batches of 32 random captions of 2
to 9 words, dropout 0.5, Adam with each gradient clipped, doubly stochastic attention. Search:
captions of 10 words, four beams, 64 pictures at once, with the same weights, which have learned
nothing; that both write the same is checked.

    python -m benchmarks.captioner training --rounds 7
    python -m benchmarks.captioner search --rounds 7
"""

import time
from collections.abc import Callable

import numpy as np

from benchmarks import harness

VOCABULARY, UNITS, EMBEDDING, DROPOUT, GRID = 1000, 256, 128, 0.5, (4, 4, 1280)
BATCH, STEPS, SHORTEST, LONGEST, CLIP, DOUBLY = 32, 12, 2, 9, 5.0, 0.01
PICTURES, BEAMS, WRITTEN, START, END, ALPHA = 64, 4, 10, 2, 3, 0.6
WHAT, CONTENDERS = ("training", "search"), ("kerasuite", "torch")


def captions() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns features, ids that are given and ids that are wanted, padded with 0."""
    rng = np.random.default_rng(0)
    count = BATCH * STEPS
    ids = rng.integers(4, VOCABULARY, (count, LONGEST + 1), dtype="int32")
    lengths = rng.integers(SHORTEST, LONGEST + 1, (count, 1))
    places = np.arange(LONGEST + 1)
    wanted = np.where(places < lengths, ids, np.where(places == lengths, END, 0)).astype("int32")
    given = np.concatenate([np.full((count, 1), START, "int32"), wanted[:, :-1]], axis=1)
    return features(count), given, wanted


def features(count: int) -> np.ndarray:
    """Returns what an encoder with ReLUs could say, float32 (count, *GRID)."""
    return np.random.default_rng(1).normal(size=(count, *GRID)).clip(0).astype("float32")


def suite_net():
    """Returns kerasuite's net."""
    from kerasuite.training import machine

    machine.start_tensorflow(side_by_side=True)
    machine.prepare(seed=0)
    from kerasuite.models.captioner import CaptionNet

    return CaptionNet("soft_attention", VOCABULARY, GRID, UNITS, EMBEDDING, DROPOUT)


def suite_training(threads: int) -> Callable[[], float]:
    """Returns a function that trains for a while and returns captions/s."""
    net = suite_net()
    from kerasuite.training.adam import Adam
    from kerasuite.training.sequence_losses import DoublyStochastic, PaddedCrossEntropy

    net.compile(
        Adam(1e-3, clipnorm=CLIP),
        {"logits": PaddedCrossEntropy(), "attention": DoublyStochastic(DOUBLY)},
    )
    seen, given, wanted = captions()
    targets = {"logits": wanted, "attention": wanted}

    def measure() -> float:
        start = time.perf_counter()
        net.fit({"features": seen, "ids": given}, targets, batch_size=BATCH, verbose=0)
        return len(given) / (time.perf_counter() - start)

    return measure


def torch_training(threads: int) -> Callable[[], float]:
    """Returns the same of PyTorch."""
    import torch

    net = _torch_net(threads).train()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, eps=1e-7)
    cross_entropy = torch.nn.CrossEntropyLoss(ignore_index=0)
    seen, given, wanted = (torch.from_numpy(a) for a in captions())
    given, wanted = given.long(), wanted.long()

    def measure() -> float:
        start = time.perf_counter()
        for index in torch.randperm(len(given)).split(BATCH):
            labels = wanted[index]
            optimizer.zero_grad()
            logits, attention = net(seen[index], given[index])
            sums = (attention * (labels != 0)[..., None]).sum(1)
            doubly = DOUBLY * ((1 - sums) ** 2).sum(1).mean()
            loss = cross_entropy(logits.flatten(0, 1), labels.flatten()) + doubly
            loss.backward()
            for parameter in net.parameters():
                torch.nn.utils.clip_grad_norm_([parameter], CLIP)
            optimizer.step()
            loss.item()  # kerasuite notes the loss of each step too
        return len(given) / (time.perf_counter() - start)

    return measure


def suite_search(threads: int) -> Callable[[], float]:
    """Returns a function that writes about all pictures and returns pictures/s."""
    search = _suite_search(suite_net())

    def measure() -> float:
        start = time.perf_counter()
        search()
        return PICTURES / (time.perf_counter() - start)

    return measure


def torch_search(threads: int) -> Callable[[], float]:
    """Returns the same of PyTorch, after checking that it finds the same captions."""
    import torch

    from benchmarks.torch_captioner import beam_search

    theirs, ours = _torch_net(threads).eval(), suite_net()
    theirs.take(ours)
    seen = torch.from_numpy(features(PICTURES))
    options = {"start": START, "end": END, "longest": WRITTEN, "beams": BEAMS, "alpha": ALPHA}
    found = beam_search(theirs, seen, **options)
    written = _suite_search(ours)()
    for i, ids in enumerate(found):
        assert written.ids[i, 0, : written.lengths[i, 0]].numpy().tolist() == ids

    def measure() -> float:
        start = time.perf_counter()
        beam_search(theirs, seen, **options)
        return PICTURES / (time.perf_counter() - start)

    return measure


def _torch_net(threads: int):
    import torch

    from benchmarks.torch_captioner import CaptionNet

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    return CaptionNet(VOCABULARY, GRID[-1], UNITS, EMBEDDING, DROPOUT)


def _suite_search(net):
    import tensorflow as tf

    from kerasuite.models.seq2seq_step import decoding_step, encode
    from kerasuite.text import decoding

    seen = tf.constant(features(PICTURES))

    @tf.function
    def write():
        return decoding.beam_search(
            decoding_step(net), tf.fill([PICTURES], START), encode(net, seen), end=END,
            max_length=WRITTEN, beams=BEAMS, length_penalty=ALPHA,
        )  # fmt: skip

    return write


def main() -> None:
    parser = harness.parser(__doc__, CONTENDERS)
    parser.add_argument("what", choices=WHAT)
    options = parser.parse_args()
    if options.contender:
        made = {
            "training": {"kerasuite": suite_training, "torch": torch_training},
            "search": {"kerasuite": suite_search, "torch": torch_search},
        }
        harness.serve(made[options.what][options.contender](options.threads))
        return
    harness.compare(
        "benchmarks.captioner",
        options,
        CONTENDERS,
        f"captioner/{options.what}",
        {f"{options.what} against PyTorch": CONTENDERS},
        "captions/s",
        words=[options.what],
        batch=BATCH if options.what == "training" else PICTURES,
    )


if __name__ == "__main__":
    main()
