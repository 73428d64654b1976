"""What captioner is and which options it has."""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar, Literal

from kerasuite.app import About, Config, Study, option_error
from kerasuite.models import registry


@dataclass(frozen=True)
class CaptionerConfig(Config):
    """Options of captioner."""

    side_by_side: ClassVar[bool] = True
    data: str | None = None
    """tuxpaint_captions, openclipart_captions, emoji_captioned (shipped, taken if left out), or
    an own table."""
    division: int = 0
    """Of the catalogue's data: which division of series into training, validation and test."""
    languages: tuple[str, ...] = ()
    """Of emoji_captioned: codes of the languages to write in, such as en de es; left out, English
    alone. The first is that of `serving_default`."""
    model: Literal["show_and_tell", "neuraltalk", "soft_attention", "current_attention"] = (
        "soft_attention"
    )
    """How the picture reaches the words: as first input, as first state, or by attention that the
    previous or the current state directs."""
    encoder: str = "mobilenet_v2"
    """The net that looks at the picture: any that classifies, see `kerasuite models`."""
    pretrained: Literal["imagenet"] | None = "imagenet"
    """Weights of the encoder (fetched once, held as they are, and each picture's features are
    computed once); None to let it learn from nothing together with the words."""
    finetune_after: int | None = None
    """Epochs after which a pretrained encoder learns as well; left out, it is held to the end."""
    finetune_rate: float = 1e-4
    """Learning rate of all weights from there on."""
    views: int = 0
    """With a pretrained encoder: changed versions of each training picture (moved, scaled, and
    mirrored where the data allow it), whose features are learnt from as well."""
    image_size: int = 128
    """Side in pixels of the pictures that the encoder sees."""
    units: int = 256
    """Units of the LSTM."""
    embedding: int = 128
    """Size of the words' vectors."""
    dropout: float = 0.5
    """Share of features, words and outputs that is dropped in training."""
    self_critical: int = 0
    """The last so many epochs learn from the CIDEr of captions that are drawn, and not from those
    of the data."""
    self_critical_rate: float = 1e-3
    """Learning rate of these epochs."""
    doubly_stochastic: float = 0.01
    """With attention: weight of the wish that each place is looked at once."""
    vocabulary_size: int = 10_000
    """At most so many words are told apart."""
    longest: int = 24
    """Words that are kept of a caption, and written at most."""
    beams: int = 4
    """Hypotheses kept while a caption is written; 1 for greedy."""
    n_best: int = 3
    """Captions that the SavedModel returns for each picture, at most as many as beams."""
    length_penalty: float = 0.6
    """Above 0, long captions are favoured (GNMT's alpha)."""
    label_smoothing: float = 0.0
    """Share of each word that is spread over all words in training."""
    schedule: Literal["cosine", "constant"] = "cosine"
    """How the learning rate falls over the run."""
    limit: int | None = None
    """Use at most this many pictures of each split."""

    @property
    def taught(self) -> int:
        """How many of the epochs, the first ones, learn the data's captions."""
        return self.epochs - self.self_critical

    @property
    def held(self) -> bool:
        """Whether the encoder stays as it is, so that features are all that a run needs."""
        return self.pretrained is not None and self.finetune_after is None

    def check(self) -> None:
        super().check()
        if registry.spec(self.encoder).task != "classify":
            raise option_error("encoder", "a model that classifies", self.encoder)
        if self.pretrained and not registry.spec(self.encoder).weights:
            raise option_error("pretrained", f"None with --encoder {self.encoder}", self.pretrained)
        for name, low, high in (
            ("image_size", 16, 1024),
            ("units", 1, 8192),
            ("embedding", 1, 8192),
            ("longest", 1, 200),
            ("beams", 1, 64),
            ("vocabulary_size", 5, 1_000_000),
            ("division", 0, 1_000_000),
        ):
            if not low <= (value := getattr(self, name)) <= high:
                raise option_error(name, f"from {low} to {high}", value)
        if not 1 <= self.n_best <= self.beams:
            raise option_error("n_best", "from 1 to --beams", self.n_best)
        for name in ("dropout", "label_smoothing"):
            if not 0 <= (value := getattr(self, name)) < 1:
                raise option_error(name, "at least 0 and below 1", value)
        for name in ("doubly_stochastic", "length_penalty"):
            if not 0 <= (value := getattr(self, name)) < float("inf"):
                raise option_error(name, "0 or more", value)
        if not 0 <= self.views <= 100:
            raise option_error("views", "from 0 to 100", self.views)
        if self.views and not self.pretrained:
            raise option_error("views", "0 with --pretrained None", self.views)
        if len(set(self.languages)) < len(self.languages):
            raise option_error("languages", "different codes", " ".join(self.languages))
        if self.languages and self.self_critical:
            raise option_error("self_critical", "0 with --languages", self.self_critical)
        self._check_phases()
        if self.limit is not None and self.limit < 2:
            raise option_error("limit", "at least 2", self.limit)

    def _check_phases(self) -> None:
        if not 0 <= self.self_critical < self.epochs:
            expected = f"from 0 to below --epochs, {self.epochs}"
            raise option_error("self_critical", expected, self.self_critical)
        if not 0 < self.self_critical_rate < float("inf"):
            raise option_error("self_critical_rate", "a number above 0", self.self_critical_rate)
        if not 0 < self.finetune_rate < float("inf"):
            raise option_error("finetune_rate", "a number above 0", self.finetune_rate)
        if self.finetune_after is not None:
            if not self.pretrained:
                raise option_error(
                    "finetune_after", "left out with --pretrained None", self.finetune_after
                )
            if not 1 <= self.finetune_after < self.taught:
                expected = (
                    f"from 1 to below {self.taught}, the epochs that learn the data's captions"
                )
                raise option_error("finetune_after", expected, self.finetune_after)


ABOUT = About(
    title="Sentences about pictures",
    summary="Learns to say what a picture shows: Show and Tell, NeuralTalk, and attention; on "
    "drawings, stamps and emoji, or on your own pictures with captions",
    papers=(
        "O. Vinyals, A. Toshev, S. Bengio, D. Erhan: Show and Tell: A Neural Image Caption "
        "Generator. CVPR 2015",
        "A. Karpathy, L. Fei-Fei: Deep Visual-Semantic Alignments for Generating Image "
        "Descriptions. CVPR 2015",
        "K. Xu et al.: Show, Attend and Tell: Neural Image Caption Generation with Visual "
        "Attention. ICML 2015",
        "J. Lu, C. Xiong, D. Parikh, R. Socher: Knowing When to Look. CVPR 2017",
        "S. Rennie, E. Marcheret, Y. Mroueh, J. Ross, V. Goel: Self-critical Sequence Training for "
        "Image Captioning. CVPR 2017",
    ),
    tags=("pictures", "text", "attention", "beam search", "transfer learning"),
)

_DEFAULT = CaptionerConfig(epochs=30, batch_size=64, learning_rate=2e-3)

PRESETS: dict[str, Config] = {
    "default": _DEFAULT,
    "smoke": dataclasses.replace(
        _DEFAULT,
        encoder="small_cnn",
        pretrained=None,
        image_size=32,
        units=16,
        embedding=16,
        beams=2,
        n_best=2,
        longest=8,
        epochs=2,
        batch_size=16,
        limit=48,
        tensorboard=False,
    ),
    "stamps": dataclasses.replace(_DEFAULT, data="tuxpaint_captions", epochs=40, batch_size=32),
    "openclipart": dataclasses.replace(
        _DEFAULT,
        data="openclipart_captions",
        image_size=160,
        longest=12,
        views=4,
        epochs=10,
        dropout=0.7,
    ),
    "full": dataclasses.replace(
        _DEFAULT, data="tuxpaint_captions", image_size=224, units=512, embedding=256, epochs=60
    ),
}

STUDIES: dict[str, Study] = {
    "decoders": Study(
        "Four ways from a picture to words",
        "whether it helps to look again at each word",
        ("model=show_and_tell,neuraltalk,soft_attention,current_attention",),
        {"preset": "stamps", "tensorboard": "false"},
    ),
    "drawings": Study(
        "Four ways from a drawing to its keywords",
        "whether all write better than the caption of the nearest picture",
        ("model=show_and_tell,neuraltalk,soft_attention,current_attention",),
        {"preset": "openclipart", "tensorboard": "false"},
    ),
}
