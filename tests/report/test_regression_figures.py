from xml.etree import ElementTree

import numpy as np
import pytest

from kerasuite.evaluation.regression import deciles
from kerasuite.report import figures as draw

TRUTHS = np.array([1e5, 2e5, 3e5, 4.5e6])


@pytest.mark.parametrize("log", [True, False])
def test_predicted_against_true(log):
    figure = draw.predicted_against_true(TRUTHS, TRUTHS * 1.1, log)
    text = figure.data.decode()
    ElementTree.fromstring(text)
    assert ">predicted<" in text and "M<" in text


def test_bars():
    text = draw.decile_bars(deciles(TRUTHS, TRUTHS * 0.9)).data.decode()
    assert ">100k – 100k<" in text and "mean error" in text
    records = [{"name": f"<c{i}>", "growth": 1 / (i + 1), "deviation": 0.1} for i in range(25)]
    figure = draw.importance_bars(records)
    ElementTree.fromstring(figure.data)
    assert "20 most important of 25" in figure.caption


def test_nothing_to_draw_is_refused():
    for call in (
        lambda: draw.predicted_against_true(np.array([]), np.array([]), False),
        lambda: draw.decile_bars([]),
        lambda: draw.importance_bars([]),
    ):
        with pytest.raises(ValueError, match="Received: none"):
            call()
