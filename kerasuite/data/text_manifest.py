"""Writes the manifest of the files that text data sets take out of packages.

python -m kerasuite.data.text_manifest FOLDER     where FOLDER/PACKAGE/ holds each one unpacked

The manifest is part of the package.
"""

import csv
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from kerasuite.data.catalogue_text import (
    BIBLES,
    FILLETS,
    LANGUAGES,
    SOFTWARE,
    SPEECHES,
    TEXT_MANIFEST,
    WESNOTH,
)


def chosen() -> Iterator[tuple[str, str, str, int]]:
    """Data set, package, files' pattern, and how many folders they keep in the cache."""
    for code in LANGUAGES:
        for package in SOFTWARE:
            yield f"software_en_{code}", package, f"**/{code}/LC_MESSAGES/*.mo", 0
        yield f"wesnoth_en_{code}", WESNOTH, f"**/{code}/LC_MESSAGES/*.mo", 0
        yield f"fillets_en_{code}", FILLETS, f"**/script/*/dialogs_{code}.lua", 1
    for package in BIBLES:
        yield "bible_full_en_es", package, "**/ztext/*/*.bz?", 1
    yield "state_of_the_union", SPEECHES, "package/sotu/data/*.txt", 0


def main(folder: Path) -> None:
    """Writes the manifest from the unpacked packages."""
    with TEXT_MANIFEST.open("w", encoding="utf-8", newline="") as f:
        writer = csv.writer(f, delimiter="\t", lineterminator="\n")
        writer.writerow(["set", "package", "path", "stored", "size", "sha256"])
        for name, package, pattern, folders in chosen():
            root = folder / package.rsplit("/", 1)[-1]
            for path in sorted(root.glob(pattern)):
                data = path.read_bytes()
                if not data:  # levels without words
                    continue
                stored = "/".join(path.parts[-1 - folders :]) if folders else ""
                digest = hashlib.sha256(data).hexdigest()
                row = [name, package, str(path.relative_to(root)), stored, len(data), digest]
                writer.writerow(row)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
