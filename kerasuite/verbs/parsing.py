"""How a verb reads its options."""

from typing import Any


def parse(options: type, words: list[str], verb: str) -> Any:
    """Reads words into a dataclass; --help and wrong usage end the process, as tyro does it."""
    import tyro

    return tyro.cli(options, args=words, prog=f"kerasuite {verb}")
