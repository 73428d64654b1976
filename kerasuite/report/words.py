"""Words and numbers as a report shows them."""

import math
import unicodedata
from typing import Any

# Figures that are better the lower they are, recognised by a part of their name.
_LOWER = ("loss", "error", "perplexity", "mse", "mae", "rmse", "rmsle", "mape", "ece", "nll")
_LOWER_WORDS = (
    "wer",
    "cer",
    "fid",
    "distance",
    "kl",
    "bits",
    "seconds",
    "mistakes",
    "updates",
    "false",
)
# Shares of a whole, shown as percentages.
_SHARES = ("accuracy", "precision", "recall", "f1", "iou", "dice", "ece", "mape")
_ACRONYMS = {
    "ece": "ECE",
    "f1": "F1",
    "iou": "IoU",
    "mse": "MSE",
    "mae": "MAE",
    "rmse": "RMSE",
    "rmsle": "RMSLE",
    "r2": "R²",
    "ndcg": "NDCG",
    "svd": "SVD",
}


def clean(value: object, limit: int | None = None) -> str:
    """`value` as one line that XML, HTML and UTF-8 can hold.

    Control characters, line breaks and lone surrogates (from undecodable file names) become "�".

    Args:
        value: anything; names of classes come from folders, so no character is impossible.
        limit: longest result; what is longer is cut and ends with "…".

    Returns:
        The text. It is not yet escaped.
    """
    text = "".join(
        "\N{REPLACEMENT CHARACTER}" if _unprintable(character) else character
        for character in str(value)
    )
    return text if limit is None or len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _unprintable(character: str) -> bool:
    return (
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in "\ufffe\uffff"
    )


def readable(metric: object) -> str:
    """The name of a metric in words: "val_top_5_accuracy" is "validation top-5 accuracy"."""
    words = clean(metric).split("_")
    if words[0] == "val":
        words[0] = "validation"
    if len(words) > 2 and words[-3] == "top" and words[-2].isdigit():
        words[-3:-1] = [f"top-{words[-2]}"]
    return " ".join(_ACRONYMS.get(word, word) for word in words if word)


def heading(metric: object) -> str:
    """`readable` with a capital first letter; acronyms stay as they are."""
    words = readable(metric)
    return words[:1].upper() + words[1:]


def lower_is_better(metric: str) -> bool:
    """Whether a metric of this name improves by falling."""
    words = metric.lower().split("_")
    return any(part in metric.lower() for part in _LOWER[:3]) or any(
        word in _LOWER or word in _LOWER_WORDS for word in words
    )


def is_share(metric: str) -> bool:
    """Whether a metric of this name lies between 0 and 1 and reads best as a percentage."""
    return any(word in _SHARES for word in metric.lower().split("_"))


def number(value: Any, metric: str = "") -> str:
    """A number in few digits: a percentage for shares, else four significant digits.

    Args:
        value: a number; anything else is shown as it is.
        metric: the name of what was measured, which decides about the percentage.

    Returns:
        Text such as "91.3 %", "0.2874", "61,706" or "–" for None and NaN.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return clean(value)
    if is_share(metric) and 0 <= value <= 1:
        # Two decimals where one would hide the difference from a hundred.
        return f"{value * 100:.{2 if 0.99 <= value < 1 else 1}f} %"
    if isinstance(value, int) or (value.is_integer() and 1e3 <= abs(value) < 1e15):
        return f"{value:,.0f}".replace("-", "−")
    return f"{value:.4g}".replace("-", "−")


def duration(seconds: Any) -> str:
    """A length of time: "0.42 s", "38 s", "2 min 30 s", "3 h 05 min"."""
    if not isinstance(seconds, int | float) or not math.isfinite(seconds) or seconds < 0:
        return "–"
    if seconds < 9.95:
        return f"{seconds:.2g} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def size(count: Any) -> str:
    """A number of bytes: "512 B", "1.4 MB"."""
    if not isinstance(count, int | float) or not math.isfinite(count) or count < 0:
        return "–"
    amount, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while amount >= 999.5 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.0f} B" if units[0] == "B" else f"{amount:.3g} {units[0]}"
