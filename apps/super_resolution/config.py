"""What super_resolution is and which options it has."""

import dataclasses
from dataclasses import dataclass
from typing import Literal

from kerasuite.app import About, Config, Expected, option_error


@dataclass(frozen=True)
class SuperResolutionConfig(Config):
    """Options of super_resolution."""

    data: str | None = None
    """noto_emoji (left out: that), twemoji, photographs, or a folder of pictures."""
    epochs: int = 30
    """Passes over the training pictures, --pretraining among them."""
    batch_size: int = 16
    """Squares per step."""
    learning_rate: float = 1e-3
    """Step size at its highest; of srgan's pretraining alone."""
    method: Literal["srresnet", "srgan"] = "srresnet"
    """srresnet learns the squared difference; srgan that, then against a discriminator."""
    scale: Literal[2, 4] = 4
    """How many times as high and wide pictures become."""
    patch: int = 64
    """Side of the squares that are learned from, in pixels of the large pictures."""
    width: int = 32
    """Maps of the convolutions, 64 in the paper."""
    blocks: int = 8
    """Residual blocks, 16 in the paper."""
    residual: bool = False
    """Learn the difference from the bicubic enlargement alone."""
    pretraining: int = 20
    """srgan: epochs of squared difference before the discriminator comes in."""
    adversarial_rate: float = 1e-4
    """srgan: step size of both optimizers after the pretraining, at its highest."""
    adversarial: float = 1e-3
    """srgan: weight of the adversarial loss."""
    content: float = 1.0
    """srgan: weight of the difference of features."""
    pixels: float = 1.0
    """srgan: weight of the difference of colours."""
    augment: bool = True
    """Mirror half of the training squares."""
    judge_epochs: int = 8
    """Passes over the training squares of the classifiers whose features are compared."""
    limit: int | None = None
    """Use at most this many pictures of each split."""

    def check(self) -> None:
        super().check()
        least = {"width": 1, "blocks": 1, "judge_epochs": 1, "pretraining": 0}
        for name, low in least.items():
            if (value := getattr(self, name)) < low:
                raise option_error(name, f"a whole number of at least {low}", value)
        for name in ("adversarial", "content", "pixels"):
            if not 0 <= (value := getattr(self, name)) < float("inf"):
                raise option_error(name, "0 or more", value)
        if not 0 < self.adversarial_rate < float("inf"):
            raise option_error("adversarial_rate", "a number above 0", self.adversarial_rate)
        if self.patch % 16 or not 32 <= self.patch <= 512:
            raise option_error("patch", "a multiple of 16 from 32 to 512", self.patch)
        if self.method == "srgan" and self.pretraining >= self.epochs:
            raise option_error("pretraining", f"below --epochs {self.epochs}", self.pretraining)
        if self.limit is not None and self.limit < 1:
            raise option_error("limit", "at least 1", self.limit)


ABOUT = About(
    title="Larger pictures",
    summary="Makes pictures two or four times as high and wide: SRResNet and SRGAN, on emoji, "
    "photographs or your own pictures, against bicubic and Lanczos interpolation",
    papers=(
        "C. Ledig, L. Theis, F. Huszár and others: Photo-Realistic Single Image Super-Resolution "
        "Using a Generative Adversarial Network. CVPR 2017",
        "W. Shi, J. Caballero, F. Huszár and others: Real-Time Single Image and Video "
        "Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural Network. CVPR 2016",
    ),
    tags=("pictures", "super-resolution", "adversarial"),
    expected=(
        Expected(
            "psnr_above_bicubic",
            "the suite's goal for emoji, 16x16 to 64x64",
            {"data": None, "scale": 4, "method": "srresnet"},
            at_least=1.5,
        ),
        Expected(
            "psnr_above_bicubic",
            "the suite's goal for photographs",
            {"data": "photographs", "method": "srresnet"},
            at_least=0.0,
        ),
    ),
)

_DEFAULT = SuperResolutionConfig()
_SMALL = dataclasses.replace(_DEFAULT, blocks=4, epochs=16, residual=True)

PRESETS: dict[str, Config] = {
    "default": _DEFAULT,
    "smoke": dataclasses.replace(
        _DEFAULT,
        width=8,
        blocks=1,
        residual=True,
        epochs=2,
        limit=40,
        scale=2,
        patch=32,
        judge_epochs=1,
        tensorboard=False,
    ),
    "small": _SMALL,
    "photographs": dataclasses.replace(
        _SMALL, data="photographs", patch=48, epochs=12, learning_rate=3e-4
    ),
    "srgan": dataclasses.replace(_SMALL, method="srgan", epochs=16, pretraining=10, keep="last"),
    "full": dataclasses.replace(
        _DEFAULT,
        data="photographs",
        method="srgan",
        patch=96,
        width=64,
        blocks=16,
        epochs=4000,
        pretraining=3000,
        learning_rate=1e-4,
        keep="last",
    ),
}
