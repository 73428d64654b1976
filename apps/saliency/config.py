"""What saliency is and which options it has."""

import dataclasses
from dataclasses import dataclass
from typing import Literal

from kerasuite.app import About, Config, option_error


@dataclass(frozen=True)
class SaliencyConfig(Config):
    """Options of saliency."""

    data: str | None = None
    """emoji_scenes (left out: that), tuxpaint_scenes, or a folder with images/ and maps/."""
    epochs: int = 10
    """Passes over the training pictures, --pretraining among them."""
    batch_size: int = 16
    """Pictures per step."""
    keep: Literal["best", "last"] = "last"
    """Which epoch's weights to keep: the best on validation data, or the last."""
    learning_rate: float = 4e-3
    """Step size of the net's optimizer at its highest."""
    pretraining: int = 8
    """Epochs before the discriminator is listened to; as many as --epochs: cross-entropy alone."""
    head_start: int = 2
    """In how many of these the discriminator learns already, the last ones."""
    discriminator_rate: float = 1e-3
    """Step size of the discriminator's optimizer."""
    content: float = 400.0
    """Weight of the cross-entropy beside the adversarial loss's 1; see the README."""
    cell: int = 1
    """Side in pixels of the squares whose means the cross-entropy compares; the paper's is 4."""
    adversarial_loss: Literal["non_saturating", "least_squares", "hinge", "wasserstein"] = (
        "non_saturating"
    )
    """Name of the adversarial loss."""
    gradient_penalty: float = 10.0
    """Weight of the penalty on the discriminator's slope; 0 for none."""
    ema: float = 0.98
    """How much of the averaged net, which answers, stays at each step; 0 for none."""
    width: int = 16
    """Maps of the net's first convolution, 64 in the paper."""
    depth: int = 4
    """Blocks of the net, each at half the size of the one before; 5 in the paper."""
    batch_norm: bool = True
    """Normalize after each convolution, for nets that begin with nothing learned."""
    image_size: int = 64
    """Side in pixels of the pictures that the net sees; maps are brought back to any size."""
    augment: bool = True
    """Mirror half of the training pictures."""
    limit: int | None = None
    """Use at most this many pictures of each split."""

    def check(self) -> None:
        super().check()
        if self.width < 1:
            raise option_error("width", "a whole number of at least 1", self.width)
        if not 1 <= self.depth <= 5:
            raise option_error("depth", "from 1 to 5", self.depth)
        if self.image_size % 16 or not 16 <= self.image_size <= 512:
            raise option_error("image_size", "a multiple of 16 from 16 to 512", self.image_size)
        if not 0 <= self.pretraining <= self.epochs:
            expected = f"from 0 to --epochs {self.epochs}"
            raise option_error("pretraining", expected, self.pretraining)
        if self.head_start < 0:
            raise option_error("head_start", "0 or more", self.head_start)
        if not 0 <= self.content < float("inf"):
            raise option_error("content", "0 or more", self.content)
        if self.cell not in (1, 2, 4, 8, 16):
            raise option_error("cell", "1, 2, 4, 8 or 16", self.cell)
        if not 0 <= self.gradient_penalty < float("inf"):
            raise option_error("gradient_penalty", "0 or more", self.gradient_penalty)
        if not 0 <= self.ema < 1:
            raise option_error("ema", "at least 0 and below 1", self.ema)
        if not 0 < self.discriminator_rate < float("inf"):
            raise option_error("discriminator_rate", "a number above 0", self.discriminator_rate)
        if self.limit is not None and self.limit < 1:
            raise option_error("limit", "at least 1", self.limit)


ABOUT = About(
    title="Where people look",
    summary="Trains SalGAN to say where people look in a picture: on composed scenes with a stated "
    "model of eyes, or your own maps",
    papers=(
        "J. Pan, C. Canton-Ferrer, K. McGuinness and others: SalGAN: Visual Saliency Prediction "
        "with Generative Adversarial Networks. 2017",
    ),
    tags=("pictures", "saliency", "adversarial"),
)

_DEFAULT = SaliencyConfig()

PRESETS: dict[str, Config] = {
    "default": _DEFAULT,
    "smoke": dataclasses.replace(
        _DEFAULT,
        width=8,
        depth=2,
        image_size=32,
        epochs=4,
        pretraining=4,
        limit=64,
        tensorboard=False,
    ),
    "small": dataclasses.replace(_DEFAULT, image_size=32),
    "full": dataclasses.replace(
        _DEFAULT,
        data="tuxpaint_scenes",
        width=64,
        depth=5,
        image_size=192,
        epochs=120,
        pretraining=60,
        cell=4,
        learning_rate=3e-4,
    ),
}
