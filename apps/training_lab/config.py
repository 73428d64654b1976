"""What training_lab is, which options it has, and its ready-made studies."""

import dataclasses
from dataclasses import dataclass
from typing import Literal

from kerasuite.app import About, Config, Study, option_error


@dataclass(frozen=True)
class TrainingLabConfig(Config):
    """Options of training_lab: each is an axis that can be swept over."""

    epochs: int = 10
    """Passes over the training data."""
    batch_size: int = 64
    """Examples per step; rprop wants all of them (5,400 of the embedded set)."""
    learning_rate: float = 0.01
    """Step size; of rprop the first one. Adam and RMSprop want about a tenth of SGD's."""
    keep: Literal["best", "last"] = "last"
    """Which epoch's weights to keep: the best on validation data, or the last."""
    net: Literal["mlp", "cnn"] = "mlp"
    """Fully connected layers, or convolutions of 3x3."""
    depth: int = 4
    """Hidden layers after the first one."""
    width: int = 64
    """Units, or maps, of each hidden layer."""
    residual: bool = False
    """Add to the output of every two hidden layers their input."""
    activation: Literal[
        "sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus"
    ] = "relu"
    """Activation of the hidden layers."""
    initializer: Literal[
        "he_normal", "he_uniform", "glorot_normal", "glorot_uniform", "lecun_normal",
        "small_normal", "unit_normal",
    ] = "he_normal"  # fmt: skip
    """Start of the weights; small_normal has a standard deviation of 0.01, unit_normal of 1."""
    batch_norm: bool = False
    """Normalise each hidden layer over the batch, before its activation."""
    dropout: float = 0.0
    """Share of each hidden layer dropped in training."""
    augment: tuple[Literal["flip", "shift", "rotate", "scale"], ...] = ()
    """How training pictures vary at random; alone, not at all."""
    pooling: Literal["max", "average", "stride", "none"] = "max"
    """How the maps of the cnn shrink, twice; stride leaves out every second place."""
    loss: Literal["cross_entropy", "l2"] = "cross_entropy"
    """Cross-entropy, or half the squared distance to the one-hot code."""
    optimizer: Literal["sgd", "momentum", "nesterov", "rprop", "adagrad", "rmsprop", "adam"] = (
        "momentum"
    )
    """How steps follow from gradients."""
    momentum: float = 0.9
    """Share of the last step that momentum and nesterov go on with."""
    limit: int | None = None
    """Use at most this many pictures of each split."""

    def check(self) -> None:
        super().check()
        for name, low in (("depth", 0), ("width", 1)):
            if (value := getattr(self, name)) < low:
                raise option_error(name, f"a whole number of at least {low}", value)
        if self.residual and self.depth % 2:
            raise option_error("depth", "even with --residual, which skips two layers", self.depth)
        for name in ("dropout", "momentum"):
            if not 0 <= (value := getattr(self, name)) < 1:
                raise option_error(name, "at least 0 and below 1", value)
        if self.limit is not None and self.limit < 10:
            raise option_error("limit", "at least 10", self.limit)


ABOUT = About(
    title="The training lab",
    summary="Sweeps one choice of training at a time over seeds, and draws the comparison",
    papers=(
        "M. Riedmiller, H. Braun: A Direct Adaptive Method for Faster Backpropagation Learning: "
        "The RPROP Algorithm. ICNN 1993",
        "X. Glorot, Y. Bengio: Understanding the Difficulty of Training Deep Feedforward Neural "
        "Networks. AISTATS 2010",
        "V. Nair, G. Hinton: Rectified Linear Units Improve Restricted Boltzmann Machines. "
        "ICML 2010",
        "J. Duchi, E. Hazan, Y. Singer: Adaptive Subgradient Methods for Online Learning and "
        "Stochastic Optimization. JMLR 12, 2011",
        "N. Srivastava et al.: Dropout: A Simple Way to Prevent Neural Networks from Overfitting. "
        "JMLR 15, 2014",
        "D. Kingma, J. Ba: Adam: A Method for Stochastic Optimization. ICLR 2015",
        "S. Ioffe, C. Szegedy: Batch Normalization. ICML 2015",
        "K. He, X. Zhang, S. Ren, J. Sun: Delving Deep into Rectifiers. ICCV 2015",
        "K. He, X. Zhang, S. Ren, J. Sun: Deep Residual Learning for Image Recognition. CVPR 2016",
    ),
    tags=("pictures", "comparison", "training"),
)

_DEFAULT = TrainingLabConfig()

PRESETS: dict[str, Config] = {
    "default": _DEFAULT,
    "smoke": dataclasses.replace(_DEFAULT, epochs=3, batch_size=32, limit=320),
    "full": dataclasses.replace(_DEFAULT, data="fashion_mnist", epochs=30),
    "cnn": dataclasses.replace(_DEFAULT, net="cnn", depth=4, width=16, batch_norm=True),
}

# Without TensorBoard and its logs a short run is a good deal shorter.
_QUICK = {"tensorboard": "false", "epochs": "5"}
_DEEP = {**_QUICK, "depth": "8"}

STUDIES: dict[str, Study] = {
    "activation": Study(
        "Activations in a deep net",
        "sigmoid units stall where ReLU units learn: their slope is a quarter at most, and eight "
        "layers multiply it",
        ("activation=sigmoid,tanh,relu,leaky_relu",),
        {**_DEEP, "initializer": "glorot_uniform"},
    ),
    "depth": Study(
        "Plain against residual nets",
        "plain nets get worse with depth, on the training data too, and residual ones hardly do",
        ("depth=8,40", "residual=false,true"),
        {**_QUICK, "batch_norm": "true", "width": "32"},
    ),
    "initializer": Study(
        "How the weights begin",
        "Xavier's and He's variances keep the signal alive through all layers; small weights "
        "lose it",
        ("initializer=he_normal,glorot_normal,small_normal",),
        _DEEP,
    ),
    "optimizer": Study(
        "Optimizers at one learning rate each",
        "momentum and the adaptive methods learn much faster than plain SGD",
        ("optimizer=sgd,momentum,nesterov,adagrad,rmsprop,adam",),
        {**_QUICK, "learning_rate": "0.002"},
    ),
    "rprop": Study(
        "Rprop against plain gradient descent, on the whole set at once",
        "signs alone, with a step size for each weight, beat the gradient itself",
        ("optimizer=sgd,momentum,rprop",),
        {"tensorboard": "false", "epochs": "40", "batch_size": "5400"},
    ),
    "learning_rate": Study(
        "Learning rates",
        "too small is slow, too large diverges",
        ("learning_rate=0.0003,0.003,0.03,0.3",),
        _QUICK,
    ),
    "loss": Study(
        "Squared error against cross-entropy",
        "the squared error learns more slowly: its gradient fades where a wrong answer is sure",
        ("loss=l2,cross_entropy",),
        _QUICK,
    ),
    "batch_norm": Study(
        "Batch normalisation in a deep sigmoid net",
        "normalised, even sigmoid units pass their gradients on",
        ("batch_norm=false,true",),
        {**_DEEP, "activation": "sigmoid", "initializer": "glorot_uniform"},
    ),
    "dropout": Study(
        "Dropout on little data",
        "dropping units narrows the gap between training and validation",
        ("dropout=0,0.2,0.5",),
        {"tensorboard": "false", "epochs": "20", "limit": "1000", "width": "128", "depth": "2"},
    ),
    "augment": Study(
        "Augmentation of the pictures",
        "varied pictures are learned by heart more slowly",
        ("augment=,flip,flip+shift",),
        {"tensorboard": "false", "epochs": "8", "net": "cnn", "width": "16", "depth": "2"},
    ),
    "pooling": Study(
        "How the maps shrink",
        "maximum, average, strides, or not at all",
        ("pooling=max,average,stride,none",),
        {**_QUICK, "net": "cnn", "width": "16", "depth": "2"},
    ),
}
