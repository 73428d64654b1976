"""Files are written whole or not at all, and damaged ones are named."""

import json

import pytest

from kerasuite.errors import InputError, KerasuiteError
from kerasuite.files import make_folder, read_json, staged_folder, write_bytes, write_json


def test_json_keeps_values_and_puts_plain_lists_on_one_line(tmp_path):
    value = {
        "matrix": [[1, 2], [3, 4]],
        "tricky": ["a, [b\n", "{c}", "]"],
        "empty": [],
        "nested": [{"x": [1.5, None]}],
        "name": "déjà \udcff",
    }
    write_json(tmp_path / "record.json", value)
    assert read_json(tmp_path / "record.json") == value
    assert "[ 1, 2 ]" in (tmp_path / "record.json").read_text()


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "record.json"
    write_json(path, {"a": 1})

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(KerasuiteError, match=r"record\.json failed: No space"):
        write_bytes(path, b"x" * 100)
    monkeypatch.undo()
    assert json.loads(path.read_text()) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_a_staged_folder_is_always_cleared(tmp_path):
    with staged_folder(tmp_path / "models") as stage:
        (stage / "half").write_text("")
    with pytest.raises(KerasuiteError, match="No space"), staged_folder(tmp_path / "models"):
        raise OSError(28, "No space left on device")
    assert list((tmp_path / "models").iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "\xff"])
def test_damaged_json_is_named(tmp_path, text):
    path = tmp_path / "record.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=r"record\.json is damaged"):
        read_json(path)


def test_a_folder_that_cannot_be(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file"):
        make_folder(tmp_path / "file" / "folder")
