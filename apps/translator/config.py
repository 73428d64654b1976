"""What translator is and which options it has."""

import dataclasses
import re
from dataclasses import dataclass
from typing import ClassVar, Literal

from kerasuite.app import About, Config, option_error

_DIRECTION = re.compile(r"[a-zA-Z]{2,3}([_][A-Za-z]{2,8})*-[a-zA-Z]{2,3}([_][A-Za-z]{2,8})*")


@dataclass(frozen=True)
class TranslatorConfig(Config):
    """Options of translator."""

    side_by_side: ClassVar[bool] = True
    directions: tuple[str, ...] = ()
    """From which language into which, such as en-es; left out, as the data has them."""
    zero_shot: tuple[str, ...] = ()
    """Directions that are measured but not learned from; needs --language-tokens."""
    language_tokens: bool = False
    """Put the wanted language in front of the source, as <2es>: one net for many languages."""
    architecture: Literal["encoder_decoder", "gnmt", "transformer"] = "encoder_decoder"
    """The net: Sutskever's, Bahdanau's and Luong's by the options below; Google's; Transformer."""
    attention: Literal["auto", "none", "dot", "general", "concat", "additive"] = "auto"
    """How encoder_decoder and gnmt attend: Luong's three ways, Bahdanau's (additive), or not at
    all; auto is general, and additive for gnmt, as its paper has it."""
    attend: Literal["current", "previous"] = "current"
    """Which output of the decoder is asked with: of this step (Luong) or the last (Bahdanau)."""
    feeding: bool = False
    """Feed what was attended to into the decoder's bottom layer; slower, step by step."""
    output_context: bool = True
    """Let gnmt's output see what was attended to, as Luong's does; the paper's does not."""
    first_residual: int = 2
    """First layer from below that is residual (gnmt); the paper's is 3. With 2, each direction of
    the encoder's bottom layer has half of the units."""
    cell: Literal["lstm", "gru"] = "lstm"
    """Recurrent cell of the encoder_decoder."""
    bidirectional: bool = True
    """Read the source in both directions (encoder_decoder's bottom layer)."""
    reverse_source: bool = False
    """Read the source from its end, as Sutskever did (encoder_decoder)."""
    units: int = 256
    """Units of each layer and of the embeddings."""
    depth: int = 2
    """Layers of the encoder, and of the decoder."""
    feed_forward: int = 1024
    """Units inside each block's dense layers (transformer)."""
    dropout: float = 0.2
    """Share of each layer's inputs dropped in training."""
    tokenizer: Literal["characters", "words", "wordpiece", "unigram", "bpe"] = "unigram"
    """What sentences are split into."""
    vocabulary_size: int = 4000
    """How many pieces the tokenizer may learn."""
    segmentations: int = 1
    """Ways to split each sentence (unigram, bpe), drawn at random, one an epoch; 1 for the best."""
    share_vocabulary: bool = True
    """One tokenizer for both sides; else one each."""
    longest: int = 24
    """Pairs with more pieces on a side are left out; longer texts are cut when translating."""
    label_smoothing: float = 0.1
    """Share of the truth that is spread over all pieces."""
    teacher_forcing: float = 1.0
    """Share of true pieces that the decoder reads at the end; it falls to that from 1."""
    clip: float = 1.0
    """Longest gradient; longer ones are shortened to that."""
    schedule: Literal["cosine", "constant"] = "cosine"
    """How the learning rate falls over the run."""
    warmup: int = 0
    """Epochs over which the learning rate rises."""
    average: int = 0
    """Average the weights of so many last epochs; needs --keep last. 0 does not."""
    bleu_sentences: int = 300
    """Validation sentences translated after each epoch, for the BLEU that picks the best one."""
    beams: int = 4
    """Hypotheses kept side by side when translating."""
    n_best: int = 3
    """Translations given, best first."""
    length_penalty: float = 0.8
    """GNMT's alpha: how much longer translations are helped."""
    coverage_penalty: float = 0.0
    """GNMT's beta: how much it counts that all of the source was attended to."""
    limit: int | None = None
    """Use at most this many pairs of each split."""

    @property
    def score(self) -> str:
        """The way to attend that `attention` stands for."""
        if self.attention != "auto":
            return self.attention
        return "additive" if self.architecture == "gnmt" else "general"

    def check(self) -> None:
        super().check()
        for name in ("directions", "zero_shot"):
            for direction in getattr(self, name):
                if not _DIRECTION.fullmatch(direction):
                    raise option_error(name, "pairs of languages such as en-es", direction)
        if self.zero_shot and not (self.language_tokens and self.directions):
            raise option_error(
                "zero_shot", "used with --language-tokens and --directions", self.zero_shot
            )
        if shared := set(self.zero_shot) & set(self.directions):
            raise option_error("zero_shot", "none of --directions", ", ".join(shared))
        for name, low, high in (
            ("units", 2, 4096), ("feed_forward", 1, 65_536), ("depth", 1, 16),
            ("first_residual", 2, 16),
            ("vocabulary_size", 8, 100_000), ("segmentations", 1, 1000),
            ("longest", 2, 1000), ("average", 0, 100), ("bleu_sentences", 1, 100_000),
            ("beams", 1, 64), ("n_best", 1, self.beams), ("warmup", 0, self.epochs - 1),
        ):  # fmt: skip
            if not low <= getattr(self, name) <= high:
                raise option_error(name, f"from {low} to {high}", getattr(self, name))
        if self.segmentations > 1 and self.tokenizer not in ("unigram", "bpe"):
            raise option_error("segmentations", "1 with this tokenizer", self.segmentations)
        if self.units % 2:
            raise option_error("units", "even", self.units)
        for name in ("dropout", "label_smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise option_error(name, "at least 0 and below 1", getattr(self, name))
        for name in ("teacher_forcing", "length_penalty", "coverage_penalty"):
            if not 0 <= getattr(self, name) <= (1 if name == "teacher_forcing" else 10):
                raise option_error(name, "a number in its range, from 0", getattr(self, name))
        if not 0 < self.clip < float("inf"):
            raise option_error("clip", "a number above 0", self.clip)
        if self.average and self.keep != "last":
            raise option_error("average", "used with --keep last", self.average)
        if self.architecture == "gnmt" and self.depth < 2:
            raise option_error("depth", "at least 2 with gnmt", self.depth)
        if self.architecture != "encoder_decoder" and self.attention == "none":
            raise option_error("attention", "another than none with this architecture", "none")
        if self.feeding and self.attention == "none":
            raise option_error("feeding", "used with --attention", self.attention)
        if self.coverage_penalty and self.attention == "none":
            raise option_error("coverage_penalty", "used with --attention", self.coverage_penalty)
        if self.limit is not None and self.limit < 3:
            raise option_error("limit", "at least 3", self.limit)


ABOUT = About(
    title="Sentences into another language",
    summary="Trains encoder-decoders with attention to translate, on carried texts or your own",
    papers=(
        "I. Sutskever, O. Vinyals, Q. V. Le: Sequence to Sequence Learning with Neural Networks. "
        "NIPS 2014",
        "D. Bahdanau, K. Cho, Y. Bengio: Neural Machine Translation by Jointly Learning to Align "
        "and Translate. ICLR 2015",
        "M.-T. Luong, H. Pham, C. D. Manning: Effective Approaches to Attention-based Neural "
        "Machine Translation. EMNLP 2015",
        "Y. Wu et al.: Google's Neural Machine Translation System: Bridging the Gap between Human "
        "and Machine Translation. arXiv:1609.08144, 2016",
        "M. Johnson et al.: Google's Multilingual Neural Machine Translation System: Enabling "
        "Zero-Shot Translation. TACL 2017",
    ),
    tags=("text", "translation", "recurrent", "attention"),
)

_DEFAULT = TranslatorConfig(
    data="bible_en_es+gnome_en_es", epochs=10, batch_size=64, learning_rate=2e-3, warmup=1
)
# Of few pairs more is learned with small pieces and small batches (Sennrich & Zhang 2019).
_SOFTWARE = dataclasses.replace(
    _DEFAULT,
    data="software_en_es+gnome_en_es+fillets_en_es",
    epochs=6,
    batch_size=16,
    vocabulary_size=2000,
    longest=48,
    dropout=0.2,
)
_LANGUAGES = ("en", "es", "fr", "de", "it", "pt", "nl", "sv", "da", "ro")
_ZERO_SHOT = ("es-fr", "de-nl", "pt-it")
# Neither way of a pair to be measured is learned from. From and into English alone, a net would
# learn that whatever is not English becomes English, and take no notice of the wanted language.
_LEARNED = tuple(
    f"{a}-{b}"
    for a in _LANGUAGES
    for b in _LANGUAGES
    if a != b and not {f"{a}-{b}", f"{b}-{a}"} & set(_ZERO_SHOT)
)

PRESETS: dict[str, Config] = {
    "default": _DEFAULT,
    "smoke": dataclasses.replace(
        _DEFAULT,
        data="bible_en_es",
        units=16,
        depth=1,
        tokenizer="words",
        vocabulary_size=300,
        longest=32,
        epochs=2,
        batch_size=16,
        learning_rate=5e-3,
        warmup=0,
        bleu_sentences=4,
        beams=2,
        n_best=2,
        limit=64,
        tensorboard=False,
    ),
    "software": _SOFTWARE,
    # Wider layers stop learning at the step size of the narrow ones.
    "gnmt": dataclasses.replace(_SOFTWARE, architecture="gnmt", units=384, learning_rate=1e-3),
    "multilingual": dataclasses.replace(
        _DEFAULT,
        data="emoji_names_30",
        directions=_LEARNED,
        zero_shot=_ZERO_SHOT,
        language_tokens=True,
        vocabulary_size=2000,
        longest=16,
        dropout=0.3,
        epochs=2,
        batch_size=32,
        warmup=0,
    ),
    "full": dataclasses.replace(
        _SOFTWARE,
        data="software_en_es+gnome_en_es+fillets_en_es+wesnoth_en_es+bible_full_en_es",
        architecture="gnmt",
        attend="previous",
        output_context=False,
        first_residual=3,
        units=1024,
        depth=8,
        tokenizer="wordpiece",
        vocabulary_size=32_000,
        longest=100,
        dropout=0.2,
        epochs=30,
        batch_size=128,
        learning_rate=2e-4,
        clip=5.0,
        beams=3,
        length_penalty=0.2,
        coverage_penalty=0.2,
    ),
}
