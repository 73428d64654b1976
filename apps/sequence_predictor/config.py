"""What sequence_predictor is, which options it has, and its ready-made studies."""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar, Literal

from kerasuite.app import About, Config, Study, option_error


@dataclass(frozen=True)
class SequencePredictorConfig(Config):
    """Options of sequence_predictor."""

    side_by_side: ClassVar[bool] = True
    data: str | None = "mackey_glass"
    """recall, mackey_glass, sines, or the path of a table with a column of samples."""
    column: str | None = None
    """Which column of the table holds the samples; needless if only one holds numbers."""
    epochs: int = 40
    """Passes over the training signal."""
    batch_size: int = 32
    """Parallel streams that the training signal is cut into."""
    learning_rate: float = 3e-3
    """Step size of Adam."""
    net: Literal["mlp", "rnn", "lstm", "gru"] = "lstm"
    """A multi-layer perceptron on a window, or a simple recurrent, LSTM or GRU net."""
    units: int = 32
    """Units of each hidden layer."""
    depth: int = 1
    """Hidden layers."""
    window: int = 16
    """Past samples that the mlp sees, the present one among them."""
    length: int = 64
    """Steps that the gradient goes back (truncated BPTT); states go on from piece to piece."""
    samples: int = 20_000
    """Samples of a signal that is made up."""
    lag: int = 10
    """Of recall: samples from what is to be remembered to where it is asked for."""
    ahead: int = 50
    """How many next samples the SavedModel gives."""

    def check(self) -> None:
        super().check()
        least = {"units": 1, "depth": 1, "window": 2, "length": 2, "lag": 2, "ahead": 1}
        for name, low in {**least, "samples": 500}.items():
            if (value := getattr(self, name)) < low:
                raise option_error(name, f"a whole number of at least {low}", value)
        if self.data == "recall" and self.samples < 50 * self.lag:
            raise option_error("samples", f"at least 50 times --lag {self.lag}", self.samples)


ABOUT = About(
    title="Next samples of a signal",
    summary="A window on the past against a memory of it: MLP, simple RNN, LSTM and GRU",
    papers=(
        "J. Elman: Finding Structure in Time. Cognitive Science 14(2), 1990",
        "S. Hochreiter, J. Schmidhuber: Long Short-Term Memory. Neural Computation 9(8), 1997",
        "F. Gers, J. Schmidhuber, F. Cummins: Learning to Forget: Continual Prediction with LSTM. "
        "Neural Computation 12(10), 2000",
        "K. Cho et al.: Learning Phrase Representations using RNN Encoder-Decoder for Statistical "
        "Machine Translation. EMNLP 2014",
    ),
    tags=("signals", "prediction", "recurrent"),
)

_DEFAULT = SequencePredictorConfig()

PRESETS: dict[str, Config] = {
    "default": _DEFAULT,
    "smoke": dataclasses.replace(
        _DEFAULT,
        data="sines",
        net="gru",
        units=16,
        epochs=6,
        learning_rate=0.01,
        length=20,
        samples=2000,
        ahead=10,
    ),
    "full": dataclasses.replace(_DEFAULT, units=128, depth=2, samples=100_000, epochs=100),
    "recall": dataclasses.replace(
        _DEFAULT, data="recall", samples=40_000, length=100, lag=50, epochs=80, learning_rate=5e-3
    ),
}

_QUICK = {"tensorboard": "false"}

STUDIES: dict[str, Study] = {
    "lag": Study(
        "How long a net remembers",
        "the window fails as soon as the lag is longer than it; a memory goes on, how far depends "
        "on its kind and on the time it is given to learn",
        ("lag=10,20,50,100", "net=mlp,rnn,lstm,gru"),
        {
            **_QUICK, "data": "recall", "samples": "40000", "length": "128", "epochs": "60",
            "learning_rate": "0.005",
        },
        seeds=1,
    ),
    "net": Study(
        "The nets on a chaotic signal",
        "a window of 16 samples is short of the delay of 17 that makes the signal",
        ("net=mlp,rnn,lstm,gru",),
        _QUICK,
        seeds=3,
    ),
    "length": Study(
        "How far back the gradient goes",
        "what lies further back than the gradient reaches is hardly ever learned",
        ("length=5,10,20,40",),
        {**_QUICK, "data": "recall", "lag": "20", "samples": "40000", "learning_rate": "0.005"},
        seeds=1,
    ),
}  # fmt: skip
