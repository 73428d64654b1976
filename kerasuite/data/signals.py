"""Signals of one sample after another: made up, or a column of a table of one's own."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import tensorflow as tf

from kerasuite.data.catalogue import near
from kerasuite.data.splits import Info, Splits
from kerasuite.data.tables import read_table
from kerasuite.errors import InputError

MADE_UP = ("recall", "mackey_glass", "sines")
SHARES = (0.7, 0.15, 0.15)
FEWEST = 200
# So many samples before a held-out part are shown to a net, which is not asked about them.
WARM_UP = 200
_CUE, _BACKGROUND = 2.0, 0.05


@dataclass(frozen=True)
class Signal:
    """Samples in their order, in units of the training samples' standard deviation.

    Attributes:
        values: float32 [n].
        scored: bool [n]: which samples a net is asked to foretell.
    """

    values: np.ndarray
    scored: np.ndarray

    def __len__(self) -> int:
        return len(self.values)

    def streams(self, batch_size: int, length: int) -> tuple[int, int]:
        """How many streams of equal length the signal is cut into, and of how many pieces each.

        A signal too short for `batch_size` streams of two pieces is cut into fewer.
        """
        pairs = len(self) - 1
        number = max(1, min(batch_size, pairs // (2 * length)))
        # Room for the offset of each epoch, which is less than a piece.
        return number, max(1, (pairs - length + 1) // (number * length))

    def pieces(
        self, batch_size: int, length: int, seed: int, first_epoch: int = 0
    ) -> tf.data.Dataset:
        """Endless pieces of parallel streams, each going on where the one before it ended.

        An epoch begins somewhere in the first `length` samples; where, follows from `seed` and the
        epoch's number alone, so a run that starts at `first_epoch` sees what an uninterrupted one
        sees from there on.

        Args:
            batch_size: the most streams, as for `streams`.
            length: samples of a piece.
            seed: where the epochs begin.
            first_epoch: the epoch to begin with.

        Returns:
            Samples float32 [streams, length, 1], the samples after them, their weights float32
            [streams, length, 1] (1 where scored, else 0), and whether the streams begin, bool [].
        """
        streams, pieces = self.streams(batch_size, length)
        values, scored = tf.constant(self.values), tf.constant(self.scored, tf.float32)

        def piece(begin: tf.Tensor, number: tf.Tensor) -> tuple[tf.Tensor, ...]:
            stream = begin + tf.range(streams, dtype=tf.int64) * (pieces * length)
            index = stream[:, None] + number * length + tf.range(length, dtype=tf.int64)
            parts = tf.gather(values, index), tf.gather(values, index + 1)
            weights = tf.gather(scored, index + 1)
            return *(p[..., None] for p in (*parts, weights)), tf.equal(number, 0)

        slack = len(self) - 1 - streams * pieces * length

        def epoch(number: tf.Tensor) -> tf.data.Dataset:
            begin = tf.random.stateless_uniform(
                [], tf.stack([tf.constant(seed, tf.int64), number]), 0, slack + 1, tf.int64
            )
            return tf.data.Dataset.range(pieces).map(lambda k: piece(begin, k))

        return tf.data.Dataset.counter(first_epoch).flat_map(epoch)

    def whole(self) -> tf.data.Dataset:
        """One batch of one stream, the whole signal: samples, samples after them, weights."""
        arrays = self.values[:-1], self.values[1:], self.scored[1:].astype("float32")
        return tf.data.Dataset.from_tensors(tuple(a[None, :, None] for a in arrays))


def load_signal(
    source: str, *, column: str | None = None, samples: int = 20_000, lag: int = 20, seed: int = 0
) -> Splits:
    """Makes or reads a signal and cuts it into its first 70 %, the next 15 %, and the last 15 %.

    Args:
        source: "recall", a pulse whose height is asked for `lag` samples later, in noise;
            "mackey_glass", the chaotic series of a delay equation with delay 17; "sines", three
            sines and noise; or the path of a table (.csv, .tsv, .parquet).
        column: of the table; it may be left out if only one column holds numbers.
        samples: how many to make.
        lag: of "recall", in samples.
        seed: of what is made.

    Returns:
        Three `Signal`s and their `Info`, with mean and standard deviation of the training part.
        The later two begin with samples of the part before, which are not scored.

    Raises:
        InputError: if there is no such source or column, or it is no signal.
    """
    makers: dict[str, Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]]] = {
        "recall": lambda rng: recall(samples, lag, rng),
        "mackey_glass": lambda rng: _all_scored(mackey_glass(samples, rng)),
        "sines": lambda rng: _all_scored(sines(samples, rng)),
    }
    if source in makers:
        values, scored = makers[source](np.random.default_rng(seed))
    else:
        values, scored = _all_scored(_read(source, column))
    return _cut(values, scored, Info(source, shape=(1,)))


def recall(samples: int, lag: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Makes pulses of random height, each asked for after `lag` samples of noise.

    A cue, a pulse of height 2, comes right before the answer, so that nobody need count. Whoever
    sees the last `lag` samples knows the answer; whoever sees one less knows nothing of it.

    Returns:
        Samples float64 [samples], and bool [samples]: which of them are answers.
    """
    values, answers = rng.normal(0, _BACKGROUND, samples), np.zeros(samples, bool)
    at = int(rng.integers(1, 10))
    while at + lag < samples:
        values[at] = rng.choice([-1, 1]) * rng.uniform(0.3, 1)
        values[at + lag - 1] = _CUE
        values[at + lag] = values[at]
        answers[at + lag] = True
        at += lag + int(rng.integers(3, 10))
    return values, answers


def mackey_glass(samples: int, rng: np.random.Generator) -> np.ndarray:
    """Integrates dx/dt = 0.2 x(t - 17) / (1 + x(t - 17)^10) - 0.1 x; one sample a unit of time.

    Reference:
        Mackey & Glass 1977, "Oscillation and chaos in physiological control systems".
    """
    finer, delay, warm_up = 10, 17, 500
    past = 17 * finer
    x = np.empty(past + (warm_up + samples) * finer)
    x[:past] = 1.2 + rng.uniform(-0.1, 0.1)
    for t in range(past, len(x)):
        late = x[t - delay * finer]
        x[t] = x[t - 1] + (0.2 * late / (1 + late**10) - 0.1 * x[t - 1]) / finer
    return x[past + warm_up * finer :: finer]


def sines(samples: int, rng: np.random.Generator) -> np.ndarray:
    """Adds up sines with periods of 12, 25 and 44 samples or so, and noise of a hundredth."""
    time, periods = np.arange(samples), np.array([12.3, 25.1, 44.7])
    phases = rng.uniform(0, 2 * np.pi, 3)
    waves = np.sin(2 * np.pi * time[:, None] / periods + phases) @ np.array([1.0, 0.7, 0.5])
    return waves + rng.normal(0, 0.01, samples)


def _all_scored(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return values, np.ones(len(values), bool)


def _read(source: str, column: str | None) -> np.ndarray:
    path = Path(source).expanduser()
    if not path.is_file():
        raise InputError(
            f"There is no signal {source!r}{near(source, MADE_UP)}; expected "
            f"{', '.join(MADE_UP)}, or the path of a table with a column of samples"
        )
    table = read_table(path).rename(columns=str)
    numeric = [c for c in table.columns if pd.api.types.is_numeric_dtype(table[c])]
    if column is None and len(numeric) == 1:
        (column,) = numeric
    if column not in table.columns:
        what = f"{path} has no column {column!r}" if column else f"{path}: name one --column"
        raise InputError(f"{what}; expected one of {', '.join(table.columns[:20])}")
    values = pd.to_numeric(table[column], errors="coerce").to_numpy("float64")
    bad = ~np.isfinite(values)
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(
            f"{path}, line {row + 2}: expected a number in the column {column!r}. "
            f"Received: {table[column].iloc[row]}"
        )
    if len(values) < FEWEST:
        raise InputError(f"{path}: expected at least {FEWEST} samples. Received: {len(values)}")
    return values


def _cut(values: np.ndarray, scored: np.ndarray, info: Info) -> Splits:
    first, second = (int(len(values) * share) for share in (SHARES[0], SHARES[0] + SHARES[1]))
    mean, std = float(values[:first].mean()), float(values[:first].std())
    if not std > 0:
        raise InputError(f"{info.name}: expected a signal that varies. Received: {mean:g} only")
    values = ((values - mean) / std).astype("float32")
    parts = [Signal(values[:first], scored[:first])]
    for begin, end in ((first, second), (second, len(values))):
        warm_up = min(WARM_UP, begin)
        asked = scored[begin - warm_up : end].copy()
        asked[:warm_up] = False
        parts.append(Signal(values[begin - warm_up : end], asked))
    return Splits(*parts, dataclasses.replace(info, mean=(mean,), std=(std,)))
