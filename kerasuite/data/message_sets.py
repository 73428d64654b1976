"""Raw e-mails of the catalogue, read without TensorFlow."""

import re
import tarfile
from typing import NamedTuple

from kerasuite.data.catalogue import find
from kerasuite.data.fetch import paths

_MAIL = re.compile(r"package/data/([a-z]+(?:-[a-z]+)?)-\d/[^/]+\.txt")


class Message(NamedTuple):
    """A message as it arrived, headers and body, and its class."""

    raw: bytes
    label: str


def message_set(name: str) -> list[Message]:
    """The messages of a catalogue set of kind "messages", fetched first if need be.

    The classes of spam_assassin are "ham" and "spam".
    """
    find(name, kinds=("messages",))
    (path,) = paths(name)
    messages = []
    with tarfile.open(path) as archive:  # read in place: no file of it is ever written
        for info in archive:
            if match := _MAIL.fullmatch(info.name):
                label = "spam" if match[1] == "spam" else "ham"
                messages.append(Message(archive.extractfile(info).read(), label))
    return messages
