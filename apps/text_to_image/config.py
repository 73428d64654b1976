"""What text_to_image is and which options it has."""

import dataclasses
from dataclasses import dataclass

from kerasuite.app import About, Config, Expected, option_error


@dataclass(frozen=True)
class TextToImageConfig(Config):
    """Options of text_to_image."""

    data: str | None = None
    """emoji_captioned (left out: that), tuxpaint_captions, or a table of pictures and captions."""
    epochs: int = 100
    """Passes over the training pictures."""
    batch_size: int = 64
    """Pairs per step."""
    learning_rate: float = 2e-4
    """Step size of both optimizers."""
    latent: int = 100
    """Numbers of noise that a picture is made of, beside its text."""
    code: int = 128
    """Length of a text's code."""
    width: int = 32
    """Maps of the nets next to the picture, 64 in the paper."""
    interpolation: float = 1.0
    """Weight of the generator's loss for what lies between two texts; 0 for none."""
    smoothing: float = 0.1
    """One-sided label smoothing: how far the label of right pairs is below 1."""
    matcher_epochs: int = 20
    """Passes over the training pairs of the encoders that learn what belongs together."""
    vocabulary_size: int = 2000
    """Words that are told apart."""
    longest: int = 16
    """Words that are kept of a text, the first ones."""
    image_size: int = 64
    """Side of the pictures in pixels, a multiple of 4."""
    limit: int | None = None
    """Use at most this many pictures of each split."""

    def check(self) -> None:
        super().check()
        for name in ("latent", "code", "width", "matcher_epochs", "longest"):
            if (value := getattr(self, name)) < 1:
                raise option_error(name, "a whole number of at least 1", value)
        if self.vocabulary_size < 5:
            raise option_error("vocabulary_size", "at least 5", self.vocabulary_size)
        if not 0 <= self.interpolation < float("inf"):
            raise option_error("interpolation", "0 or more", self.interpolation)
        if not 0 <= self.smoothing < 0.5:
            raise option_error("smoothing", "at least 0 and below 0.5", self.smoothing)
        if self.image_size % 4 or not 8 <= self.image_size <= 256:
            raise option_error("image_size", "a multiple of 4 from 8 to 256", self.image_size)
        if self.batch_size < 2:
            raise option_error("batch_size", "at least 2: each needs another's", self.batch_size)
        if self.limit is not None and self.limit < 10:
            raise option_error("limit", "at least 10", self.limit)


ABOUT = About(
    title="Pictures of sentences",
    summary="Trains GAN-CLS to make pictures of texts: on emoji and their names, Tux Paint's "
    "stamps, or your own captions",
    papers=(
        "S. Reed, Z. Akata, X. Yan and others: Generative Adversarial Text to Image Synthesis. "
        "ICML 2016",
        "S. Reed, Z. Akata, H. Lee, B. Schiele: Learning Deep Representations of Fine-Grained "
        "Visual Descriptions. CVPR 2016",
    ),
    tags=("pictures", "text", "generation", "adversarial"),
    expected=(Expected("times_chance", "the suite's goal", {"data": None}, at_least=5.0),),
)

_DEFAULT = TextToImageConfig()

PRESETS: dict[str, Config] = {
    "default": _DEFAULT,
    "smoke": dataclasses.replace(
        _DEFAULT,
        image_size=16,
        width=16,
        latent=8,
        code=16,
        epochs=5,
        batch_size=16,
        learning_rate=2e-3,
        matcher_epochs=4,
        limit=200,
        tensorboard=False,
    ),
    "small": dataclasses.replace(
        _DEFAULT, image_size=32, epochs=40, learning_rate=5e-4, matcher_epochs=12
    ),
    "full": dataclasses.replace(_DEFAULT, width=64, epochs=600),
}
