"""Structured logs: one event a line, as JSON for programs or as words for people."""

import json
import logging
import sys
import time
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


def set_up(form: str, level: str) -> None:
    """Sends the server's logs to standard error.

    Args:
        form: "json" or "text".
        level: name of the lowest level shown, such as "info".
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else _Text())
    _logger.handlers = [handler]
    _logger.propagate = False
    _logger.setLevel(level.upper())


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
