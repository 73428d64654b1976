"""Start-up time of the command line, beside that of Python and of TensorFlow.

python -m benchmarks.startup --rounds 10
"""

import argparse
import shutil
import sys
from pathlib import Path

from benchmarks import harness


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    beside = Path(sys.executable).with_name("kerasuite")
    program = str(beside) if beside.exists() else shutil.which("kerasuite")
    if program is None:
        parser.error("the command kerasuite is not installed: pip install --editable .")
    commands = {
        "kerasuite list": [program, "list"],
        "kerasuite --help": [program, "--help"],
        "python -c pass": [sys.executable, "-c", "pass"],
        "import tensorflow": [sys.executable, "-c", "import tensorflow"],
    }
    samples = harness.time_commands(commands, options.rounds)
    ratios = {
        f"{command} against {other}": (command, other)
        for command in ("kerasuite list", "kerasuite --help")
        for other in ("python -c pass", "import tensorflow")
    }
    harness.report("startup", samples, ratios, unit="s")


if __name__ == "__main__":
    main()
