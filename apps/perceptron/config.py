"""What perceptron is and which options it has."""

import dataclasses
from dataclasses import dataclass
from typing import Literal

from kerasuite.app import About, Config, Expected, option_error

GATES = ("and", "or", "xor")


@dataclass(frozen=True)
class PerceptronConfig(Config):
    """Options of perceptron."""

    data: str | None = "separable"
    """and, or, xor, separable, circles, or the path of a CSV file with columns x1, x2, label."""
    epochs: int = 40
    """Passes over the training data."""
    batch_size: int = 16
    """Examples per step; rosenblatt and adaline go through them one by one whatever it is."""
    learning_rate: float = 0.05
    """Step size; it only scales the weights of rosenblatt."""
    keep: Literal["best", "last"] = "last"
    """Which epoch's weights to keep: the best on validation data, or the last."""
    rule: Literal["mcculloch_pitts", "rosenblatt", "adaline", "mlp"] = "rosenblatt"
    """How it learns: not at all (wired gates), error correction, least mean squares, backprop."""
    hidden_units: tuple[int, ...] = (8,)
    """Units of each hidden layer of the MLP."""
    activation: Literal["tanh", "sigmoid", "relu"] = "tanh"
    """Activation of the hidden layers of the MLP."""
    momentum: float = 0.9
    """Share of its last step that the MLP goes on with."""
    points: int = 200
    """How many points to make."""
    noise: float = 0.15
    """How far made points lie from their corner or circle at most."""
    margin: float = 0.02
    """How far the points of separable keep from the line between the classes."""

    def check(self) -> None:
        super().check()
        if self.points < 12:
            raise option_error("points", "at least 12", self.points)
        if not 0 <= self.noise < 0.5:
            raise option_error("noise", "at least 0 and below 0.5", self.noise)
        if not 0 < self.margin <= 0.5:
            raise option_error("margin", "above 0 and at most 0.5", self.margin)
        if not 0 <= self.momentum < 1:
            raise option_error("momentum", "at least 0 and below 1", self.momentum)
        if any(units < 1 for units in self.hidden_units):
            raise option_error("hidden_units", "whole numbers of at least 1", self.hidden_units)
        if self.rule == "mcculloch_pitts" and self.data not in GATES:
            gates = ", ".join(GATES)
            raise option_error("data", f"one of {gates} with --rule mcculloch_pitts", self.data)


_SEPARABLE = "Novikoff 1962: separable data is learned without a mistake left"
_XOR = "Minsky & Papert 1969: no line is right on more than three corners"

ABOUT = About(
    title="The first neurons",
    summary="McCulloch-Pitts gates, Rosenblatt's perceptron, Adaline and the MLP, on the plane",
    papers=(
        "W. McCulloch, W. Pitts: A Logical Calculus of the Ideas Immanent in Nervous Activity. "
        "Bulletin of Mathematical Biophysics 5, 1943",
        "F. Rosenblatt: The Perceptron: A Probabilistic Model for Information Storage and "
        "Organization in the Brain. Psychological Review 65(6), 1958",
        "B. Widrow, M. Hoff: Adaptive Switching Circuits. IRE WESCON Convention Record 4, 1960",
        "A. Novikoff: On Convergence Proofs on Perceptrons. Symposium on the Mathematical Theory "
        "of Automata, 1962",
        "D. Rumelhart, G. Hinton, R. Williams: Learning Representations by Back-Propagating "
        "Errors. Nature 323, 1986",
    ),
    tags=("points", "classification", "history"),
    expected=(
        Expected(
            "train_mistakes", _SEPARABLE, {"rule": "rosenblatt", "data": "separable"}, at_most=0
        ),
        Expected("accuracy", _XOR, {"rule": "rosenblatt", "data": "xor"}, at_most=0.75),
        Expected("accuracy", _XOR, {"rule": "adaline", "data": "xor"}, at_most=0.75),
        Expected("accuracy", "two layers compute it", {"rule": "mlp", "data": "xor"}, at_least=1),
        Expected("accuracy", "wired gates", {"rule": "mcculloch_pitts"}, at_least=1),
    ),
)

_DEFAULT = PerceptronConfig()

PRESETS: dict[str, Config] = {
    "default": _DEFAULT,
    "smoke": dataclasses.replace(_DEFAULT, epochs=8, points=100, margin=0.05),
    "full": dataclasses.replace(_DEFAULT, epochs=200, points=1000, margin=0.005),
    "gates": dataclasses.replace(_DEFAULT, rule="mcculloch_pitts", data="xor"),
    "adaline": dataclasses.replace(_DEFAULT, rule="adaline", data="and", learning_rate=0.005),
    "xor": dataclasses.replace(_DEFAULT, rule="mlp", data="xor", epochs=60),
}
