"""Numbers and names as a report writes them."""

import pytest

from kerasuite.report import words


@pytest.mark.parametrize(
    ("value", "metric", "text"),
    [
        (0.9134, "accuracy", "91.3 %"),
        (0.99234, "val_accuracy", "99.23 %"),
        (1.0, "accuracy", "100.0 %"),
        (12.5, "accuracy", "12.5"),
        (0.28741, "loss", "0.2874"),
        (61706, "parameters", "61,706"),
        (-1.5, "reward", "−1.5"),
        (None, "loss", "–"),
        (float("nan"), "loss", "–"),
        ("lenet5", "name", "lenet5"),
    ],
)
def test_numbers(value, metric, text):
    assert words.number(value, metric) == text


@pytest.mark.parametrize(
    ("metric", "text", "lower"),
    [
        ("val_top_5_accuracy", "validation top-5 accuracy", False),
        ("val_loss", "validation loss", True),
        ("binary_crossentropy_loss", "binary crossentropy loss", True),
        ("rmse", "RMSE", True),
        ("ece", "ECE", True),
        ("mean_reward", "mean reward", False),
        ("precision", "precision", False),
        ("bits_per_character", "bits per character", True),
        ("bleu", "bleu", False),
    ],
)
def test_metric_names(metric, text, lower):
    assert words.readable(metric) == text
    assert words.lower_is_better(metric) is lower


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.42, "0.42 s"),
        (9.97, "10 s"),
        (59.7, "1 min 00 s"),
        (150.2, "2 min 30 s"),
        (11100, "3 h 05 min"),
        (None, "–"),
    ],
)
def test_durations(seconds, text):
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"), [(512, "512 B"), (999_600, "1 MB"), (1_440_000, "1.44 MB"), (-1, "–")]
)
def test_sizes(count, text):
    assert words.size(count) == text
