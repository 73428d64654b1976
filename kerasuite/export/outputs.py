"""What a model answered, as files and as JSON. No TensorFlow.

Outputs whose names end in `_bytes` hold files: TF Serving's convention for binary answers.
"""

import base64
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kerasuite.files import make_folder, write_bytes

SUFFIX = "_bytes"
_ENDINGS = {
    b"\x89PNG": ".png",
    b"\xff\xd8\xff": ".jpg",
    b"GIF8": ".gif",
    b"RIFF": ".wav",
    b"OggS": ".ogg",
}


def is_file(output: str) -> bool:
    """Whether an output of this name holds a file's bytes."""
    return output.endswith(SUFFIX)


def ranked_tasks(outputs: Iterable[str]) -> list[str]:
    """What stands before `classes` and `scores` in the names of outputs: "" where nothing does.

    Args:
        outputs: names, such as "colour_classes" and "colour_scores" for the task "colour_".
    """
    names = list(outputs)
    tasks = [n.removesuffix("classes") for n in names if n == "classes" or n.endswith("_classes")]
    return [task for task in tasks if f"{task}scores" in names]


def as_json(outputs: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs with bytes as TF Serving writes them: {"b64": …}."""
    return {
        name: {"b64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value
        for name, value in outputs.items()
    }


def save_files(folder: Path, name: str, outputs: Mapping[str, Any]) -> list[Path]:
    """Writes the files among a model's outputs.

    Args:
        folder: made if it is missing.
        name: of the input: "beach/cat.jpg" gives "cat_mask.png" for the output `mask_bytes`, and
            "cat_mask-2.png" where that is taken.
        outputs: by name.

    Returns:
        The files written.

    Raises:
        InputError: if the folder cannot be written to.
    """
    make_folder(folder)
    stem = "input" if name == "-" else Path(name).stem
    written = []
    for output, data in outputs.items():
        if is_file(output):
            path = _unused(folder, f"{stem}_{output.removesuffix(SUFFIX)}", _ending(data))
            write_bytes(path, data)
            written.append(path)
    return written


def _unused(folder: Path, stem: str, ending: str) -> Path:
    path, number = folder / f"{stem}{ending}", 2
    while path.exists():
        path, number = folder / f"{stem}-{number}{ending}", number + 1
    return path


def _ending(data: bytes) -> str:
    return next((e for magic, e in _ENDINGS.items() if data.startswith(magic)), ".bin")
