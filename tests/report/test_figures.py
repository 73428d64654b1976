"""Figures: what they say, that they are safe to inline, and that they follow light and dark."""

import base64
import io
import re
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from kerasuite.report import curves, drawing, figures, theme, words

HISTORY = {
    "epoch": [1, 2, 3],
    "loss": [2.0, 1.0, 0.5],
    "val_loss": [2.0, 1.4, 1.6],
    "accuracy": [0.2, 0.5, 0.7],
    "val_accuracy": [0.2, 0.5, 0.4],
    "learning_rate": [0.1, 0.1, 0.1],
}
EVIL = '<script>alert("&")</script>'


def texts(figure):
    return [t.text for t in ElementTree.fromstring(figure.data).iter(f"{{{drawing.SVG}}}text")]


def pictures(figure):
    """The pictures embedded in an SVG."""
    hrefs = [
        image.get("href")
        for image in ElementTree.fromstring(figure.data).iter(f"{{{drawing.SVG}}}image")
    ]
    return [Image.open(io.BytesIO(base64.b64decode(h.partition(",")[2]))) for h in hrefs]


@pytest.fixture(scope="module")
def every_figure(evaluation):
    rng = np.random.default_rng(0)
    images = rng.integers(256, size=(300, 8, 8, 3), dtype="uint8")
    names = evaluation["class_names"]
    return [
        figures.curves(HISTORY),
        figures.confusion_matrix(evaluation["confusion"], names),
        figures.confusion_matrix(np.eye(130, dtype=int), [EVIL] * 130, name="large"),
        figures.reliability(evaluation["calibration"]),
        figures.per_class_bars(evaluation["per_class"]),
        figures.filters(rng.normal(size=(3, 3, 1, 4))),
        figures.filters(rng.normal(size=(3, 3, 3, 4)), name="colour_filters"),
        figures.picture_sheet(images[:3], ["a", "b", EVIL]),
        figures.mistakes_sheet(images, evaluation["mistakes"], names),
    ]


def test_are_safe_to_inline(every_figure):
    seen = set()
    for figure in every_figure:
        root = ElementTree.fromstring(figure.data)
        ids = {e.get("id") for e in root.iter() if e.get("id")}
        assert all(i.startswith(f"{figure.name}-") for i in ids)
        assert not ids & seen
        seen |= ids
        source = figure.data.decode()
        for reference in re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"", source):
            assert "".join(reference) in ids
        assert "<script" not in source
        assert re.findall(r"https?:[^\"]*", source) == ["http://www.w3.org/2000/svg"]
        # A rule on "*" would reach out of the figure into the page.
        assert re.findall(r"(?:^|})\s*\*", source) == []
        assert root.get("role") == "img"
        assert root.get("aria-label") == words.clean(figure.title)


def test_name_no_colour_that_ignores_the_scheme(every_figure):
    for figure in every_figure:
        styles = " ".join(e.get("style", "") for e in ElementTree.fromstring(figure.data).iter())
        loose = re.sub(r"var\(--ks-[a-z0-9-]+,#[0-9a-f]{6}\)", "", styles)
        assert re.findall(r"#[0-9a-f]{3,6}\b", loose) == [], figure.name
        assert "DejaVu" not in styles


def test_are_deterministic():
    assert figures.curves(HISTORY) == figures.curves(HISTORY)


def luminance(colour):
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def blend(over, under, alpha):
    mixed = [
        round(alpha * int(over[i : i + 2], 16) + (1 - alpha) * int(under[i : i + 2], 16))
        for i in (1, 3, 5)
    ]
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


@pytest.mark.parametrize("scheme", [0, 1])
def test_colours_have_contrast(scheme):
    colours = {role: both[scheme] for role, both in theme.ROLES.items()}
    for ground in ("background", "surface"):
        for role in ("ink", "muted", "accent", "good", "bad"):
            assert contrast(colours[role], colours[ground]) >= 4.5, (role, ground)
        for role in theme.SERIES:
            # The names at the ends of the lines are text in these colours.
            assert contrast(colours[role], colours[ground]) >= 4.5, (role, ground)
        for role in ("accent", "series-2"):
            # The tints under the counts of a confusion matrix, at their worst.
            assert contrast(colours["ink"], blend(colours[role], colours[ground], 0.5)) >= 4.5
            tint = blend(colours[role], colours[ground], 0.9)
            assert contrast(colours["on-accent"], tint) >= 4.5, (role, ground)


def test_curves_mark_the_best_epoch():
    found = texts(figures.curves(HISTORY))
    assert "Loss · best 1.4 after epoch 2" in found
    assert "Accuracy · best 50.0 % after epoch 2" in found
    assert found.count("train") == found.count("validation") == 2
    assert "Learning rate" not in found


def test_curves_draw_a_learning_rate_that_varies():
    assert "Learning rate" in texts(figures.curves(HISTORY | {"learning_rate": [0.1, 0.1, 0.01]}))


@pytest.mark.parametrize(
    "history",
    [
        {"loss": [1.0]},
        {"loss": [1.0, None, float("nan"), float("inf"), 0.5]},
        {"reward": [-1.0, 3.0, 1e6], "seconds": [1, 2, 3]},
        {"loss": [1.0, 1e-9], "val_loss": [0.0, 1.0]},
        {"loss": [0.5, 0.5]},
    ],
)
def test_curves_of_odd_histories(history):
    assert "seconds" not in " ".join(texts(figures.curves(history))).lower()


@pytest.mark.parametrize("history", [{}, {"epoch": [1, 2]}, {"loss": [None, float("nan")]}])
def test_curves_need_values(history):
    with pytest.raises(ValueError, match="Received: columns"):
        figures.curves(history)


def test_names_at_the_ends_keep_apart():
    assert curves.spread([0, 50], 10) == [0, 50]
    assert curves.spread([5, 5], 10) == [0, 10]
    moved = curves.spread([0, 1, 2, 11, 40], 10)
    assert min(np.diff(moved)) >= 10 - 1e-9
    assert moved[-1] == 40


def test_confusion_matrix_writes_counts_up_to_20_classes():
    small = texts(figures.confusion_matrix([[7, 2], [0, 1234]], ["spam", "ham"]))
    assert {"7", "2", "1,234", "·", "spam", "ham"} <= set(small)
    large = figures.confusion_matrix(np.eye(21, dtype=int) * 7, [f"class {i}" for i in range(21)])
    assert "7" not in texts(large)
    assert len(pictures(large)) == 1


def test_a_large_confusion_matrix_stays_readable():
    figure = figures.confusion_matrix(np.eye(1000, dtype=int), [f"n{i:04}" for i in range(1000)])
    named = [t for t in texts(figure) if t.startswith("n")]
    assert 40 < len(named) < 150
    assert len(figure.data) < 300_000


def test_names_from_outside_stay_text():
    names = [EVIL, "$\\frac{1}{0}$", "bell\x07 and\nbreak \udcff", "日本"]
    found = texts(figures.confusion_matrix(np.eye(4, dtype=int), names))
    assert "$\\frac{1}{0}$" in found
    assert "bell� and�break �" in found
    assert "日本" in found
    assert words.clean(EVIL, 18) in found


def test_tiny_pictures_are_enlarged_with_hard_edges():
    checks = np.zeros((1, 2, 2, 1), dtype="uint8")
    checks[0, 0, 0] = 255
    (picture,) = pictures(figures.picture_sheet(checks, ["x"]))
    assert picture.width >= 64
    assert set(np.unique(np.asarray(picture.convert("L")))) == {0, 255}


def test_large_pictures_are_embedded_small():
    (picture,) = pictures(figures.picture_sheet(np.zeros((1, 900, 600, 3), "uint8"), ["x"]))
    assert max(picture.size) <= 200


def test_mistakes_are_captioned(evaluation):
    images = np.zeros((300, 8, 8), dtype="uint8")
    worst = evaluation["mistakes"][0]
    found = texts(figures.mistakes_sheet(images, evaluation["mistakes"], list("uvwxyz"), most=3))
    assert found[:2] == ["uvwxyz"[worst["label"]], "→ " + "uvwxyz"[worst["predicted"]]]
    assert found[2] == f"{words.number(worst['confidence'], 'accuracy')} sure"
    assert len(found) == 9


def test_filters_have_a_tile_each():
    rng = np.random.default_rng(0)
    assert len(pictures(figures.filters(rng.normal(size=(5, 5, 3, 12))))) == 12
    assert len(pictures(figures.filters(rng.normal(size=(5, 5, 2, 12))))) == 24
    assert len(pictures(figures.filters(np.zeros((5, 5, 3, 200))))) == 96


def test_per_class_puts_the_hardest_first():
    rows = [
        {"name": n, "precision": f, "recall": f, "f1": f, "support": s}
        for n, f, s in [("easy", 0.9, 5), ("hard", 0.1, 5), ("absent", 0.0, 0)]
    ]
    found = texts(figures.per_class_bars(rows))
    assert "absent" not in found
    assert found.index("hard") < found.index("easy")


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: figures.confusion_matrix([[1, 2]], ["a"]), r"shape \(1, 2\), 1 names"),
        (lambda: figures.reliability([{"count": 0}]), "filled bin"),
        (lambda: figures.per_class_bars([]), "class with examples"),
        (lambda: figures.filters(np.zeros((3, 3, 3))), r"shape \(3, 3, 3\)"),
        (lambda: figures.filters(np.full((3, 3, 1, 1), np.nan)), "NaN"),
        (lambda: figures.picture_sheet(np.zeros((1, 4, 4, 3)), ["a"]), "float64 of shape"),
        (lambda: figures.picture_sheet(np.zeros((1, 4, 4, 3), "uint8"), []), "0 captions"),
        (lambda: figures.mistakes_sheet(np.zeros((1, 4, 4, 3), "uint8"), [], ["a"]), "0 pictures"),
    ],
)
def test_wrong_input(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


def test_other_apps_can_draw_in_the_theme():
    with drawing.theme():
        canvas = drawing.canvas(300, 200)
        canvas.subplots().plot([1, 2], color=drawing.colour("series-1"))
        figure = drawing.finish(canvas, "own", "Own", "A line.")
    assert 'viewBox="0 0 300 200"' in figure.data.decode()
    assert "var(--ks-series-1,#175ea8)" in figure.data.decode()


def test_importing_the_report_is_quick():
    code = (
        "import sys; from kerasuite.report import page, comparison, figures;"
        "print([m for m in ('matplotlib', 'tensorflow', 'keras', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
