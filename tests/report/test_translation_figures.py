"""Alignments and translations as SVG, with whatever the sentences hold."""

from xml.etree import ElementTree

import numpy as np

from kerasuite.report.translation_figures import Alignment, alignment_figure, translations_figure

ODD = "<b>&\x00 漢字 $x$ " + "w" * 500


def test_alignments():
    weights = np.eye(3, 4)
    aligned = [Alignment(["a", "b", ODD, "end"], ["x", ODD, "end"], weights)] * 3
    figure = alignment_figure(aligned)
    assert ElementTree.fromstring(figure.data).tag.endswith("svg")
    assert figure.name == "alignments" and b"end" in figure.data


def test_translations():
    example = {
        "direction": "en-es",
        "source": ODD,
        "reference": "",
        "translations": ["uno", "dos", ""],
        "log_probabilities": [-0.5, -1.25, -1e9],
    }
    data = translations_figure([example, example]).data
    assert ElementTree.fromstring(data).tag.endswith("svg")
    text = data.decode()
    assert text.index("uno") < text.index("dos") and "-1.25" in text
    assert "-1000000000" not in text, "a translation that there is not is not shown"
