"""Plain texts: what is held out, and what cannot be used."""

import pytest

from kerasuite.data import catalogue
from kerasuite.data.corpora import load_texts
from kerasuite.data.splits import SPLITS
from kerasuite.data.text_sets import text_set
from kerasuite.errors import InputError


def test_novels_are_cut_where_paragraphs_end():
    splits = load_texts()
    assert "Melville" in splits.info.citation and "Austen" in splits.info.citation
    for i, name in enumerate(("moby_dick", "pride_and_prejudice")):
        pieces = [getattr(splits, split)[i] for split in SPLITS]
        whole = text_set(name)[0].text
        assert "".join(piece.text for piece in pieces) == whole
        shares = [len(piece.text) / len(whole) for piece in pieces]
        assert shares == pytest.approx([0.9, 0.05, 0.05], abs=0.005)
        assert all(piece.text.endswith("\n") for piece in pieces[:2])
        assert {piece.name for piece in pieces} == {name}
    assert "Call me Ishmael" in splits.train[0].text[:1000]


def test_many_documents_are_held_out_whole(tmp_path):
    for i in range(50):
        (tmp_path / f"{i}.py").write_text(f"print({i})\n" * (100 + 10 * i))
    (tmp_path / "notes.txt").write_text("not code")
    splits = load_texts(str(tmp_path), endings=(".py",))
    names = [{d.name for d in getattr(splits, split)} for split in SPLITS]
    assert len(set.union(*names)) == sum(map(len, names)) == 50
    total = sum(len(d.text) for split in SPLITS for d in getattr(splits, split))
    for split in SPLITS[1:]:
        assert 0.05 < sum(len(d.text) for d in getattr(splits, split)) / total < 0.25
    other = load_texts(str(tmp_path), endings=(".py",), seed=1)
    assert {d.name for d in other.test} != names[2]


def test_a_text_without_breaks(tmp_path):
    (tmp_path / "a.txt").write_text("x" * 1000)
    splits = load_texts(str(tmp_path / "a.txt"))
    assert [len(getattr(splits, s)[0].text) for s in SPLITS] == [900, 50, 50]


def test_texts_that_cannot_be_used(tmp_path):
    (tmp_path / "bad.txt").write_bytes(b"good\nbad \xff\n")
    (tmp_path / "tiny.txt").write_text("a")
    (tmp_path / "folder").mkdir()
    for source, match in {
        str(tmp_path / "bad.txt"): "line 2: expected UTF-8",
        str(tmp_path / "tiny.txt"): "too short to be divided",
        str(tmp_path / "folder"): "holds no text file",
        "./nothing.txt": "no file",
        "moby_dock": "no text called 'moby_dock'; near: moby_dick",
        "bible_en_es": "expected text. Received: pairs",
    }.items():
        with pytest.raises(InputError, match=match):
            load_texts(source)


@pytest.mark.parametrize(
    "name", [e.name for e in catalogue.entries() if e.embedded and e.kind == "text"]
)
def test_embedded_texts(name):
    (document,) = text_set(name)
    assert len(document.text) > 500_000


def test_the_library_of_this_python():
    found = load_texts("python_library")
    assert found.info.licence and len(found.train) > 200
    names = {
        part: {d.name for d in getattr(found, part)} for part in ("train", "validation", "test")
    }
    assert all(names.values()) and not names["train"] & names["test"]
    assert not any("site-packages" in name for name in names["train"])
    held = sum(len(d.text) for d in found.test) / sum(len(d.text) for d in found.train)
    assert 0.03 < held < 0.09
