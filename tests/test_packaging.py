"""What is installed is what the repository holds."""

import configparser
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_package_is_listed():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    listed = set(setup["options"]["packages"].split())
    folders = {
        file.parent.relative_to(ROOT)
        for top in ("kerasuite", "apps", "saved_models")
        for file in (ROOT / top).rglob("__init__.py")
    }
    names = {".".join(f.parts) for f in folders}
    assert listed == {n if n.startswith("kerasuite") else f"kerasuite.{n}" for n in names}
