"""Structured logs: one event a line, as JSON for programs or as words for people."""

import contextlib
import json
import logging
import sys
import time
from collections.abc import Iterator
from typing import Any

_logger = logging.getLogger("kerasuite.serving")


def log(event: str, level: int = logging.INFO, **fields: Any) -> None:
    """Logs an event.

    Args:
        event: what happened, in a few words.
        level: of the logging module.
        **fields: what it happened to; plain values.
    """
    if _logger.isEnabledFor(level):
        _logger.log(level, event, extra={"fields": fields})


@contextlib.contextmanager
def to_stderr(form: str, level: str) -> Iterator[None]:
    """Sends the server's logs to standard error while the block runs.

    Args:
        form: "json" or "text".
        level: name of the lowest level shown, such as "info".
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else _Text())
    before = _logger.level, _logger.propagate
    _logger.addHandler(handler)
    _logger.propagate = False
    _logger.setLevel(level.upper())
    try:
        yield
    finally:
        _logger.removeHandler(handler)
        _logger.setLevel(before[0])
        _logger.propagate = before[1]


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        return json.dumps(entry, default=str)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", {})
        # Values come from clients too: as JSON they cannot break the line.
        words = (f"{k}={json.dumps(v, default=str)}" for k, v in fields.items())
        return " ".join([_time(record), record.levelname.lower(), record.getMessage(), *words])


def _time(record: logging.LogRecord) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    return f"{whole}.{int(record.msecs):03d}Z"
