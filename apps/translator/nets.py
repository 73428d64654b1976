"""The nets that the options name."""

from typing import Any

import keras

from kerasuite.models.gnmt import GNMT
from kerasuite.models.seq2seq import EncoderDecoder
from kerasuite.models.transformer import Transformer

_HEAD_UNITS = 64


def build_net(config: Any, source_size: int, target_size: int) -> keras.Model:
    """The net of the options, not compiled."""
    shared = {"units": config.units, "depth": config.depth, "dropout": config.dropout}
    looking = {"attention": config.score, "attend": config.attend}
    if config.architecture == "transformer":
        heads = max(1, config.units // _HEAD_UNITS)
        return Transformer(
            source_size, target_size, **shared, heads=heads,
            feed_forward=config.feed_forward,
        )  # fmt: skip
    if config.architecture == "gnmt":
        return GNMT(
            source_size, target_size, **shared, **looking, tie_output=True,
            output_context=config.output_context, first_residual=config.first_residual,
        )  # fmt: skip
    return EncoderDecoder(
        source_size,
        target_size,
        **shared,
        **looking,
        cell=config.cell,
        feeding=config.feeding,
        bidirectional=config.bidirectional,
        reverse_source=config.reverse_source,
    )
