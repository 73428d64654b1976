"""Tokenisation of a novel's lines, in MB/s of UTF-8; SentencePiece's own package as the peer.

python -m benchmarks.tokenizers --rounds 5
"""

import argparse
import sys
import time

from benchmarks import harness

NOVEL = "moby_dick"
BATCH = 1000
SIZES = {"characters": None, "words": 8000, "wordpiece": 2000, "unigram": 2000, "bpe": 2000}
# The same models, run by the package that trained them, on one thread as in a data pipeline.
PEERS = ("unigram", "bpe")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--child", help="measure this contender and answer on standard output")
    options = parser.parse_args()
    if options.child:
        harness.serve(contender(options.child))
        return
    names = [*SIZES, *(f"sentencepiece {kind}" for kind in PEERS)]
    command = [sys.executable, "-m", "benchmarks.tokenizers", "--child"]
    samples = harness.take_turns(
        [harness.Contender(name, [*command, name]) for name in names], options.rounds
    )
    ratios = {f"{kind} against sentencepiece": (kind, f"sentencepiece {kind}") for kind in PEERS}
    harness.report("tokenizers", samples, ratios, unit="MB/s", settings={"batch": BATCH})


def contender(name):
    """Returns a function that tokenizes the whole novel and returns the MB/s."""
    from kerasuite.training.machine import start_tensorflow

    start_tensorflow()
    import tensorflow as tf

    from kerasuite import text
    from kerasuite.data.text_sets import text_set

    novel = text_set(NOVEL)[0].text
    lines = [line for line in novel.splitlines() if line]
    batches = [lines[i : i + BATCH] for i in range(0, len(lines), BATCH)]
    megabytes = len("".join(lines).encode()) / 1e6
    kind = name.removeprefix("sentencepiece ")
    tokenizer = text.train(kind, lines, SIZES[kind])
    if name != kind:
        import sentencepiece

        processor = sentencepiece.SentencePieceProcessor(model_proto=tokenizer.content)
        ours = tokenizer.tokenize(lines[:50]).to_list()
        if processor.encode([f" {line}" for line in lines[:50]]) != ours:
            raise AssertionError("the package and the graph split texts differently")

        def tokenize(batch):
            return processor.encode(batch, num_threads=1)

    else:
        batches = [tf.constant(batch) for batch in batches]
        tokenize = tf.function(tokenizer.tokenize, reduce_retracing=True)

    def measure():
        start = time.perf_counter()
        for batch in batches:
            tokenize(batch)
        return megabytes / (time.perf_counter() - start)

    return measure


if __name__ == "__main__":
    main()
