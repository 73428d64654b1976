"""What video_classifier is, which options it has, and its ready-made studies."""

import dataclasses
from dataclasses import dataclass
from typing import Literal

from kerasuite.app import About, Config, Expected, Study, option_error
from kerasuite.models import registry


@dataclass(frozen=True)
class VideoClassifierConfig(Config):
    """Options of video_classifier."""

    model: str = "c3d_small"
    """The net: c3d_small, or c3d in its published size."""
    width: int | None = None
    """Maps of c3d_small's first convolution, doubled twice; left out, the model's own."""
    frames: int = 16
    """Frames of a clip that the net sees, from the first to the last in even steps."""
    image_size: int = 32
    """Side of the frames in pixels."""
    colour: bool = False
    """See colours rather than grey."""
    order: Literal["natural", "shuffled", "still"] = "natural"
    """Show the frames in their order, shuffled, or one alone: what the motion is worth."""
    clips: int = 4000
    """How many training clips of moving emoji are made."""
    dropout: float = 0.0
    """Share of the last features dropped in training."""
    optimizer: Literal["adam", "sgd"] = "adam"
    """Adam, or stochastic gradient descent with Nesterov momentum 0.9."""
    weight_decay: float = 0.0
    """Decoupled weight decay per step, as a fraction of the learning rate."""
    schedule: Literal["cosine", "constant"] = "cosine"
    """How the learning rate falls over the run."""
    limit: int | None = None
    """Use at most this many clips of each split."""

    def check(self) -> None:
        super().check()
        if registry.spec(self.model).task != "classify_video":
            raise option_error("model", "a model that classifies clips", self.model)
        if self.width is not None and self.model != "c3d_small":
            raise option_error("width", "left out for models other than c3d_small", self.width)
        for name, low, high in (
            ("width", 1, 256),
            ("frames", 2, 256),
            ("image_size", 16, 512),
            ("clips", 80, 1_000_000),
            ("limit", 16, 1_000_000),
        ):
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise option_error(name, f"from {low} to {high}", value)
        if not 0 <= self.dropout < 1:
            raise option_error("dropout", "at least 0 and below 1", self.dropout)
        if not 0 <= self.weight_decay < float("inf"):
            raise option_error("weight_decay", "0 or more", self.weight_decay)


ABOUT = About(
    title="Clips into classes",
    summary="Trains C3D on things that move, or on your own GIFs, one folder a class",
    papers=(
        "D. Tran, L. Bourdev, R. Fergus, L. Torresani, M. Paluri: Learning Spatiotemporal "
        "Features with 3D Convolutional Networks. ICCV 2015 (arXiv 2014)",
    ),
    tags=("video", "classification", "convolution"),
    expected=(
        Expected(
            "accuracy",
            "kerasuite's own floor",
            {"data": None, "order": "natural"},
            at_least=0.95,
        ),
    ),
)

_DEFAULT = VideoClassifierConfig(width=8, epochs=12, batch_size=32, learning_rate=3e-3)

PRESETS: dict[str, Config] = {
    "default": _DEFAULT,
    "smoke": dataclasses.replace(
        _DEFAULT,
        width=4,
        frames=8,
        image_size=16,
        clips=160,
        limit=160,
        epochs=2,
        batch_size=16,
        tensorboard=False,
    ),
    "full": dataclasses.replace(
        _DEFAULT,
        model="c3d",
        width=None,
        image_size=112,
        colour=True,
        clips=50_000,
        dropout=0.5,
        optimizer="sgd",
        learning_rate=3e-3,
        batch_size=30,
        epochs=13,
    ),
}

STUDIES: dict[str, Study] = {
    "motion": Study(
        "Frames in order, shuffled, and one alone",
        "one frame tells nothing of the action, and without their order frames tell along which "
        "axis it goes at best, never which way",
        ("order=natural,shuffled,still",),
        {"tensorboard": "false", "epochs": "6"},
    ),
}
