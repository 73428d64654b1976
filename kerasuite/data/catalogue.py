"""The data sets kerasuite knows by name: what they are, whose they are, where they come from.

Nothing here imports TensorFlow, or anything else that is slow.
"""

from kerasuite.data import catalogue_entries
from kerasuite.data.entry import Entry
from kerasuite.errors import InputError


def entries() -> tuple[Entry, ...]:
    """All data sets, embedded ones first."""
    return catalogue_entries.ENTRIES


def names() -> tuple[str, ...]:
    """The names of all data sets."""
    return tuple(e.name for e in entries())


def find(name: str, kinds: tuple[str, ...] = ()) -> Entry:
    """The data set called `name`.

    Args:
        name: its catalogue name.
        kinds: the kinds that are of use; empty for any.

    Raises:
        InputError: if there is none, naming those with a similar name, or it is of another kind.
    """
    for entry in entries():
        if entry.name == name:
            if kinds and entry.kind not in kinds:
                raise InputError(
                    f"The data set {name} cannot be used here: expected {' or '.join(kinds)}. "
                    f"Received: {entry.kind}"
                )
            return entry
    raise InputError(
        f"There is no data set called {name!r}{near(name, names())}; "
        "'kerasuite data list' shows them all"
    )


def near(word: str, known: tuple[str, ...]) -> str:
    """A clause that names what is spelt like `word`: "; near: a, b", or nothing."""
    import difflib  # here: it costs a third of this module's import time

    close = difflib.get_close_matches(word.lower(), known, n=3, cutoff=0.5)
    return f"; near: {', '.join(close)}" if close else ""
