"""Which models to serve and which of their versions: ModelServerConfig, checked."""

from importlib.resources import files
from pathlib import Path

from tensorflow_serving.config import model_server_config_pb2
from tensorflow_serving.config.file_system_storage_path_source_pb2 import (
    FileSystemStoragePathSourceConfig,
)

from kerasuite.errors import InputError
from kerasuite.export.versions import versions
from kerasuite.files import home
from kerasuite.serving import text_protos
from kerasuite.serving.status import Code, ServingError, invalid

ModelConfig = model_server_config_pb2.ModelConfig
ModelServerConfig = model_server_config_pb2.ModelServerConfig
Policy = FileSystemStoragePathSourceConfig.ServableVersionPolicy


def single(name: str, base_path: str) -> ModelServerConfig:
    """The latest version of one model."""
    config = ModelServerConfig()
    config.model_config_list.config.add(
        name=name, base_path=str(Path(base_path).absolute()), model_platform="tensorflow"
    )
    return config


def from_file(path: Path) -> ModelServerConfig:
    """Reads and checks a model config file.

    Raises:
        InputError: if it cannot be read or makes no sense.
    """
    config = text_protos.read(path, ModelServerConfig(), "model_config_file")
    try:
        check(config)
    except ServingError as e:
        raise InputError(f"--model_config_file: {path}: {e}") from e
    return config


def everything() -> ModelServerConfig:
    """Every model under saved_models/, and those that came with the package."""
    config = ModelServerConfig()
    folders: dict[str, Path] = {}
    for parent in (Path(str(files("kerasuite.saved_models"))), home() / "saved_models"):
        if parent.is_dir():
            folders |= {p.name: p for p in parent.iterdir() if versions(p)}
    for name, folder in sorted(folders.items()):
        config.model_config_list.config.add(
            name=name, base_path=str(folder.absolute()), model_platform="tensorflow"
        )
    return config


def check(config: ModelServerConfig) -> None:
    """Refuses a config that makes no sense.

    Raises:
        ServingError: INVALID_ARGUMENT or UNIMPLEMENTED, naming the entry.
    """
    if config.HasField("custom_model_config"):
        raise ServingError(
            Code.UNIMPLEMENTED, "custom_model_config is not supported; use model_config_list"
        )
    if not config.HasField("model_config_list"):
        raise invalid("Model config must contain a model_config_list")
    seen: set[str] = set()
    for model in config.model_config_list.config:
        if not model.name or any(c in model.name for c in "/:"):
            raise invalid(f"A model's name must be set and hold no '/' or ':'. Got: {model.name!r}")
        if model.name in seen:
            raise invalid(f"Illegal to list model {model.name} multiple times in config list")
        seen.add(model.name)
        if not model.base_path:
            raise invalid(f"Model {model.name} has no base_path")
        if model.model_platform not in ("", "tensorflow"):
            raise invalid(
                f"Model {model.name}: only model_platform 'tensorflow' is served. "
                f"Got: {model.model_platform!r}"
            )


def aspired(config: ModelConfig) -> dict[int, Path]:
    """The versions on disk that the policy asks for, lowest first.

    Raises:
        ServingError: NOT_FOUND if the base path is no folder.
    """
    folder = Path(config.base_path)
    if not folder.is_dir():
        raise ServingError(
            Code.NOT_FOUND, f"Could not find base path {folder} for servable {config.name}"
        )
    found = versions(folder)
    policy = config.model_version_policy
    choice = policy.WhichOneof("policy_choice")
    if choice == "all":
        return found
    if choice == "specific":
        wanted = set(policy.specific.versions)
        return {v: p for v, p in found.items() if v in wanted}
    count = max(1, policy.latest.num_versions)
    return dict(list(found.items())[-count:])
