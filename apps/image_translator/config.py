"""What image_translator is and which options it has."""

import dataclasses
from dataclasses import dataclass
from typing import Literal

from kerasuite.app import About, Config, option_error


@dataclass(frozen=True)
class ImageTranslatorConfig(Config):
    """Options of image_translator."""

    data: str | None = None
    """edges_emoji (left out: that), noto_twemoji, or a folder with A/ and B/, or with pictures
    of two halves side by side."""
    epochs: int = 20
    """Passes over the training pictures."""
    batch_size: int = 8
    """Pictures of each kind per step."""
    learning_rate: float = 2e-4
    """Step size of both optimizers at its highest."""
    method: Literal["pix2pix", "cyclegan"] = "pix2pix"
    """From pairs, or without: cyclegan is never told which pictures belong together."""
    width: int = 32
    """Maps of each net's first convolution, 64 in the papers."""
    blocks: int = 6
    """Residual blocks of cyclegan's generators; the paper has 6 for 128x128, 9 for 256x256."""
    skip: bool = False
    """cyclegan: the generators learn what to change in a picture, beginning with nothing."""
    patch: Literal[1, 16, 70, 286] = 16
    """Side of the patches that the discriminator tells apart; 16 for 64x64 is 70 for 256x256."""
    l1: float = 100.0
    """pix2pix: weight of the difference from the wanted picture."""
    adversarial: float = 1.0
    """pix2pix: weight of the adversarial loss; 0 learns from the difference alone."""
    cycle: float = 5.0
    """cyclegan: weight of the difference after there and back (the paper's 10, see README)."""
    identity: float = 0.5
    """cyclegan: weight, as a share of --cycle, of leaving alone what is of the right kind."""
    pool: int = 50
    """cyclegan: how many made pictures its discriminators are shown again."""
    image_size: int = 64
    """Side of the pictures in pixels, a multiple of 16."""
    augment: bool = True
    """Move and mirror training pictures at random."""
    judge_epochs: int = 8
    """Passes over the wanted training pictures of the classifier that made ones are measured by."""
    limit: int | None = None
    """Use at most this many pictures of each split."""

    def check(self) -> None:
        super().check()
        least = {"width": 1, "blocks": 1, "judge_epochs": 1, "pool": 0}
        for name, low in least.items():
            if (value := getattr(self, name)) < low:
                raise option_error(name, f"a whole number of at least {low}", value)
        for name in ("l1", "adversarial", "cycle", "identity"):
            if not 0 <= (value := getattr(self, name)) < float("inf"):
                raise option_error(name, "0 or more", value)
        if self.image_size % 16 or not 16 <= self.image_size <= 1024:
            raise option_error("image_size", "a multiple of 16 from 16 to 1024", self.image_size)
        if self.method == "pix2pix" and not (self.l1 or self.adversarial):
            raise option_error("l1", "above 0 without --adversarial", self.l1)
        if self.method == "cyclegan" and 0 < self.pool < self.batch_size:
            raise option_error("pool", "0, or at least --batch-size", self.pool)
        if self.limit is not None and self.limit < 10:
            raise option_error("limit", "at least 10", self.limit)


ABOUT = About(
    title="Pictures made of pictures",
    summary="Trains pix2pix on pairs of pictures, or CycleGAN on two heaps of them: edges into "
    "emoji, one style into another, or your own",
    papers=(
        "P. Isola, J.-Y. Zhu, T. Zhou, A. Efros: Image-to-Image Translation with Conditional "
        "Adversarial Networks. CVPR 2017",
        "J.-Y. Zhu, T. Park, P. Isola, A. Efros: Unpaired Image-to-Image Translation using "
        "Cycle-Consistent Adversarial Networks. ICCV 2017",
    ),
    tags=("pictures", "generation", "adversarial", "translation"),
)

_DEFAULT = ImageTranslatorConfig()
# Both kinds are much alike: what is wanted is a change, and little must hold it back.
_CYCLEGAN = dataclasses.replace(
    _DEFAULT,
    data="noto_twemoji",
    method="cyclegan",
    epochs=8,
    batch_size=4,
    learning_rate=4e-4,
    width=16,
    skip=True,
    cycle=1.0,
    identity=0.2,
    image_size=32,
    augment=False,
)

PRESETS: dict[str, Config] = {
    "default": _DEFAULT,
    "smoke": dataclasses.replace(
        _DEFAULT,
        image_size=16,
        width=8,
        epochs=3,
        batch_size=16,
        learning_rate=2e-3,
        limit=160,
        judge_epochs=2,
        tensorboard=False,
    ),
    "small": dataclasses.replace(_DEFAULT, width=16, epochs=12),
    "cyclegan": _CYCLEGAN,
    "full": dataclasses.replace(_DEFAULT, width=64, epochs=200, batch_size=1),
}
