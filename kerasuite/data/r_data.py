"""Objects out of the lazy-load databases of R packages. Reads data; no R code is run."""

import warnings
import zlib
from pathlib import Path
from typing import Any

from kerasuite.errors import KerasuiteError


def r_object(database: Path, index: Path, name: str) -> Any:
    """Reads one object.

    Args:
        database: the .rdb file.
        index: the .rdx file beside it.
        name: of the object.

    Returns:
        It as `rdata` converts it: a data frame of R is a `pandas.DataFrame`.

    Raises:
        KerasuiteError: if the files are damaged or hold no such object.
    """
    import rdata  # here: only this data set needs it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says that it guesses the file type, rightly
            found = rdata.conversion.convert(rdata.parser.parse_data(index.read_bytes()))
            start, length = (int(v) for v in found["variables"][name])
            # Four bytes hold the unpacked length; zlib knows it, too.
            packed = database.read_bytes()[start : start + length][4:]
            return rdata.conversion.convert(rdata.parser.parse_data(zlib.decompress(packed)))
    except (OSError, KeyError, ValueError, NotImplementedError, zlib.error) as e:
        raise KerasuiteError(f"{database} is damaged, fetch it anew: {e}") from e
