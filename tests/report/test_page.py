"""The page of a run: what it says, that it is one safe file, and what damage does to it."""

import html
import html.parser
import json
import re

import pytest

from kerasuite.errors import InputError
from kerasuite.report.figure import Figure
from kerasuite.report.page import load_figures, save_figures, write_report
from kerasuite.report.records import read_history
from tests.report.conftest import EVIL, write, write_history

VOID = {"meta", "link", "img", "br", "input", "hr"}
LOADERS = {"src", "href", "xlink:href", "srcset", "data", "action", "poster", "content"}


class Page(html.parser.HTMLParser):
    """Collects what a page holds and checks that its elements nest."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.tags, self.attributes, self.words = [], [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.handle_startendtag(tag, attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attributes]
        self.ids += [value for key, value in attributes if key == "id"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.words))


def page_of(folder):
    source = write_report(folder).read_text(encoding="utf-8")
    return Page(source), source


def check_self_contained(page, source):
    """Nothing is loaded, every id is unique and every reference leads to one."""
    assert len(page.ids) == len(set(page.ids))
    for tag, key, value in page.attributes:
        if key in LOADERS and tag != "meta":
            assert value.startswith(("data:", "#")), (tag, key, value[:80])
        if key in ("href", "data-copy") and not value.startswith("data:"):
            assert value.removeprefix("#") in page.ids
        assert not key.startswith("on"), (tag, key)
    assert re.findall(r"url\((?!#)|@import", source) == []
    assert {"iframe", "object", "embed", "base", "form"} & set(page.tags) == set()


def test_shows_the_run(run_folder):
    page, _ = page_of(run_folder)
    for words in (
        "Image classifier",
        "kerasuite train image_classifier --data 'my pictures'",
        "20 November 2025, 14:03 UTC",
        "80.0 % 95 % interval 75.1 – 84.1 % ✗ Missed : expected at least 99.00 %",
        "✓ Reached : expected at most 2 table 1",
        "parameters 61,706 ✓ Reached : expected at most 62,000",
        "1 unreadable file left out",
        "2 min 30 s",
        "23.5 GiB",
        "812 kB",
        "tensorflow 2.21.0",
        "LeCun et al. 1998",
        "Loss · best 1.1 after epoch 3",
        "Learning rate",
        "Confusion matrix",
        "The most confident mistakes",
    ):
        assert words in page.text, words
    figures = [value for tag, key, value in page.attributes if (tag, key) == ("figure", "id")]
    assert figures == [
        "figure-curves",
        "figure-mistakes",
        "figure-confusion_matrix",
        "figure-reliability",
        "figure-per_class",
    ]


def test_is_one_file_that_loads_nothing(run_folder):
    page, source = page_of(run_folder)
    check_self_contained(page, source)
    assert """<meta http-equiv="Content-Security-Policy" content="default-src 'none';""" in (
        html.unescape(source)
    )
    # The page's own script and nothing else.
    assert page.tags.count("script") == 1


def test_words_from_outside_stay_words(run_folder):
    page, source = page_of(run_folder)
    assert EVIL in page.text
    assert "<script>alert" not in source
    assert "a�.png" in page.text


def test_config_alone_is_enough(tmp_path):
    write(tmp_path / "config.json", {"app": "mlp"})
    page, source = page_of(tmp_path)
    check_self_contained(page, source)
    assert "Mlp" in page.text
    assert "figure" not in page.tags


@pytest.mark.parametrize(
    "name", ["environment.json", "metrics.json", "history.csv", "figures/figures.json"]
)
def test_other_records_may_be_missing(run_folder, name):
    (run_folder / name).unlink()
    check_self_contained(*page_of(run_folder))


def test_writing_twice_gives_the_same_page(run_folder):
    first = write_report(run_folder).read_bytes()
    assert write_report(run_folder).read_bytes() == first


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("config.json", None, "config.json is missing"),
        ("config.json", "{", "config.json is damaged"),
        ("config.json", "[]", "config.json is damaged"),
        ("config.json", '{"options": [1]}', "'options' must be a dict, not list"),
        ("environment.json", "\0", "environment.json is damaged"),
        ("metrics.json", '{"expected": [1]}', "'expected' must be a list of objects"),
        ("metrics.json", '{"headline": "high"}', "'headline' must be a dict"),
        ("metrics.json", '{"evaluation": {"per_class": [{}]}}', "per class cannot be drawn"),
        (
            "metrics.json",
            '{"evaluation": {"confusion": [[1]], "class_names": ["a", "b"]}}',
            "'confusion' must be a square of 2",
        ),
        (
            "metrics.json",
            '{"evaluation": {"confusion": 3, "class_names": ["a"]}}',
            "must be a list, not int",
        ),
        ("history.csv", "epoch,loss\n1,2,3\n2,1\n", "row 1 has 3 fields, the header 2"),
        ("history.csv", b"\xff\xfe\x00", "history.csv is damaged"),
        ("figures/figures.json", '[{"name": "../../etc/passwd"}]', "'../../etc/passwd'"),
        ("figures/figures.json", '[{"name": "gone"}]', "gone.svg cannot be read"),
    ],
)
def test_damage_is_named(run_folder, name, content, message):
    path = run_folder / name
    path.unlink()
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=re.escape(message)):
        write_report(run_folder)
    assert not (run_folder / "report.html").exists()


def test_an_app_with_figures_of_its_own(tmp_path):
    write(tmp_path / "config.json", {"app": "translator"})
    metrics = {
        "headline": {"bleu": 23.4},
        "evaluation": {"chrf": 51.2, "samples": [{"source": "a", "target": "b"}], "notes": EVIL},
        "data": {"name": "pairs", "languages": ["en", "de"], "nested": {"a": 1}},
    }
    write(tmp_path / "metrics.json", metrics)
    write_history(tmp_path / "history.csv", {"epoch": [1], "loss": [2], "phase": ["warm-up"]})
    page, source = page_of(tmp_path)
    check_self_contained(page, source)
    for words in ("Bleu 23.4", "Chrf 51.2", "en, de"):
        assert words.lower() in page.text.lower()


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"at_least": 0.9}, "expected at least 90.0 %"),
        ({"at_most": 0.95}, "expected at most 95.0 %"),
        ({"at_least": 0.9, "at_most": 0.95}, "expected 90.0 % to 95.0 %"),
        ({"at_least": 1, "at_most": 1}, "expected exactly 100.0 %"),
        ({"at_least": None, "at_most": 0}, "expected at most 0.0 %"),
    ],
)
def test_limits_in_words(tmp_path, limits, words):
    write(tmp_path / "config.json", {"app": "mlp"})
    expected = {"metric": "accuracy", "measured": 0.92, "reached": True, **limits}
    write(tmp_path / "metrics.json", {"expected": [expected]})
    assert words in page_of(tmp_path)[0].text


def test_foreign_pictures_stay_in_an_image(run_folder):
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>1</script></svg>'
    lies = b'<svg xmlns="http://www.w3.org/2000/svg" class="ks-figure"><script>1</script></svg>'
    png = b"\x89PNG\r\n\x1a\n"
    save_figures(
        run_folder,
        [
            Figure("foreign", EVIL, EVIL, svg),
            Figure("lies", "Lies", "", lies),
            Figure("samples", "Samples", "Made by the model.", png, "png"),
        ],
    )
    page, source = page_of(run_folder)
    check_self_contained(page, source)
    assert page.tags.count("img") == 3
    assert [value for tag, key, value in page.attributes if (tag, key) == ("img", "alt")] == [
        EVIL,
        "Lies",
        "Samples",
    ]


def test_figures_make_the_round_trip(tmp_path):
    figures = [Figure("b", "B", "two", b"<svg/>"), Figure("a", "Ä", "", b"GIF89a", "gif")]
    save_figures(tmp_path, figures)
    assert load_figures(tmp_path) == figures
    assert json.loads((tmp_path / "figures/figures.json").read_text("utf-8"))[1]["title"] == "Ä"
    assert load_figures(tmp_path / "nowhere") == []


@pytest.mark.parametrize(
    ("names", "kind", "message"),
    [
        (["a", "a"], "svg", "Received twice"),
        (["../a"], "svg", "name='../a'"),
        ([""], "svg", "name=''"),
        (["a"], "exe", "kind='exe'"),
    ],
)
def test_figures_need_names_of_files(tmp_path, names, kind, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        save_figures(tmp_path, [Figure(name, "t", "c", b"", kind) for name in names])
    assert list(tmp_path.iterdir()) == []


def test_history_of_a_resumed_run(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("epoch,loss,val_loss,note\n1,3,,x\n2,2,nan,y\n2,1.5,4,z\n3,1.0,\n")
    # Epoch 2 was repeated, and the last row was cut off when the run was killed.
    assert read_history(path) == {"epoch": [1, 2], "loss": [3, 1.5], "val_loss": [None, 4]}


@pytest.mark.parametrize("content", ["", "epoch,loss\n", "epoch,loss\n1", "\n\n"])
def test_history_that_has_not_begun(tmp_path, content):
    (tmp_path / "history.csv").write_text(content)
    assert read_history(tmp_path / "history.csv") == {}


def test_texts_are_shown_as_they_are(run_folder):
    metrics = json.loads((run_folder / "metrics.json").read_text())
    texts = [{"title": EVIL, "given": "It was\n", "text": f"  a dark {EVIL} night"}, {"text": "so"}]
    metrics["evaluation"]["texts"] = texts
    write(run_folder / "metrics.json", metrics)
    page, source = page_of(run_folder)
    check_self_contained(page, source)
    assert "texts" in page.ids and f"  a dark {html.escape(EVIL, quote=False)}" in source.replace(
        "&#34;", '"'
    ).replace("&#39;", "'")
    metrics["evaluation"]["texts"] = "no list"
    write(run_folder / "metrics.json", metrics)
    with pytest.raises(InputError, match="texts"):
        write_report(run_folder)
