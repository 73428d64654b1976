"""Text files: what is read, and how a line that cannot be read is named."""

import pytest

from kerasuite.data.text_files import read_lines, read_text, text_files
from kerasuite.errors import InputError


def test_lines(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfone\r\n\r\nthr\xc3\xa9e\rfour\n")
    assert read_lines(path) == ["one", "", "thrée", "four"]
    assert read_text(path) == "one\n\nthrée\nfour\n"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"fine\ncaf\xe9 au lait\n", r"line 2: expected UTF-8. Received: byte 0xe9 in column 4"),
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        ("wide".encode("utf-16"), "UTF-16"),
        (b"one\ntwo\0\n", "line 2: expected text. Received: a zero byte"),
    ],
)
def test_what_cannot_be_read(tmp_path, data, message):
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    with pytest.raises(InputError, match=message):
        read_lines(path)


def test_files_of_a_source(tmp_path):
    for name in ("b.txt", "a.txt", "c.md", "deep/d.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert [p.name for p in text_files(str(tmp_path))] == ["a.txt", "b.txt", "d.txt"]
    assert [p.name for p in text_files(str(tmp_path / "?.md"))] == ["c.md"]
    assert [p.name for p in text_files(str(tmp_path / "a.txt"))] == ["a.txt"]
    (tmp_path / "empty").mkdir()
    for missing in ("nothing.txt", "*.csv", "nowhere/*.txt", "empty"):
        with pytest.raises(InputError, match=r"no (text )?file"):
            text_files(str(tmp_path / missing))
    with pytest.raises(InputError, match="cannot be read"):
        read_text(tmp_path)
