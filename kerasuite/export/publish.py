"""Writes a SavedModel, verifies it and publishes it as the next version: all of it or nothing."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tensorflow as tf

from kerasuite.errors import KerasuiteError
from kerasuite.export.parity import verify
from kerasuite.export.signature import Check, Signature
from kerasuite.export.versions import next_version
from kerasuite.export.warmup import write_warmup
from kerasuite.files import staged_folder, write_json

SIGNATURE_FILE = "signature.json"
_WARMUP_BATCH = 8


@dataclass(frozen=True)
class Published:
    """A version that was published.

    Attributes:
        path: its folder.
        version: its number.
        bytes: size of all its files.
        difference: the largest difference of any answer to the Keras model's.
    """

    path: Path
    version: int
    bytes: int
    difference: float


def publish(
    name: str,
    folder: Path,
    signatures: dict[str, Signature],
    checks: dict[str, Check],
    about: dict[str, Any],
    precision: str = "float32",
) -> Published:
    """Publishes the signatures as the next version under `folder`.

    Args:
        name: the name that the model is served under.
        folder: holds one subfolder per version; made if missing.
        signatures: the functions to export by name; "serving_default" among them.
        checks: what the export must answer, per signature.
        about: further entries of signature.json, such as class names and figures.
        precision: dtype policy of the model.

    Raises:
        KerasuiteError: if the export differs from the Keras model, or cannot be written. Nothing
            is left behind then, and the versions there are stay as they were.
    """
    few = {
        k: Check({n: v[:_WARMUP_BATCH] for n, v in c.inputs.items()}, {}) for k, c in checks.items()
    }
    described = {k: s.describe() for k, s in signatures.items()}
    with staged_folder(folder) as stage:
        model = stage / "model"
        with _disk_errors(folder):
            write_saved_model(model, signatures)
            write_warmup(model, name, few)
        write_json(model / SIGNATURE_FILE, {**about, "signatures": described})
        difference = verify(model, checks, precision)
        size = sum(f.stat().st_size for f in model.rglob("*") if f.is_file())
        target = _rename_to_next(model, folder)
    return Published(target, int(target.name), size, difference)


def write_saved_model(path: Path, signatures: dict[str, Signature]) -> None:
    """Writes the SavedModel alone, each weight and each graph stored once."""
    functions = {name: s.traced.get_concrete_function() for name, s in signatures.items()}
    # What the functions use, and not they themselves, nor a model: as attributes they would be
    # traced again when they are saved, and all constants stored twice, as `ExportArchive` does; a
    # model's weights would be stored twice too (keras#23553).
    used = tf.Module()
    used.weights = list({id(v): v for f in functions.values() for v in f.variables}.values())
    resources = {id(r): r for s in signatures.values() for r in s.resources}.values()
    # Of a Keras layer the table alone: all else would swell the checkpoint's record of objects.
    used.resources = [getattr(r, "lookup_table", r) for r in resources]
    tf.saved_model.save(used, str(path), signatures=functions)


def _rename_to_next(source: Path, folder: Path) -> Path:
    while True:
        target = folder / str(next_version(folder))
        try:
            return source.rename(target)
        except OSError:
            # Another process published this number in the meantime: take the one after it.
            if not target.exists():
                raise


@contextlib.contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    """Writers of TensorFlow report a full disk as errors of their own."""
    try:
        yield
    except tf.errors.OpError as e:
        reason = re.sub(r"\{\{.*?\}\}\s*|\s*\[Op:.*", "", e.message or str(e)).splitlines()[0]
        raise KerasuiteError(f"Writing the SavedModel under {folder} failed: {reason}") from e
