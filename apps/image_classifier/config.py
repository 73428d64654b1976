"""What image_classifier is and which options it has."""

import dataclasses
from dataclasses import dataclass
from typing import Literal

from kerasuite.app import About, Config, Expected, Study, option_error
from kerasuite.models import registry


@dataclass(frozen=True)
class ImageClassifierConfig(Config):
    """Options of image_classifier."""

    model: str = "small_cnn"
    """The net: any that `kerasuite models` lists."""
    tags: str | None = None
    """Column of the tags in an own table of pictures (CSV, TSV, Parquet, JSON lines), which are
    separated by ; or |. Catalogue sets know whether they have tags."""
    pretrained: str | None = None
    """Begin with learned weights: imagenet (for mobilenet_v2 and efficientnet_lite0 to 2), or the
    folder of an earlier run."""
    frozen_epochs: int = 5
    """With --pretrained: epochs in which a new last layer learns alone, at --learning-rate."""
    fine_tune_rate: float = 1e-4
    """With --pretrained: the learning rate afterwards, at its highest."""
    fine_tune_share: float = 1.0
    """With --pretrained: share of the net's layers, from the top, that learn afterwards."""
    pooling: Literal["max", "average", "l2", "stochastic"] | None = None
    """How maps shrink between convolutions, for the nets that offer it; left out, the net's own."""
    image_size: int | None = None
    """Side of the pictures in pixels; left out, the data set's own, or what suits the model."""
    augment: tuple[Literal["flip", "shift", "rotate", "scale"], ...] = ("flip", "shift")
    """How training pictures vary at random (digits are never flipped); alone, not at all."""
    optimizer: Literal["adam", "sgd"] = "adam"
    """Adam, or stochastic gradient descent with Nesterov momentum 0.9."""
    schedule: Literal["cosine", "constant", "steps"] = "cosine"
    """How the learning rate falls over the run; steps: to a tenth after a third of it, and again
    after two thirds."""
    warmup: int = 0
    """Epochs over which the learning rate first rises to its highest."""
    label_smoothing: float = 0.0
    """Share of each label that is spread over all classes."""
    mixup: float = 0.0
    """Mix pictures and labels in pairs: alpha of the shares' Beta distribution; 0 for none."""
    test_time: tuple[Literal["flip", "shift"], ...] = ()
    """Answer for several views of a picture and average them; the SavedModel does so too."""
    weight_decay: float = 0.0
    """Decoupled weight decay per step, as a fraction of the learning rate."""
    dropout: float = 0.0
    """Share of the last features dropped in training, for the nets that offer it."""
    limit: int | None = None
    """Use at most this many pictures of each split."""
    train_limit: int | None = None
    """Use at most this many training pictures; validation and test pictures stay all."""

    def check(self) -> None:
        super().check()
        if registry.spec(self.model).task != "classify":
            raise option_error("model", "a model that classifies", self.model)
        if self.image_size is not None and not 8 <= self.image_size <= 1024:
            raise option_error("image_size", "between 8 and 1024", self.image_size)
        if not 0 <= self.dropout < 1:
            raise option_error("dropout", "at least 0 and below 1", self.dropout)
        if not 0 <= self.label_smoothing < 1:
            raise option_error("label_smoothing", "at least 0 and below 1", self.label_smoothing)
        if not 0 <= self.mixup < float("inf"):
            raise option_error("mixup", "0 or more", self.mixup)
        if not 0 <= self.warmup < self.epochs:
            raise option_error("warmup", "fewer than --epochs", self.warmup)
        self._check_transfer()
        if self.tags is not None and self.data is None:
            raise option_error("tags", "given with --data, a table of your own", self.tags)
        if self.weight_decay < 0:
            raise option_error("weight_decay", "0 or more", self.weight_decay)
        for name in ("limit", "train_limit"):
            if (value := getattr(self, name)) is not None and value < 10:
                raise option_error(name, "at least 10", value)

    def _check_transfer(self) -> None:
        if not 0 <= self.fine_tune_rate < float("inf"):
            raise option_error("fine_tune_rate", "0 or more", self.fine_tune_rate)
        if not 0 < self.fine_tune_share <= 1:
            raise option_error("fine_tune_share", "above 0 and at most 1", self.fine_tune_share)
        if self.frozen_epochs < 0:
            raise option_error("frozen_epochs", "0 or more", self.frozen_epochs)
        if self.pretrained is None:
            return
        if self.frozen_epochs > self.epochs:
            raise option_error("frozen_epochs", "at most --epochs", self.frozen_epochs)
        if self.warmup:
            raise option_error("warmup", "0 with --pretrained, which starts slowly", self.warmup)


_SUITE = "kerasuite's own floor"

ABOUT = About(
    title="Pictures into classes or tags",
    summary="Trains LeNet-5 and other nets on any folder of pictures, one folder a class, or on "
    "pictures with tags; from scratch or from ImageNet's weights",
    papers=(
        "Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: Gradient-Based Learning Applied to Document "
        "Recognition. Proceedings of the IEEE 86(11), 1998",
        "M. Zeiler, R. Fergus: Stochastic Pooling for Regularization of Deep Convolutional Neural "
        "Networks. ICLR 2013",
        "M. Sandler, A. Howard, M. Zhu, A. Zhmoginov, L.-C. Chen: MobileNetV2: Inverted Residuals "
        "and Linear Bottlenecks. CVPR 2018",
    ),
    tags=("pictures", "classification", "tagging", "convolution", "transfer learning"),
    expected=(
        Expected("accuracy", _SUITE, {"data": "mnist", "model": "lenet5"}, at_least=0.99),
        Expected("accuracy", _SUITE, {"data": "mnist", "model": "lenet5_1998"}, at_least=0.99),
        Expected("accuracy", _SUITE, {"data": "fashion_mnist", "model": "lenet5"}, at_least=0.895),
        Expected("accuracy", _SUITE, {"data": "mnist", "model": "resnet20"}, at_least=0.995),
        Expected(
            "accuracy", _SUITE, {"data": "fashion_mnist", "model": "small_cnn"}, at_least=0.925
        ),
        Expected("accuracy", _SUITE, {"data": "fashion_mnist", "model": "resnet20"}, at_least=0.93),
        Expected(
            "accuracy",
            _SUITE,
            {"data": "fashion_mnist", "model": "densenetbc40_12"},
            at_least=0.925,
        ),
        Expected(
            "mean_average_precision",
            _SUITE,
            {"data": "emoji_tags", "model": "small_cnn", "epochs": 20, "limit": None},
            at_least=0.3,
        ),
    ),
)

_DEFAULT = ImageClassifierConfig(epochs=15)

PRESETS: dict[str, Config] = {
    "default": _DEFAULT,
    "smoke": dataclasses.replace(
        _DEFAULT, model="lenet5", epochs=2, batch_size=32, limit=320, augment=()
    ),
    "full": dataclasses.replace(_DEFAULT, data="fashion_mnist", epochs=30, learning_rate=2e-3),
    # As ResNet, ResNeXt and DenseNet were trained, but for random crops of the files' pictures. An
    # L2 of 1e-4 under a momentum of 0.9 decays weights as much as this.
    "imagenet": dataclasses.replace(
        _DEFAULT,
        data="./imagenet",
        model="resnext50_32x4d",
        image_size=224,
        epochs=90,
        batch_size=256,
        augment=("flip", "shift", "scale"),
        optimizer="sgd",
        learning_rate=0.1,
        schedule="steps",
        weight_decay=1e-3,
    ),
    "tags": dataclasses.replace(
        _DEFAULT,
        data="emoji_tags",
        image_size=48,
        epochs=20,
        batch_size=32,
        learning_rate=2e-3,
        augment=("shift",),
    ),
}

# Without TensorBoard and its logs a short run is a good deal shorter.
_QUICK = {"tensorboard": "false"}

STUDIES: dict[str, Study] = {
    "transfer": Study(
        "Weights learned from ImageNet against random ones, on 600 pictures",
        "what was learned from a million photographs serves drawings of another kind, when they "
        "are few",
        ("pretrained=None,imagenet",),
        {
            **_QUICK,
            "model": "mobilenet_v2",
            "data": "noto_emoji",
            "image_size": "64",
            "limit": "600",
            "batch_size": "32",
            "epochs": "8",
            "frozen_epochs": "4",
            "augment": "",
        },
    ),
    "cardinality": Study(
        "Groups against width, at equal size",
        "of two nets with as many weights, the one whose bottlenecks are many narrow groups is "
        "better than the one with a single group",
        ("model=resnext20_1x32d,resnext20_4x12d",),
        {
            **_QUICK,
            "data": "fashion_mnist",
            "image_size": "20",
            "epochs": "8",
            "batch_size": "64",
            "optimizer": "sgd",
            "learning_rate": "0.1",
            "weight_decay": "5e-3",
            "warmup": "1",
            "precision": "mixed_bfloat16",
        },
    ),
    "pooling": Study(
        "Pooling without augmentation",
        "stochastic pooling keeps a net from learning its training pictures by heart",
        ("pooling=max,average,stochastic",),
        {
            **_QUICK,
            "model": "zeiler_cnn",
            "data": "mnist",
            "train_limit": "1000",
            "augment": "",
            "epochs": "30",
            "batch_size": "32",
            "precision": "mixed_bfloat16",
        },
    ),
}
