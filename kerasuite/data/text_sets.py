"""Plain texts of the catalogue, read without TensorFlow."""

from typing import NamedTuple

from kerasuite.data.catalogue import find
from kerasuite.data.embedded_sets import unpacked
from kerasuite.data.fetch import paths
from kerasuite.data.text_files import read_text


class Document(NamedTuple):
    """One text, and its name."""

    text: str
    name: str


def text_set(name: str) -> list[Document]:
    """The texts of a catalogue set of kind "text", fetched first if need be."""
    if find(name, kinds=("text",)).embedded:
        return [Document(unpacked(name), name)]
    return [Document(read_text(path), path.stem) for path in paths(name)]
