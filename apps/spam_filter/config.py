"""What spam_filter is and which options it has."""

import dataclasses
from dataclasses import dataclass
from typing import Literal

from kerasuite.app import About, Config, Expected, Study, option_error


@dataclass(frozen=True)
class SpamFilterConfig(Config):
    """Options of spam_filter."""

    model: Literal["bag", "cnn", "lstm"] = "bag"
    """The net: a weighted bag of words and one hidden layer, convolutions over the words, or a
    bidirectional LSTM."""
    headers: Literal["none", "subject", "content", "all"] = "content"
    """Header fields to read: content takes subject, kind of content and mail program; all takes
    the stations' and mailing lists' too, which give away where SpamAssassin's were collected."""
    vocabulary_size: int = 20_000
    """How many words are known: the most frequent ones of the training messages."""
    length: int = 1000
    """How many words of a message are read."""
    units: int = 64
    """Width: of the hidden layer, of the words' vectors, of each convolution and each direction of
    the LSTM."""
    dropout: float = 0.5
    """Share of the features dropped in training, before each dense layer."""
    limit: int | None = None
    """Use at most this many messages of each split."""

    def check(self) -> None:
        super().check()
        if not 100 <= self.vocabulary_size <= 1_000_000:
            raise option_error("vocabulary_size", "from 100 to 1000000", self.vocabulary_size)
        if not 16 <= self.length <= 10_000:
            raise option_error("length", "from 16 to 10000", self.length)
        if not 1 <= self.units <= 1024:
            raise option_error("units", "from 1 to 1024", self.units)
        if not 0 <= self.dropout < 1:
            raise option_error("dropout", "at least 0 and below 1", self.dropout)
        if self.limit is not None and self.limit < 10:
            raise option_error("limit", "at least 10", self.limit)


_SUITE = "kerasuite's own floor"

ABOUT = About(
    title="Spam or not",
    summary="Raw e-mails in, probabilities and the words that decided out; your own mail by a "
    "folder per class",
    papers=(
        "G. Salton, C. Buckley: Term-Weighting Approaches in Automatic Text Retrieval. Information "
        "Processing & Management 24(5), 1988",
        "S. Deerwester, S. Dumais, G. Furnas, T. Landauer, R. Harshman: Indexing by Latent "
        "Semantic Analysis. Journal of the American Society for Information Science 41(6), 1990",
        "S. Hochreiter, J. Schmidhuber: Long Short-Term Memory. Neural Computation 9(8), 1997",
        "Y. Kim: Convolutional Neural Networks for Sentence Classification. EMNLP 2014",
    ),
    tags=("text", "classification", "recurrent", "convolution"),
    expected=(
        Expected("accuracy", _SUITE, {"data": None, "limit": None}, at_least=0.985),
        # How far it is ahead of TF-IDF with LinearSVC on the same messages.
        Expected("lead_over_linear_svc", _SUITE, {"data": None, "limit": None}, at_least=0.0),
    ),
)

_DEFAULT = SpamFilterConfig(epochs=10, batch_size=32, learning_rate=2e-3)

PRESETS: dict[str, Config] = {
    "default": _DEFAULT,
    "smoke": dataclasses.replace(
        _DEFAULT,
        data="made",
        model="cnn",
        length=64,
        units=8,
        epochs=2,
        batch_size=16,
        learning_rate=1e-2,
    ),
    "cnn": dataclasses.replace(_DEFAULT, model="cnn", units=96, epochs=8),
    "lstm": dataclasses.replace(_DEFAULT, model="lstm", epochs=5, learning_rate=1e-3),
    "full": dataclasses.replace(_DEFAULT, model="lstm", units=128),
}

STUDIES: dict[str, Study] = {
    "headers": Study(
        "How much of a message's headers is read",
        "what stations and mailing lists add gives away where the messages were collected",
        ("headers=none,subject,content,all",),
        {"tensorboard": "false"},
        seeds=1,
    ),
}
