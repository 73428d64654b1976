"""Writes files as PyTorch's `torch.save` does, without PyTorch."""

import collections
import io
import pickle
import zipfile

_STORAGES = {"<f4": "FloatStorage", "<i8": "LongStorage", "<f2": "HalfStorage"}


class Reference:
    """Pickles as a reference to a name, whether or not there is such a thing."""

    def __init__(self, module, name, arguments=None):
        self.module, self.name, self.arguments = module, name, arguments


class _Pickler(pickle._Pickler):
    """Writes references to names that are not there, as PyTorch's pickles have them."""

    def save(self, obj, save_persistent_id=True):
        if not isinstance(obj, Reference):
            return super().save(obj, save_persistent_id)
        self.write(pickle.GLOBAL + f"{obj.module}\n{obj.name}\n".encode())
        if obj.arguments is not None:
            super().save(obj.arguments)
            self.write(pickle.REDUCE)

    def persistent_id(self, obj):
        return obj if isinstance(obj, tuple) and obj[:1] == ("storage",) else None


def tensor(key, array, shape=None, strides=None, offset=0):
    """What stands for a tensor that lies in the storage `key` of `array`'s numbers."""
    steps = tuple(s // array.itemsize for s in array.strides) if strides is None else strides
    storage = Reference("torch", _STORAGES[array.dtype.str])
    place = ("storage", storage, key, "cpu", array.size)
    shape = array.shape if shape is None else shape
    rest = (False, collections.OrderedDict())
    arguments = (place, offset, shape, steps, *rest)
    return Reference("torch._utils", "_rebuild_tensor_v2", arguments)


def _pickled(obj):
    file = io.BytesIO()
    _Pickler(file, protocol=2).dump(obj)
    return file.getvalue()


def state_of(arrays):
    """What stands for a dict of whole arrays, in their order."""
    return {name: tensor(str(i), array) for i, (name, array) in enumerate(arrays.items())}


def write_zip(path, state, arrays, compression=zipfile.ZIP_STORED, order=b"little"):
    """Writes the form of PyTorch since 1.6; returns `path`."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("archive/data.pkl", _pickled(state))
        archive.writestr("archive/byteorder", order)
        for i, array in enumerate(arrays.values()):
            archive.writestr(f"archive/data/{i}", array.tobytes())
    return path


def write_legacy(path, state, arrays):
    """Writes the form of PyTorch before 1.6; returns `path`."""
    head = (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}, state)
    with path.open("wb") as file:
        for part in (*head, [str(i) for i in range(len(arrays))]):
            file.write(_pickled(part))
        for array in arrays.values():
            file.write(array.size.to_bytes(8, "little") + array.tobytes())
    return path
