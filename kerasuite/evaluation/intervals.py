"""Confidence intervals."""

from collections.abc import Sequence

import numpy as np
from scipy import stats


def mean_interval(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float]:
    """The interval that holds the true mean, by Student's t distribution.

    Args:
        values: float [n], n at least 2, drawn independently.
        confidence: how probably it does, between 0 and 1.

    Returns:
        Its bounds; both the mean if all values are equal.

    Raises:
        ValueError: if there are fewer than two values.

    Reference:
        Student 1908, "The probable error of a mean".
    """
    values = np.asarray(values, "float64")
    if len(values) < 2:
        raise ValueError(f"At least two values are needed. Received: {len(values)}")
    mean, error = values.mean(), values.std(ddof=1) / np.sqrt(len(values))
    reach = error * stats.t.ppf((1 + confidence) / 2, len(values) - 1)
    return float(mean - reach), float(mean + reach)
