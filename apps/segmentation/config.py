"""What segmentation is and which options it has."""

import dataclasses
from dataclasses import dataclass
from typing import Literal

from kerasuite.app import About, Config, Expected, option_error
from kerasuite.models import registry

ENCODER_UNET = "unet_mobilenet_v2"


@dataclass(frozen=True)
class SegmentationConfig(Config):
    """Options of segmentation."""

    model: str = "unet_small"
    """The net: unet_small, unet in its published size (always with padding), unet_mobilenet_v2."""
    pretrained: Literal["imagenet"] | None = None
    """Begin unet_mobilenet_v2's way down with learned weights (fetched once) and hold them."""
    fine_tune: bool = False
    """Let the pretrained weights learn as well, all but their batch norms."""
    depth: int | None = None
    """How often the net halves the picture; left out, the model's own."""
    width: int | None = None
    """Feature maps of the net's first floor, doubled on each below; left out, the model's own."""
    target: Literal["classes", "foreground"] = "classes"
    """What to tell apart: all classes of the data, or only things from the background."""
    image_size: int = 64
    """Side in pixels of the pictures that the net sees; answers are brought back to any size."""
    augment: tuple[Literal["flip", "shift", "rotate", "scale", "colour", "exchange"], ...] = (
        "flip",
        "scale",
        "colour",
    )
    """How training pictures vary at random (exchange: of colour channels); alone, not at all."""
    dice: float = 1.0
    """Weight of the Dice loss beside the cross-entropy's 1; 0 for cross-entropy alone."""
    schedule: Literal["cosine", "constant"] = "cosine"
    """How the learning rate falls over the run."""
    limit: int | None = None
    """Use at most this many pictures of each split."""

    def check(self) -> None:
        super().check()
        if registry.spec(self.model).task != "segment":
            raise option_error("model", "a model that segments", self.model)
        if self.pretrained and self.model != ENCODER_UNET:
            raise option_error("pretrained", f"used with --model {ENCODER_UNET}", self.model)
        if self.fine_tune and not self.pretrained:
            raise option_error("fine_tune", "used together with --pretrained", self.fine_tune)
        for name, most in (("depth", 8), ("width", 1024)):
            value = getattr(self, name)
            if value is not None and not 1 <= value <= most:
                raise option_error(name, f"from 1 to {most}", value)
        if not 16 <= self.image_size <= 1024:
            raise option_error("image_size", "from 16 to 1024", self.image_size)
        if not 0 <= self.dice < float("inf"):
            raise option_error("dice", "0 or more", self.dice)
        if self.limit is not None and self.limit < 1:
            raise option_error("limit", "at least 1", self.limit)


_SUITE = "kerasuite's own floor"
_PHOTOGRAPHS = {"data": "tuxpaint_scenes", "target": "foreground"}

ABOUT = About(
    title="A class for every pixel",
    summary="Trains U-Net to cut things out of pictures, with your own masks or composed scenes",
    papers=(
        "O. Ronneberger, P. Fischer, T. Brox: U-Net: Convolutional Networks for Biomedical Image "
        "Segmentation. MICCAI 2015",
    ),
    tags=("pictures", "segmentation", "convolution"),
    expected=(
        Expected("mean_iou", _SUITE, _PHOTOGRAPHS, at_least=0.85),
        Expected("foreground_iou", _SUITE, _PHOTOGRAPHS, at_least=0.85),
    ),
)

_DEFAULT = SegmentationConfig(epochs=15, batch_size=16, learning_rate=2e-3)

PRESETS: dict[str, Config] = {
    "default": _DEFAULT,
    "smoke": dataclasses.replace(
        _DEFAULT,
        depth=2,
        width=8,
        image_size=32,
        epochs=2,
        batch_size=8,
        limit=48,
        tensorboard=False,
    ),
    "photographs": dataclasses.replace(
        _DEFAULT,
        data="tuxpaint_scenes",
        target="foreground",
        model=ENCODER_UNET,
        pretrained="imagenet",
        image_size=128,
        epochs=10,
        precision="mixed_bfloat16",
        augment=("flip", "rotate", "scale", "colour", "exchange"),
    ),
    "full": dataclasses.replace(
        _DEFAULT,
        data="tuxpaint_scenes",
        model="unet",
        image_size=256,
        epochs=60,
        learning_rate=3e-4,
        augment=("flip", "shift", "rotate", "scale", "colour", "exchange"),
    ),
}
