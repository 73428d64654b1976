"""Files of PyTorch's, written here byte by byte, are read without PyTorch and without running."""

import zipfile

import numpy as np
import pytest

from kerasuite.data.torch_file import read_state_dict
from tests.torch_files import Reference, state_of, tensor, write_legacy, write_zip

ARRAYS = {
    "net.weight": np.arange(24, dtype="<f4").reshape(2, 3, 4),
    "net.steps": np.array(7, "<i8"),
    "net.half": np.arange(3, dtype="<f2"),
}


@pytest.mark.parametrize("write", [write_zip, write_legacy])
def test_arrays_come_back(write, tmp_path):
    found = read_state_dict(write(tmp_path / "net.pth", state_of(ARRAYS), ARRAYS))
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_views_of_a_storage_are_followed(tmp_path):
    whole = np.arange(12, dtype="<f4").reshape(3, 4)
    state = {
        "turned": tensor("0", whole, shape=(4, 3), strides=(1, 4)),
        "part": tensor("0", whole, shape=(2,), strides=(4,), offset=1),
        "empty": tensor("0", whole, shape=(0, 4), strides=(4, 1)),
    }
    found = read_state_dict(write_zip(tmp_path / "net.pth", state, {"whole": whole}))
    np.testing.assert_array_equal(found["turned"], whole.T)
    np.testing.assert_array_equal(found["part"], whole[:2, 1])
    assert found["empty"].shape == (0, 4)


@pytest.mark.parametrize("write", [write_zip, write_legacy])
def test_nothing_in_a_file_is_called(write, tmp_path):
    trap = tmp_path / "called"
    state = {"a": Reference("os", "mkdir", (str(trap),))}
    with pytest.raises(ValueError, match=r"net\.pth holds no state dict.*asks for os\.mkdir"):
        read_state_dict(write(tmp_path / "net.pth", state, ARRAYS))
    assert not trap.exists()


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({"shape": (2, 3, 5), "strides": (15, 5, 1)}, "larger than its storage"),
        ({"shape": (2,), "strides": (1 << 40,)}, "larger than its storage"),
        ({"shape": (1 << 40,), "strides": (0,)}, "larger than its storage"),
        ({"shape": (2,), "strides": (-1,)}, "negative"),
        ({"shape": (2,), "strides": (1,), "offset": -1}, "negative"),
        ({"shape": (2,), "strides": (1, 1)}, "shorter|longer"),
    ],
)
def test_tensors_stay_within_their_storage(place, message, tmp_path):
    array = ARRAYS["net.weight"]
    path = write_zip(tmp_path / "net.pth", {"a": tensor("0", array, **place)}, {"a": array})
    with pytest.raises(ValueError, match=message):
        read_state_dict(path)


def test_other_things_and_damage_are_refused(tmp_path):
    path = tmp_path / "net.pth"
    for state in ([1, 2], {"epoch": 3}):
        with pytest.raises(ValueError, match="no dict of tensors"):
            read_state_dict(write_zip(path, state, ARRAYS))
    with pytest.raises(ValueError, match="compressed"):
        read_state_dict(write_zip(path, state_of(ARRAYS), ARRAYS, compression=zipfile.ZIP_DEFLATED))
    with pytest.raises(ValueError, match="little-endian"):
        read_state_dict(write_zip(path, state_of(ARRAYS), ARRAYS, order=b"big"))
    whole = write_legacy(path, state_of(ARRAYS), ARRAYS).read_bytes()
    for size in (0, 3, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match="holds no state dict"):
            read_state_dict(path)
    with pytest.raises(OSError):
        read_state_dict(tmp_path / "missing.pth")


def test_a_made_up_size_asks_for_no_memory(tmp_path):
    path = write_legacy(tmp_path / "net.pth", state_of(ARRAYS), ARRAYS)
    data = path.read_bytes()
    size = (24).to_bytes(8, "little") + ARRAYS["net.weight"].tobytes()
    assert size in data
    path.write_bytes(data.replace(size, (1 << 60).to_bytes(8, "little") + size[8:]))
    with pytest.raises(ValueError, match="ends too early"):
        read_state_dict(path)
