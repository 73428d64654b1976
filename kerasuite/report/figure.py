"""One picture of a report."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A picture with its words.

    Attributes:
        name: file name without ending, e.g. "confusion_matrix".
        title: heading above the picture.
        caption: one or two sentences on what it shows and how to read it.
        data: the encoded picture.
        kind: "svg" or "png" (or "gif"): the encoding of `data` and the ending of the file.
    """

    name: str
    title: str
    caption: str
    data: bytes
    kind: str = "svg"
