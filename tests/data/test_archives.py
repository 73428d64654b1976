import hashlib
import os
import shutil
import subprocess
import tarfile
import zipfile

import pytest

from kerasuite.data import archives
from kerasuite.data.archives import UnsafeArchiveError, take
from kerasuite.data.entry import Member
from tests.data.data_cases import CONTENT, members, tgz


@pytest.fixture
def into(tmp_path):
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


def check(into):
    assert {p.name: p.read_bytes() for p in into.iterdir()} == {
        path.rsplit("/", 1)[-1]: data for path, data in CONTENT.items()
    }


@pytest.mark.parametrize("prefix", ["", "./"])
def test_tgz_gives_the_wanted_files_alone(tmp_path, into, prefix):
    files = [(prefix + n, d) for n, d in {**CONTENT, "package/index.js": b"other"}.items()]
    take(tgz(tmp_path / "a.tgz", files), members(), into)
    check(into)


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="needs dpkg-deb")
@pytest.mark.parametrize("compression", ["xz", "gzip", "zstd"])
def test_deb(tmp_path, into, compression):
    root = tmp_path / "root"
    for path, data in {**CONTENT, "DEBIAN/control": b""}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    control = "Package: tiny\nVersion: 1\nArchitecture: all\nMaintainer: a <a@b>\nDescription: d\n"
    (root / "DEBIAN/control").write_text(control)
    (root / "package/data/link").symlink_to("a.bin")  # packages hold links; they are passed over
    build = ["dpkg-deb", f"-Z{compression}", "--root-owner-group", "--build", str(root)]
    subprocess.run([*build, str(tmp_path / "a.deb")], check=True, capture_output=True)
    take(tmp_path / "a.deb", members(), into)
    check(into)


def test_wheel(tmp_path, into):
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as z:
        for path, data in CONTENT.items():
            z.writestr(path, data)
    take(tmp_path / "a.whl", members(), into)
    check(into)


@pytest.mark.parametrize("name", ["../evil", "package/../../evil", "/tmp/evil", "a\\..\\evil"])
@pytest.mark.parametrize("kind", ["tgz", "whl"])
def test_paths_out_of_the_folder_are_refused(tmp_path, into, name, kind):
    path = tmp_path / f"a.{kind}"
    if kind == "tgz":
        tgz(path, [(name, b"x"), *CONTENT.items()])
    else:
        with zipfile.ZipFile(path, "w") as z:
            z.writestr(name, b"x")
    with pytest.raises(UnsafeArchiveError, match="unsafe path"):
        take(path, members(), into)
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.parametrize("type_", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_in_place_of_files_are_refused(tmp_path, into, type_):
    info = tarfile.TarInfo("package/data/a.bin")
    info.type, info.linkname = type_, "/etc/passwd"
    with pytest.raises(UnsafeArchiveError, match="expected a file"):
        take(tgz(tmp_path / "a.tgz", [(info, b"")]), members(), into)


@pytest.mark.parametrize("data", [b"first filE", b"first", b"first file and more"])
def test_other_content_is_refused(tmp_path, into, data):
    path = tgz(tmp_path / "a.tgz", [*({**CONTENT, "package/data/a.bin": data}).items()])
    with pytest.raises(UnsafeArchiveError, match=r"a\.bin in a\.tgz is not the file"):
        take(path, members(), into)
    assert sum(p.stat().st_size for p in into.iterdir()) <= len(b"first file")


def test_missing_files_are_named(tmp_path, into):
    with pytest.raises(UnsafeArchiveError, match=r"lacks package/data/b\.bin"):
        take(tgz(tmp_path / "a.tgz", [*CONTENT.items()][:1]), members(), into)


@pytest.mark.parametrize("ending", ["tgz", "deb", "whl"])
@pytest.mark.parametrize("data", [b"", b"not an archive at all", b"!<arch>\ndebian-binary"])
def test_damaged_archives(tmp_path, into, ending, data):
    (tmp_path / f"a.{ending}").write_bytes(data)
    with pytest.raises(UnsafeArchiveError):
        take(tmp_path / f"a.{ending}", members(), into)


def test_cut_short(tmp_path, into):
    path = tgz(tmp_path / "a.tgz", [("package/data/a.bin", os.urandom(50000))])
    path.write_bytes(path.read_bytes()[:20000])
    with pytest.raises(UnsafeArchiveError):
        take(path, members(), into)


def test_a_decompression_bomb_fills_no_disk(tmp_path, into, monkeypatch):
    monkeypatch.setattr(archives, "MOST_BESIDE", 10**6)
    bomb = tgz(tmp_path / "a.tgz", [("package/zeros", bytes(2 * 10**6)), *CONTENT.items()])
    with pytest.raises(UnsafeArchiveError, match="unpacks to more than"):
        take(bomb, members(), into)
    assert not list(into.iterdir())


def test_a_bomb_in_place_of_a_wheels_file_is_cut_off(tmp_path, into):
    with zipfile.ZipFile(tmp_path / "a.whl", "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a.bin", bytes(10**7))
    wanted = Member("a.bin", 10, hashlib.sha256(b"").hexdigest())
    with pytest.raises(UnsafeArchiveError):
        take(tmp_path / "a.whl", (wanted,), into)
    assert (into / "a.bin").stat().st_size == 10


def test_long_names_in_headers_take_no_memory(tmp_path, into, monkeypatch):
    """A tar header may announce a name of any length, which is read whole."""
    monkeypatch.setattr(archives, "MOST_BESIDE", 10**6)
    info = tarfile.TarInfo("x")
    info.type = tarfile.GNUTYPE_LONGNAME
    path = tgz(tmp_path / "a.tgz", [(info, b"a" * 2 * 10**6)])
    with pytest.raises(UnsafeArchiveError, match="unpacks to more than"):
        take(path, members(), into)
