"""`kerasuite deploy`: a folder that runs a model in the official TF Serving image."""

import importlib.metadata
import json
import re
import shutil
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2

from kerasuite.errors import InputError
from kerasuite.export.versions import locate
from kerasuite.files import staged_folder
from kerasuite.serving.settings import DeployOptions

_TEMPLATES = Path(str(files("kerasuite.serving") / "templates"))
_WRITTEN = (
    "config/models.config",
    "config/batching_parameters.txt",
    "config/monitoring.config",
    "Dockerfile",
    "docker-compose.yaml",
    "kubernetes.yaml",
    "README.md",
)
SMOKE_TEST = "smoke_test.py"


def deploy(options: DeployOptions) -> Path:
    """Writes the folder, all of it or nothing.

    Returns:
        The folder.

    Raises:
        InputError: if an option cannot be used.
    """
    target = options.to.absolute()
    _check(options, target)
    source = locate(options.app, options.version)
    with staged_folder(target.parent) as stage:
        folder = stage / "deployment"
        model = folder / "models" / options.app / source.name
        shutil.copytree(source, model)
        values = _values(options, int(source.name))
        for name in _WRITTEN:
            file = folder / name
            file.parent.mkdir(exist_ok=True)
            file.write_text(_render(name, values), encoding="utf-8")
        shutil.copyfile(_TEMPLATES / SMOKE_TEST, folder / SMOKE_TEST)
        check = _example(options.app, int(source.name), model)
        (folder / "smoke_test.json").write_text(json.dumps(check) + "\n", encoding="utf-8")
        if target.is_dir():
            target.rmdir()
        folder.rename(target)
    return target


def _check(options: DeployOptions, target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(f"--to: {options.to} exists and is not an empty folder")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", options.app):
        raise InputError(f"The app's name cannot be a model's name: {options.app!r}")
    for name in ("replicas", "max_batch_size"):
        if getattr(options, name) < 1:
            spelled = name.replace("_", "-")
            raise InputError(f"--{spelled} must be at least 1. Received: {getattr(options, name)}")
    if options.batch_timeout_micros < 0:
        raise InputError(
            f"--batch-timeout-micros must be 0 or more. Received: {options.batch_timeout_micros}"
        )
    if options.image and not re.fullmatch(r"[A-Za-z0-9][\w./:@-]*", options.image):
        raise InputError(f"--image: this is no name of an image: {options.image!r}")


def _values(options: DeployOptions, version: int) -> dict[str, Any]:
    installed = importlib.metadata.version("tensorflow-serving-api")
    return {
        "app": options.app,
        "version": version,
        # Kubernetes takes 63 lower-case letters, digits and hyphens, and a letter first.
        "name": "serving-" + re.sub(r"[^a-z0-9]+", "-", options.app.lower())[:50].strip("-"),
        "image": options.image or f"tensorflow/serving:{installed}",
        "replicas": options.replicas,
        "max_batch_size": options.max_batch_size,
        "batch_timeout_micros": options.batch_timeout_micros,
        "allowed_batch_sizes": list(_sizes(options.max_batch_size)),
    }


def _sizes(largest: int) -> Iterator[int]:
    """Powers of two up to the largest: few sizes to prepare for, little padding."""
    size = 1
    while size < largest:
        yield size
        size *= 2
    yield largest


def _render(name: str, values: dict[str, Any]) -> str:
    text = (_TEMPLATES / Path(name).name).read_text(encoding="utf-8")
    template = jinja2.Environment(
        undefined=jinja2.StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    ).from_string(text)
    return template.render(values)


def _example(app: str, version: int, path: Path) -> dict[str, Any]:
    """A request of the model's own warm-up file, and the answer to it."""
    from kerasuite.serving import json_answers, tensors
    from kerasuite.serving.client_rest import as_json
    from kerasuite.serving.json_requests import Format
    from kerasuite.serving.servable import Servable
    from kerasuite.serving.warm_up import logs

    servable = Servable(app, version, path)
    known: dict[str, Any] = {"model": app, "version": version, "request": None, "answer": None}
    for log in logs(servable):
        request = log.predict_log.request
        if log.WhichOneof("log_type") != "predict_log" or not request.inputs:
            continue
        signature = request.model_spec.signature_name
        inputs = {name: tensors.from_proto(name, t) for name, t in request.inputs.items()}
        outputs = servable.run(signature, inputs)
        known["request"] = {
            "signature_name": signature,
            "inputs": {name: as_json(array) for name, array in inputs.items()},
        }
        known["answer"] = json.loads(json_answers.predictions(outputs, Format.COLUMN))["outputs"]
        break
    return known
