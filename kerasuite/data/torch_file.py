"""PyTorch's checkpoint files read without PyTorch, and without running what stands in them."""

import collections
import io
import math
import os
import pickle
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

_MAGIC = 0x1950A86A20F9469CFC6C
_DTYPES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}


def read_state_dict(path: str | Path) -> dict[str, np.ndarray]:
    """Reads the arrays of a state dict that `torch.save` wrote.

    Such a file is a pickle, which may ask for any function of Python to be called. Here it gets
    tensors and dicts, and nothing else, so a file from anywhere can be read safely.

    Args:
        path: a file in either of the two forms, of PyTorch before 1.6 and since.

    Returns:
        Name to array.

    Raises:
        ValueError: if the file holds anything but a dict of tensors, or is damaged.
        OSError: if it cannot be read.
    """
    try:
        if zipfile.is_zipfile(path):
            tensors, storages = _read_zip(path)
        else:
            tensors, storages = _read_legacy(path)
        return {str(name): tensor.array(storages) for name, tensor in tensors.items()}
    except OSError:
        raise
    except Exception as e:  # a damaged pickle may raise anything
        raise ValueError(f"{path} holds no state dict that can be read: {e}") from e


@dataclass(frozen=True)
class _Tensor:
    """Where a tensor's numbers lie.

    Attributes:
        storage: (key, dtype) of its storage.
        offset: of its first number.
        shape: its sizes.
        strides: how many numbers further the next one of each axis lies.
    """

    storage: tuple[str, str]
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def array(self, storages: dict[str, bytes]) -> np.ndarray:
        key, dtype = self.storage
        numbers = np.frombuffer(storages[key], dtype)
        if 0 in self.shape:
            return np.empty(self.shape, dtype)
        if min((self.offset, *self.shape, *self.strides)) < 0:
            raise ValueError("a tensor has a negative size, stride or offset")
        last = self.offset + sum(
            (n - 1) * step for n, step in zip(self.shape, self.strides, strict=True)
        )
        if math.prod(self.shape) > len(numbers) or last >= len(numbers):
            raise ValueError("a tensor is larger than its storage")
        steps = tuple(step * numbers.itemsize for step in self.strides)
        view = np.lib.stride_tricks.as_strided(numbers[self.offset :], self.shape, steps)
        return view.copy()


class _Unpickler(pickle.Unpickler):
    """Knows ordered dicts, tensors and the kinds of storages, and calls nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if module == "torch" and name in _DTYPES:
            return name
        raise ValueError(f"it asks for {module}.{name}, which is no part of a state dict")

    def persistent_load(self, pid: Any) -> tuple[str, str]:
        kind, storage, key = pid[:3]
        if kind != "storage" or storage not in _DTYPES or (len(pid) > 5 and pid[5] is not None):
            raise ValueError(f"it refers to {kind!r} of {storage!r}, which is not known here")
        return str(key), _DTYPES[storage]


def _tensor(storage: Any, offset: int, shape: Any, strides: Any, *rest: Any) -> _Tensor:
    return _Tensor(storage, offset, tuple(shape), tuple(strides))


def _tensors(file: BinaryIO) -> dict[str, _Tensor]:
    found = _Unpickler(file).load()
    if not isinstance(found, dict) or not all(isinstance(t, _Tensor) for t in found.values()):
        raise ValueError("it is no dict of tensors")
    return found


def _read_zip(path: str | Path) -> tuple[dict[str, _Tensor], dict[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        (index,) = (n for n in archive.namelist() if n.endswith("/data.pkl"))
        top = index.removesuffix("data.pkl")
        order = f"{top}byteorder"
        if order in archive.namelist() and archive.read(order) != b"little":
            raise ValueError("its numbers are not little-endian")
        tensors = _tensors(io.BytesIO(archive.read(index)))
        keys = {t.storage[0] for t in tensors.values()}
        # torch.save stores without compression, so nothing grows on reading.
        return tensors, {key: _stored(archive, f"{top}data/{key}") for key in keys}


def _stored(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).compress_type != zipfile.ZIP_STORED:
        raise ValueError("its tensors are compressed, which torch.save never does")
    return archive.read(name)


def _read_legacy(path: str | Path) -> tuple[dict[str, _Tensor], dict[str, bytes]]:
    with Path(path).open("rb") as file:
        if _Unpickler(file).load() != _MAGIC:
            raise ValueError("it is no file of torch.save")
        _Unpickler(file).load()  # the version of the form
        if _Unpickler(file).load().get("little_endian") is not True:
            raise ValueError("its numbers are not little-endian")
        tensors = _tensors(file)
        dtypes = dict(t.storage for t in tensors.values())
        storages = {}
        for key in _Unpickler(file).load():
            count = int.from_bytes(file.read(8), "little")
            storages[key] = _read_all(file, count * np.dtype(dtypes[key]).itemsize)
        return tensors, storages


def _read_all(file: BinaryIO, size: int) -> bytes:
    # A made-up size must not ask for memory that the file does not fill.
    if size > os.fstat(file.fileno()).st_size - file.tell():
        raise ValueError("it ends too early")
    return file.read(size)
