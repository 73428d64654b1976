"""What is named on the command line, as examples to ask about."""

import pytest

from kerasuite.errors import InputError
from kerasuite.export.inputs import gather

PAGE = "A sentence that is no name of a file. " * 20


@pytest.mark.parametrize("kind", ["text", "message"])
@pytest.mark.parametrize("literal", ["", PAGE, PAGE.replace(" ", "/")])
def test_a_literal_is_taken_as_it_is(kind, literal):
    (example,) = gather([literal], kind)
    assert example.value == (literal.encode() if kind == "message" else literal)


def test_no_name_is_not_the_folder_it_is_asked_in(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.png").write_bytes(b"?")
    with pytest.raises(InputError, match="cannot be read"):
        gather([""], "picture")
    assert [e.value for e in gather(["."], "picture")] == [b"?"]
