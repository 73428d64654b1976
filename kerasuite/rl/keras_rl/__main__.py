"""`python -m kerasuite.rl.keras_rl SCRIPT [ARGUMENT …]`: see `run_script`."""

import sys

from kerasuite.errors import KerasuiteError
from kerasuite.rl.keras_rl.originals import run_script

if len(sys.argv) < 2:
    sys.exit("usage: python -m kerasuite.rl.keras_rl SCRIPT [ARGUMENT ...]")
try:
    print(run_script(sys.argv[1], sys.argv[2:]), end="")
except KerasuiteError as e:
    print(e, file=sys.stderr)
    sys.exit(e.exit_code)
