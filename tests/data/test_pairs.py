"""Sentence pairs from the catalogue and from own files, and how they are divided."""

import struct
import zlib

import numpy as np
import pytest

from kerasuite.data import catalogue, pair_sets
from kerasuite.data.pairs import Pairs, load_pairs
from kerasuite.data.splits import SPLITS
from kerasuite.errors import InputError

EMBEDDED = [e for e in catalogue.entries() if e.embedded and e.kind == "pairs"]


def parts(splits):
    return {name: getattr(splits, name) for name in SPLITS}


def rows(count, documents=0):
    """Pairs whose sentences have nothing in common, in so many documents."""
    of = (lambda i: f"d{i % documents}") if documents else str
    return [(f"word{i} here", f"palabra{i} aqui", of(i)) for i in range(count)]


def write(path, lines):
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("entry", EMBEDDED, ids=lambda e: e.name)
def test_embedded_pairs(entry):
    pairs = pair_sets.pair_set(entry.name)
    assert len(pairs) == dict(entry.splits)["all"] == len({p[:2] for p in pairs})
    assert all(a.strip() and b.strip() and d.strip() for a, b, d in pairs)
    assert len({d for *_, d in pairs}) >= 60


@pytest.mark.parametrize("source", ["bible_en_es", "gnome_en_es", "bible_en_es+gnome_en_es"])
def test_documents_and_sentences_are_in_one_split(source):
    splits = load_pairs(source)
    assert splits.info.languages == ("en", "es") and splits.info.citation
    total = sum(len(p) for p in parts(splits).values())
    documents, sentences = {}, {}
    for name, pairs in parts(splits).items():
        assert pairs.directions() == (("en", "es"),)
        for d in pairs.documents:
            assert documents.setdefault(d, name) == name
        for side in (pairs.sources, pairs.targets):
            for sentence in side:
                key = " ".join(sentence.lower().split())
                assert sentences.setdefault(key, name) == name
        if name != "train":
            assert 0.03 * total < len(pairs) < 0.08 * total
            assert len(set(pairs.sources)) == len(pairs)
    assert load_pairs(source, seed=1).test == splits.test


def test_both_directions_and_several_sets():
    both = (("es", "en"), ("en", "fr"))
    splits = load_pairs("gnome_en_es+gnome_en_fr", directions=both)
    assert splits.train.directions() == both
    assert splits.train.sources[0] == load_pairs("gnome_en_es").train.targets[0]
    with pytest.raises(InputError, match="no pairs es-fr; it has en-es, en-fr"):
        load_pairs("gnome_en_es+gnome_en_fr", directions=[("es", "fr")])


def test_emoji_are_held_out_in_every_language():
    learned = load_pairs("emoji_names_30", directions=[("en", "de"), ("en", "fr"), ("de", "en")])
    asked = load_pairs("emoji_names_30", directions=[("de", "fr")])
    assert set(asked.test.documents) == set(learned.test.documents)
    assert not set(asked.test.documents) & set(learned.train.documents)
    assert not set(asked.test.sources) & set(learned.train.targets)
    pairs = dict(zip(asked.train.sources, asked.train.targets, strict=True))
    assert pairs["Hundegesicht"] == "tête de chien"
    with pytest.raises(InputError, match="no language 'xx'; it has"):
        load_pairs("emoji_names_30", directions=[("en", "xx")])


def test_limit_and_take():
    splits = load_pairs("gnome_en_fr", limit=50)
    assert splits.sizes() == {"train": 50, "validation": 50, "test": 50}
    assert splits.train == load_pairs("gnome_en_fr", limit=50).train
    assert splits.train != load_pairs("gnome_en_fr", limit=50, seed=1).train
    first = splits.train.take(np.array([3, 1]))
    assert first.sources == [splits.train.sources[3], splits.train.sources[1]]
    assert first.reversed().targets == first.sources
    assert first.reversed().reversed() == first and len(Pairs()) == 0


def test_overlap_leaves_training_and_is_counted(tmp_path):
    lines = [f"{a}\t{b}\t{d}" for a, b, d in rows(400, documents=100)]
    splits = load_pairs(str(write(tmp_path / "own.tsv", lines)), seed=3)
    assert splits.sizes() == {"train": 240, "validation": 80, "test": 80}
    assert not splits.info.skipped
    copy = f"{splits.test.sources[0].upper()}!\totra cosa\tnew"
    again = load_pairs(str(write(tmp_path / "own.tsv", [*lines, copy])), seed=3)
    assert sum(again.sizes().values()) == 400
    assert again.info.skipped[0][1].startswith("1 pairs left out")


@pytest.mark.parametrize("form", ["tsv", "header.tsv", "csv", "codes.csv", "moses", "start"])
def test_forms_of_own_pairs(tmp_path, form):
    pairs = rows(60)
    path = tmp_path / f"own.{form}"
    match form:
        case "tsv":
            write(path, [f"{a}\t{b}" for a, b, _ in pairs])
        case "header.tsv":
            head = "target\tsource\tsource_language\ttarget_language"
            write(path, [head, *(f"{b}\t{a}\ten\tes" for a, b, _ in pairs)])
        case "csv":
            write(path, ["source,target", *(f'"{a}","{b}"' for a, b, _ in pairs)])
        case "codes.csv":
            write(path, ["document,en,es", *(f"{d},{a},{b}" for a, b, d in pairs)])
        case "moses" | "start":
            write(tmp_path / "corpus.en", [a for a, *_ in pairs])
            write(tmp_path / "corpus.es", [b for _, b, _ in pairs])
            both = f"{tmp_path}/corpus.en,{tmp_path}/corpus.es"
            path = both if form == "moses" else tmp_path / "corpus"
    splits = load_pairs(str(path))
    found = [
        pair
        for part in parts(splits).values()
        for pair in zip(part.sources, part.targets, strict=True)
    ]
    assert sorted(found) == sorted((a, b) for a, b, _ in pairs)
    wanted = ("?",) if form in ("tsv", "csv") else ("en", "es")
    assert splits.info.languages == wanted


def test_folders_with_given_splits(tmp_path):
    pairs = rows(90)
    for name, some in (("train", pairs[:60]), ("dev", pairs[60:75]), ("test", pairs[75:])):
        write(tmp_path / f"{name}.en", [a for a, *_ in some])
        write(tmp_path / f"{name}.fr", [b for _, b, _ in some])
    splits = load_pairs(str(tmp_path))
    assert splits.sizes() == {"train": 60, "validation": 15, "test": 15}
    assert splits.test.sources == [a for a, *_ in pairs[75:]]
    (tmp_path / "dev.en").unlink()
    with pytest.raises(InputError, match=r"two files for validation\. Received: dev\.fr"):
        load_pairs(str(tmp_path))
    (tmp_path / "dev.fr").unlink()
    splits = load_pairs(str(tmp_path))
    assert splits.test.sources == [a for a, *_ in pairs[75:]] and len(splits.validation) == 12


def test_missing_sides_are_counted_and_named(tmp_path):
    lines = [f"{a}\t{b}" for a, b, _ in rows(60)]
    lines[6], lines[9] = "only this\t ", "\tsolo esto"
    splits = load_pairs(str(write(tmp_path / "own.tsv", lines)))
    reason = "2 pairs without a source or target, the first in line 7"
    assert splits.info.skipped == ((str(tmp_path / "own.tsv"), reason),)
    assert sum(splits.sizes().values()) == 58


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("a.tsv", b"", "is empty"),
        ("a.tsv", b"one\tuno\ntwo\n", "line 2: expected a source and a target with a tab"),
        ("a.tsv", b"one\n", "line 1: expected a source and a target with a tab"),
        ("a.tsv", b"one\tuno\ntwo\tdos\n", "at least 3 pairs. Received: 2"),
        ("a.tsv", b"one\tuno\nan\tun a\xf1o\n", "line 2: expected UTF-8"),
        ("a.tsv", b"\tx\ny\t\n", "no pair with both sides"),
        ("a.csv", b"a text,b,c\n1,2,3\n", "expected the columns source and target"),
        ("a.csv", b'source,target\n"' + b"x" * 200_000 + b'",y\n', "line 2: field larger"),
        ("a.tsv", b"x\ty\td\n" * 9, "no pair is left for"),
        ("a.doc", b"one\tuno\n", "expected a .tsv or .csv file"),
    ],
)
def test_files_that_cannot_be_used(tmp_path, name, content, match):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=match) as e:
        load_pairs(str(tmp_path / name))
    assert str(tmp_path / name) in str(e.value) and "\n" not in str(e.value)


def test_sources_that_are_none(tmp_path):
    write(tmp_path / "c.en", ["a", "b"])
    write(tmp_path / "c.es", ["a"])
    for source, match in {
        "bible_en_ex": "no data set called 'bible_en_ex'; near: bible_en_es",
        "moby_dick": "expected pairs or captions. Received: text",
        "emoji_captions": "holds no pairs",
        "./nothing": "does not exist; expected",
        str(tmp_path): "no file called train",
        f"{tmp_path}/c": "same number of lines. Received: 2 and 1",
        f"{tmp_path}/c.en,{tmp_path}/c.xx": "c.xx cannot be read",
    }.items():
        with pytest.raises(InputError, match=match):
            load_pairs(source)
    with pytest.raises(InputError, match="limit must be at least 1"):
        load_pairs(limit=0)


def test_translations_of_tensorflow_datasets(tmp_path, monkeypatch):
    tfds = pytest.importorskip("tensorflow_datasets")
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    pairs = rows(50)
    examples = {
        "train": [{"en": a, "es": b} for a, b, _ in pairs[:40]],
        "test": [{"en": a, "es": b} for a, b, _ in pairs[40:]],
    }
    for name, features in {
        "talks": tfds.features.Translation(["en", "es"]),
        "other": tfds.features.FeaturesDict({"en": tfds.features.Text()}),
    }.items():
        tfds.dataset_builders.store_as_tfds_dataset(
            name=name,
            version="1.0.0",
            features=features,
            split_datasets={
                s: [
                    (str(i), {k: v for k, v in e.items() if k in features}) for i, e in enumerate(x)
                ]
                for s, x in examples.items()
            },
            data_dir=tmp_path,
            disable_shuffling=True,
        )
    splits = load_pairs("tfds:talks")
    assert splits.sizes() == {"train": 32, "validation": 8, "test": 10}
    assert splits.test.targets == [b for _, b, _ in pairs[40:]]
    assert splits.info.languages == ("en", "es")
    with pytest.raises(InputError, match="expected translations of two languages"):
        load_pairs("tfds:other")


# --- readers of fetched sets, on small files of their own formats ---------------------------------


def test_catalogues_of_messages(tmp_path):
    polib = pytest.importorskip("polib")
    catalogue_file = polib.POFile()
    for source, target in (
        ("Save the _file", "Guardar el &archivo"),
        ("story^It was dark", "Era de noche"),
        ("%d files are open", "%d archivos abiertos"),
        ("Open", "Abrir"),
        ("Not yet translated", ""),
        ("a list\nof options", "una lista\nde opciones"),
    ):
        catalogue_file.append(polib.POEntry(msgid=source, msgstr=target))
    catalogue_file.save_as_mofile(str(tmp_path / "tool.mo"))
    assert sorted(pair_sets.catalogue_pairs((tmp_path / "tool.mo",))) == [
        ("It was dark", "Era de noche", "tool"),
        ("Save the file", "Guardar el archivo", "tool"),
    ]


def test_dialogues(tmp_path):
    (tmp_path / "reef").mkdir()
    path = tmp_path / "reef" / "dialogs_es.lua"
    path.write_text(
        'dialogId("a", "font_big", "Say \\"hello\\", fish.")\ndialogStr("Di \\"hola\\", pez.")\n\n'
        'dialogId("b", "font_small", "Ha")\ndialogStr("Ha")\n'
    )
    assert list(pair_sets.dialogue_pairs((path,))) == [
        ('Say "hello", fish.', 'Di "hola", pez.', "reef")
    ]


def test_bibles(tmp_path, monkeypatch):
    """Genesis 1:1 and 1:2 in two modules, the second with mark-up."""
    pytest.importorskip("pysword")
    from pysword.books import BibleStructure

    structure = BibleStructure("kjv")
    places = structure.ref_to_indicies(books=["Genesis"], chapters=[1])["ot"]
    for folder, texts in (
        ("engWEB2015eb", ("In the beginning ,", "The earth")),
        ("spaRV1909eb", ('<w lemma="x">EN</w> el <note>1</note>principio', "")),
    ):
        at = tmp_path / folder
        at.mkdir()
        verses = [b""] * (places[1] + 1)
        verses[places[0]], verses[places[1]] = (text.encode() for text in texts)
        block = b"".join(verses)
        packed = zlib.compress(block)
        ends = np.cumsum([len(v) for v in verses])
        index = [(0, e - len(v), len(v)) for e, v in zip(ends, verses, strict=True)]
        (at / "ot.bzz").write_bytes(packed)
        (at / "ot.bzs").write_bytes(struct.pack("<III", 0, len(packed), len(block)))
        (at / "ot.bzv").write_bytes(b"".join(struct.pack("<IIH", *row) for row in index))
        for ending in ("bzz", "bzs", "bzv"):
            (at / f"nt.{ending}").write_bytes(b"")
    monkeypatch.setattr(pair_sets, "VERSIFICATIONS", {"engWEB2015eb": "kjv", "spaRV1909eb": "kjv"})
    files = [tmp_path / f / "ot.bzz" for f in ("engWEB2015eb", "spaRV1909eb")]
    assert list(pair_sets.verse_pairs(tuple(files))) == [
        ("In the beginning,", "EN el principio", "Genesis")
    ]
