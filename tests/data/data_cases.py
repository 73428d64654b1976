"""Tiny packages and picture folders, made on the spot: no test here needs a network."""

import hashlib
import io
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image

from kerasuite.data.entry import Entry, Member, Source

CONTENT = {"package/data/a.bin": b"first file", "package/data/b.bin": b"second file" * 999}


def members(content=CONTENT):
    return tuple(
        Member(path, len(data), hashlib.sha256(data).hexdigest()) for path, data in content.items()
    )


def tgz(path, files):
    """A .tgz of (TarInfo or name, bytes) pairs."""
    with tarfile.open(path, "w:gz") as tar:
        for name, data in files:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def tiny_entry(client="npm", name="tiny", package="tiny-data"):
    source = Source(client, package, "1.0.0", 1000, members())
    return Entry(name, "Tiny", "pictures", "MIT", "-", "-", (("train", 1),), sources=(source,))


def encoded(picture, form="PNG", **options):
    """The bytes of a picture file; `picture` is an array or a PIL image."""
    if not isinstance(picture, Image.Image):
        picture = Image.fromarray(picture)
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def picture_folder(root, counts, seed=0, grey=False):
    """Writes a folder per class with that many 8x6 pictures; returns the folder."""
    rng = np.random.default_rng(seed)
    for name, count in counts.items():
        folder = Path(root, name)
        folder.mkdir(parents=True)
        for i in range(count):
            shape = (8, 6) if grey else (8, 6, 3)
            picture = rng.integers(0, 256, shape, dtype="uint8")
            (folder / f"{i:03}.png").write_bytes(encoded(picture))
    return Path(root)
