"""One import makes every class of the suite known to Keras."""

import subprocess
import sys
from pathlib import Path

import kerasuite


def test_every_module_that_registers_is_imported():
    root = Path(kerasuite.__file__).parent
    registering = [
        ".".join(path.relative_to(root.parent).with_suffix("").parts)
        for path in root.rglob("*.py")
        if "register_keras_serializable(" in path.read_text()
    ]
    assert len(registering) > 30
    code = f"import sys, kerasuite.objects; print({set(registering)!r} - sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
