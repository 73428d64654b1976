"""Training of a translator against PyTorch, beam search against a Python loop and CTranslate2.

Training: Luong's encoder-decoder (two LSTM layers of 256 on either side, "general" attention,
4,000 ids) on the same random sentences of 6 to 14 ids, in batches of 64, with label smoothing,
clipped gradients and Adam; PyTorch packs its sentences. Counted are target ids a second.

Search: four beams over the same net, 32 sentences. The Python loop is what tutorials have: a
compiled step of the decoder is called for the beams of one sentence, and Python sorts their
continuations. Both find the same sentences, which is checked.

Engine: CTranslate2, which runs Transformers only, against the Transformer (three blocks of 256) in
the graph, with the same weights in float32; four beams, 32 sentences. That both write the
same is checked.

    python -m benchmarks.translator training --rounds 5
    python -m benchmarks.translator search --rounds 5
    python -m benchmarks.translator engine --rounds 5
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks import harness

VOCABULARY, UNITS, DROPOUT, SMOOTHING = 4000, 256, 0.2, 0.1
BATCH, STEPS, SHORTEST, LONGEST = 64, 12, 6, 14
SENTENCES, BEAMS, START, END, ALPHA = 32, 4, 2, 3, 0.8
CONTENDERS = {
    "training": ("kerasuite", "torch"),
    "search": ("in_graph", "python_loop"),
    "engine": ("transformer", "ctranslate2"),
}


def sentences(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random source, target and label ids, padded with 0."""
    rng = np.random.default_rng(0)
    ids = rng.integers(4, VOCABULARY, (2, count, LONGEST), dtype="int32")
    lengths = rng.integers(SHORTEST, LONGEST + 1, (2, count))
    source, labels = np.where(np.arange(LONGEST) < lengths[..., None], ids, 0)
    target = np.concatenate([np.full((count, 1), START, "int32"), labels[:, :-1]], axis=1)
    return source, target, labels


def suite_training():
    """Returns a function that trains for a while and returns target ids a second."""
    net = _net()
    import keras

    from kerasuite.training.sequence_losses import PaddedCrossEntropy

    source, target, labels = sentences(BATCH * STEPS)
    net.compile(keras.optimizers.Adam(1e-3, global_clipnorm=1.0), PaddedCrossEntropy(SMOOTHING))

    def measure() -> float:
        start = time.perf_counter()
        net.fit({"source": source, "target": target}, labels, batch_size=BATCH, verbose=0)
        return (labels != 0).sum() / (time.perf_counter() - start)

    return measure


def torch_training(threads: int):
    """Returns the same of PyTorch."""
    import torch

    from benchmarks.torch_translator import EncoderDecoder

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    net = EncoderDecoder(VOCABULARY, UNITS, DROPOUT).train()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, eps=1e-7)
    loss_function = torch.nn.CrossEntropyLoss(ignore_index=0, label_smoothing=SMOOTHING)
    arrays = [torch.from_numpy(a.astype("int64")) for a in sentences(BATCH * STEPS)]

    def measure() -> float:
        start = time.perf_counter()
        for index in torch.randperm(BATCH * STEPS).split(BATCH):
            source, target, labels = (a[index] for a in arrays)
            optimizer.zero_grad()
            loss = loss_function(net(source, target).flatten(0, 1), labels.flatten())
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            loss.item()  # kerasuite notes the loss of each step too
        return (arrays[2] != 0).sum().item() / (time.perf_counter() - start)

    return measure


def search_in_graph():
    """Returns a function that translates all sentences and returns sentences a second."""
    translate, source = graph_search(_net())

    def measure() -> float:
        start = time.perf_counter()
        translate(source)
        return SENTENCES / (time.perf_counter() - start)

    return measure


def search_in_python():
    """Returns the same of the Python loop, after checking that it finds the same sentences."""
    net = _net()
    search, source = python_search(net)
    translate, _ = graph_search(net)
    found = translate(source)
    for i, ids in enumerate(search(source)):
        assert found.ids[i, 0, : found.lengths[i, 0]].numpy().tolist() == ids

    def measure() -> float:
        start = time.perf_counter()
        search(source)
        return SENTENCES / (time.perf_counter() - start)

    return measure


def transformer_search():
    """Returns a function that translates with the Transformer and returns sentences a second."""
    translate, source = graph_search(_transformer())

    def measure() -> float:
        start = time.perf_counter()
        translate(source)
        return SENTENCES / (time.perf_counter() - start)

    return measure


def ctranslate2_search(threads: int):
    """Returns the same of CTranslate2, after checking that it finds the same sentences."""
    import ctranslate2

    from benchmarks.ctranslate2_transformer import convert, token

    net = _transformer()
    with tempfile.TemporaryDirectory() as folder:
        convert(net, Path(folder) / "model", VOCABULARY, LONGEST + 1, START, END)
        engine = ctranslate2.Translator(
            f"{folder}/model", compute_type="float32", intra_threads=threads
        )
    source = sentences(SENTENCES)[0]
    words = [[token(i, START, END) for i in row if i] for row in source]

    def search():
        # Its penalty divides by length ** alpha; without one, both rank by log-probability.
        return engine.translate_batch(
            words, beam_size=BEAMS, length_penalty=0, max_decoding_length=LONGEST
        )

    translate, given = graph_search(net, length_penalty=0.0)
    found = translate(given)
    for i, result in enumerate(search()):
        ids = found.ids[i, 0, : found.lengths[i, 0]].numpy()
        assert result.hypotheses[0] == [token(v, START, END) for v in ids if v != END]

    def measure() -> float:
        start = time.perf_counter()
        search()
        return SENTENCES / (time.perf_counter() - start)

    return measure


def _transformer():
    from kerasuite.training import machine

    machine.prepare(seed=0)
    from benchmarks.ctranslate2_transformer import DEPTH, FEED_FORWARD, HEADS
    from kerasuite.models.transformer import Transformer

    return Transformer(VOCABULARY, VOCABULARY, UNITS, DEPTH, HEADS, FEED_FORWARD)


def _net():
    from kerasuite.training import machine

    machine.prepare(seed=1)  # by seed 0 two hypotheses tie to the last digit: either may stay
    from kerasuite.models.seq2seq import EncoderDecoder

    return EncoderDecoder(VOCABULARY, VOCABULARY, UNITS, dropout=DROPOUT)


def graph_search(net, length_penalty: float = ALPHA):
    """Returns beam search as one function of the graph, and the sentences."""
    import tensorflow as tf

    from kerasuite.models.seq2seq_step import decoding_step, encode
    from kerasuite.text import decoding

    @tf.function
    def translate(source):
        return decoding.beam_search(
            decoding_step(net), tf.fill([SENTENCES], START), encode(net, source), end=END,
            max_length=LONGEST, beams=BEAMS, length_penalty=length_penalty,
        )  # fmt: skip

    return translate, tf.constant(sentences(SENTENCES)[0])


def python_search(net):
    """Returns beam search sentence by sentence in Python, and the sentences."""
    import tensorflow as tf

    from kerasuite.models.seq2seq_step import decoding_step, encode

    one = decoding_step(net)
    encoded = tf.function(lambda source: encode(net, source))

    @tf.function(reduce_retracing=True)
    def step(ids, state):
        logits, after, _ = one(ids, state)
        return tf.nn.log_softmax(logits), after

    def search(source):
        return [_search_one(row, encoded, step) for row in source.numpy()]

    return search, tf.constant(sentences(SENTENCES)[0])


def _search_one(row, encoded, step):
    import tensorflow as tf

    state = encoded(tf.constant(row[None]))
    state = {name: tf.repeat(x, BEAMS, axis=0) for name, x in state.items()}
    alive, finished = [([START], 0.0)], []
    for length in range(1, LONGEST + 1):
        ids = [beam[0][-1] for beam in alive]
        ids += [START] * (BEAMS - len(ids))
        logs, state = step(tf.constant(ids), state)
        logs = logs.numpy()
        candidates = [
            (total + float(logs[i, v]), i, int(v))
            for i, (_, total) in enumerate(alive)
            for v in np.argsort(-logs[i])[: 2 * BEAMS]
        ]
        candidates.sort(key=lambda c: -c[0])
        going = []
        for rank, (total, i, v) in enumerate(candidates[: 2 * BEAMS]):
            ids = [*alive[i][0], v]
            if v == END or length == LONGEST:
                if rank < BEAMS:
                    finished.append((total / ((5 + length) / 6) ** ALPHA, ids[1:]))
            elif len(going) < BEAMS:
                going.append((ids, total, i))
        if len(finished) >= BEAMS or not going:
            break
        best = max((score for score, _ in finished), default=-np.inf)
        if best >= going[0][1] / ((5 + LONGEST) / 6) ** ALPHA:
            break
        alive = [(ids, total) for ids, total, _ in going]
        parents = [i for _, _, i in going] + [0] * (BEAMS - len(going))
        state = {name: tf.gather(x, parents) for name, x in state.items()}
    return max(finished, key=lambda f: f[0])[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=CONTENDERS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--contender", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contender:
        harness.serve(contender(options.contender, options.threads))
        return
    names = CONTENDERS[options.what]
    command = [sys.executable, "-m", "benchmarks.translator", options.what]
    command += ["--threads", str(options.threads)]
    environment = {"OMP_WAIT_POLICY": "passive"}
    contenders = [
        harness.Contender(name, [*command, "--contender", name], environment) for name in names
    ]
    samples = harness.take_turns(contenders, options.rounds)
    against = {
        "training": "training against PyTorch",
        "search": "search against a Python loop",
        "engine": "search against CTranslate2",
    }
    harness.report(
        f"translator_{options.what}",
        samples,
        {against[options.what]: names},
        unit="target ids/s" if options.what == "training" else "sentences/s",
        threads=options.threads,
        vocabulary=VOCABULARY,
        units=UNITS,
        batch=BATCH if options.what == "training" else SENTENCES,
    )


def contender(name: str, threads: int):
    """Returns the function that measures `name`."""
    with_threads = {"torch": torch_training, "ctranslate2": ctranslate2_search}
    if name in with_threads:
        return with_threads[name](threads)
    measures = {
        "kerasuite": suite_training,
        "in_graph": search_in_graph,
        "python_loop": search_in_python,
        "transformer": transformer_search,
    }
    return measures[name]()


if __name__ == "__main__":
    main()
