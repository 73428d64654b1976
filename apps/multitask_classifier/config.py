"""What multitask_classifier is, which options it has, and its ready-made studies."""

import dataclasses
from dataclasses import dataclass
from typing import Literal

from kerasuite.app import About, Config, Study, option_error


@dataclass(frozen=True)
class MultitaskClassifierConfig(Config):
    """Options of multitask_classifier."""

    tasks: Literal["pairs", "kinds"] = "pairs"
    """What to ask of labelled pictures: both of two that overlap, or garment and kind of it."""
    labels: tuple[str, ...] = ()
    """Label columns of an own table; left out, all but the pictures' column."""
    column: str = "picture"
    """Column of an own table that names the picture files."""
    arrangement: Literal["cross_residual", "shared", "separate"] = "cross_residual"
    """Branches that help each other, branches that only share their trunk, or nets of their own."""
    width: int = 16
    """Maps of the first stage; of separate nets, so many that all together are as large."""
    blocks: int = 3
    """Residual blocks a stage, of three stages."""
    branch_blocks: int | None = None
    """The last blocks of the third stage that each task has for itself; left out, all of them."""
    cross_weight: float = 0.1
    """Weight of what one task's branch adds to another's."""
    loss_weights: tuple[float, ...] = ()
    """Weight of each task's loss, in the tasks' order; left out, 1 each."""
    image_size: int | None = None
    """Side of the pictures in pixels; left out, the data set's own, or 32 for a table's."""
    augment: tuple[Literal["flip", "shift", "rotate", "scale"], ...] = ("shift",)
    """How training pictures vary at random (pairs are never flipped); alone, not at all."""
    optimizer: Literal["adam", "sgd"] = "adam"
    """Adam, or stochastic gradient descent with Nesterov momentum 0.9."""
    weight_decay: float = 0.0
    """Decoupled weight decay per step, as a fraction of the learning rate."""
    schedule: Literal["cosine", "constant"] = "cosine"
    """How the learning rate falls over the run."""
    limit: int | None = None
    """Use at most this many pictures of each split."""

    def check(self) -> None:
        super().check()
        for name, most in (("width", 256), ("blocks", 32)):
            if not 1 <= getattr(self, name) <= most:
                raise option_error(name, f"from 1 to {most}", getattr(self, name))
        if self.branch_blocks is not None and not 1 <= self.branch_blocks <= self.blocks:
            raise option_error("branch_blocks", "from 1 to --blocks", self.branch_blocks)
        for name in ("cross_weight", "weight_decay"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise option_error(name, "0 or more", getattr(self, name))
        if not all(0 <= w < float("inf") for w in self.loss_weights):
            raise option_error("loss_weights", "0 or more, one for each task", self.loss_weights)
        if self.image_size is not None and not 8 <= self.image_size <= 512:
            raise option_error("image_size", "from 8 to 512", self.image_size)
        if self.limit is not None and self.limit < 10:
            raise option_error("limit", "at least 10", self.limit)


ABOUT = About(
    title="Several questions about one picture",
    summary="Trains one net on several label sets at once, its branches helping each other",
    papers=(
        "B. Jou, S.-F. Chang: Deep Cross Residual Learning for Multitask Visual Recognition. "
        "ACM Multimedia 2016",
        "X. Lin et al.: Pareto Multi-Task Learning. NeurIPS 2019 (the overlapping pairs)",
    ),
    tags=("pictures", "classification", "several tasks"),
)

_DEFAULT = MultitaskClassifierConfig(epochs=8, batch_size=64, width=8, learning_rate=2e-3)

PRESETS: dict[str, Config] = {
    "default": _DEFAULT,
    "smoke": dataclasses.replace(
        _DEFAULT,
        width=4,
        blocks=1,
        epochs=2,
        batch_size=32,
        limit=320,
        augment=(),
        tensorboard=False,
    ),
    "full": dataclasses.replace(
        _DEFAULT, data="fashion_mnist", width=16, epochs=60, batch_size=128, weight_decay=5e-4
    ),
}

STUDIES: dict[str, Study] = {
    "halves": Study(
        "One net for both tasks against two nets of half its size",
        "whether tasks that are learned together help each other, at an equal number of weights",
        ("arrangement=separate,cross_residual,shared",),
        {
            "tensorboard": "false",
            "keep": "last",
            "tasks": "kinds",
            "data": "fashion_mnist",
            "limit": "20000",
            # Most weights are in the third stage: only where the tasks share most of it are nets
            # of half the size really smaller, 4 maps wide instead of 5.
            "width": "5",
            "blocks": "3",
            "branch_blocks": "1",
            "image_size": "20",
            "epochs": "6",
        },
    ),
}
