"""What language_model is and which options it has."""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar, Literal

from kerasuite.app import About, Config, Expected, option_error


@dataclass(frozen=True)
class LanguageModelConfig(Config):
    """Options of language_model."""

    side_by_side: ClassVar[bool] = True
    tokenizer: Literal["characters", "words", "wordpiece", "unigram", "bpe"] = "characters"
    """What a text is split into."""
    vocabulary_size: int | None = None
    """How many pieces there may be; left out, every character, or what the tokenizer likes."""
    cell: Literal["lstm", "gru"] = "lstm"
    """The recurrent layer."""
    layers: int = 1
    """Recurrent layers."""
    units: int = 512
    """Units of each recurrent layer."""
    embedding_size: int | None = None
    """Numbers that stand for a piece; left out, as many as units."""
    tied: bool = False
    """Use the embedding's matrix for the output as well."""
    dropout: float = 0.0
    """Share of the numbers between layers that is dropped in training."""
    variational: bool = True
    """Drop the same numbers at every step of a batch."""
    recurrent_dropout: float = 0.0
    """Share of the state that is dropped in training, the same at every step."""
    steps: int = 100
    """How many pieces back the gradient goes; the state goes on from batch to batch."""
    clip: float = 1.0
    """Largest norm of the gradient of all weights together; 0 for any."""
    schedule: Literal["cosine", "constant"] = "cosine"
    """How the learning rate falls over the run."""
    limit: int | None = None
    """Use at most about so many characters."""
    temperature: float = 0.7
    """Of the SavedModel's default function: below 1 for likelier text."""
    length: int = 400
    """How many pieces the SavedModel's default function writes."""

    def check(self) -> None:
        super().check()
        for name, low in (("layers", 1), ("units", 1), ("steps", 1), ("length", 1)):
            if (value := getattr(self, name)) < low:
                raise option_error(name, f"at least {low}", value)
        for name in ("vocabulary_size", "embedding_size", "limit"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise option_error(name, "at least 1", value)
        for name in ("dropout", "recurrent_dropout"):
            if not 0 <= (value := getattr(self, name)) < 1:
                raise option_error(name, "from 0 to below 1", value)
        if not 0 <= self.clip < float("inf"):
            raise option_error("clip", "0 or more", self.clip)
        if not 0 < self.temperature < float("inf"):
            raise option_error("temperature", "above 0", self.temperature)


ABOUT = About(
    title="A text goes on",
    summary="Learns to write like a novel, or like Python's library, one piece after another",
    papers=(
        "A. Karpathy: The Unreasonable Effectiveness of Recurrent Neural Networks. 2015",
        "S. Hochreiter, J. Schmidhuber: Long Short-Term Memory. Neural Computation 1997",
        "Y. Gal, Z. Ghahramani: A Theoretically Grounded Application of Dropout in Recurrent "
        "Neural Networks. NIPS 2016",
        "O. Press, L. Wolf: Using the Output Embedding to Improve Language Models. EACL 2017",
        "S. Chen, J. Goodman: An empirical study of smoothing techniques for language modeling. "
        "Computer Speech and Language 1999",
    ),
    tags=("text", "recurrent", "generation"),
    expected=(
        Expected(
            "gain_over_kneser_ney",
            "modified Kneser-Ney over 6 characters, same split",
            at_least=0,
        ),
    ),
)

_NOVELS = "moby_dick+pride_and_prejudice"

_DEFAULT = LanguageModelConfig(
    tokenizer="unigram",
    vocabulary_size=1000,
    tied=True,
    dropout=0.5,
    steps=35,
    epochs=16,
    batch_size=32,
    learning_rate=3e-3,
    length=150,
    precision="mixed_bfloat16",
)
_CHARACTERS = dataclasses.replace(
    _DEFAULT, tokenizer="characters", vocabulary_size=None, tied=False, steps=100, length=400
)

PRESETS: dict[str, Config] = {
    "default": _DEFAULT,
    "novel": dataclasses.replace(
        _DEFAULT, data=_NOVELS, vocabulary_size=2000, dropout=0.4, epochs=7, batch_size=16
    ),
    "code": dataclasses.replace(
        _DEFAULT,
        data="python_library",
        limit=1_500_000,
        tokenizer="bpe",
        vocabulary_size=2000,
        dropout=0.2,
        epochs=6,
        batch_size=16,
    ),
    "characters": dataclasses.replace(
        # Of a hundred characters, 64 numbers tell enough: half of the products are saved.
        _CHARACTERS,
        embedding_size=64,
        dropout=0.25,
        epochs=10,
        batch_size=16,
        steps=64,
    ),
    "full": dataclasses.replace(
        _CHARACTERS, data=_NOVELS, layers=3, epochs=50, batch_size=100, learning_rate=2e-3
    ),
    "smoke": dataclasses.replace(
        _CHARACTERS,
        units=32,
        dropout=0.0,
        steps=25,
        epochs=3,
        batch_size=8,
        learning_rate=1e-2,
        limit=20_000,
        length=20,
        precision="float32",
        tensorboard=False,
    ),
}
