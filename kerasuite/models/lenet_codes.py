"""The fixed codes of LeNet-5's output layer: a stylised bitmap for each digit."""

import numpy as np

# 7 wide and 12 high, in the manner of figure 3 of LeCun et al. 1998. Confusable digits have
# similar pictures, so that the codes say which other readings of a character are likely.
_DIGITS = """
....... ....... ....... ....... ....... ....... ....... ....... ....... .......
..###.. ...##.. .#####. .#####. .....## ####### ..####. ####### .#####. .#####.
.##.##. ..###.. ##...## ##...## ....### ##..... .##.... ##...## ##...## ##...##
##...## .####.. ##...## .....## ...#### ##..... ##..... .....## ##...## ##...##
##...## ...##.. .....## .....## ..##.## ##..... ##..... ....##. ##...## ##...##
##...## ...##.. ....##. ..####. .##..## ######. ######. ....##. .#####. ##...##
##...## ...##.. ...##.. .....## ##...## .....## ##...## ...##.. ##...## .######
##...## ...##.. ..##... .....## ####### .....## ##...## ...##.. ##...## .....##
##...## ...##.. .##.... .....## .....## .....## ##...## ..##... ##...## .....##
.##.##. ...##.. ##..... ##...## .....## ##...## ##...## ..##... ##...## ....##.
..###.. .###### ####### .#####. .....## .#####. .#####. ..##... .#####. .####..
....... ....... ....... ....... ....... ....... ....... ....... ....... .......
"""

HEIGHT, WIDTH = 12, 7
LENGTH = HEIGHT * WIDTH


def digit_codes() -> np.ndarray:
    """Returns the bitmaps of 0 to 9, an array (10, 84) of +1 (ink) and -1."""
    rows = [line.split() for line in _DIGITS.split("\n") if line]
    return np.array(
        [[1 if c == "#" else -1 for row in rows for c in row[digit]] for digit in range(10)],
        "float32",
    )


def separated_codes(classes: int) -> np.ndarray:
    """Returns codes for classes that have no bitmaps: each differs from each in half its bits.

    They are the rows of the Hadamard matrix of order 84 (Paley's construction from the squares
    modulo the prime 83), then their negatives: any two differ in 42 of 84 places, a row and its
    negative in all of them. No 168 codes of this length lie farther apart.

    Args:
        classes: how many, 168 at most.

    Returns:
        An array (classes, 84) of +1 and -1, always the same.

    Raises:
        ValueError: if there are more than 168 classes.
    """
    if classes > 2 * LENGTH:
        raise ValueError(
            f"Codes of {LENGTH} bits keep at most {2 * LENGTH} classes well apart. "
            f"Received: classes={classes}"
        )
    rows = _hadamard()
    return np.concatenate([rows, -rows])[:classes].astype("float32")


def _hadamard() -> np.ndarray:
    prime = LENGTH - 1
    squares = {n * n % prime for n in range(1, prime)}
    character = np.array([0] + [1 if n in squares else -1 for n in range(1, prime)])
    jacobsthal = character[np.subtract.outer(np.arange(prime), np.arange(prime)) % prime]
    skew = np.zeros((LENGTH, LENGTH), int)
    skew[0, 1:], skew[1:, 0], skew[1:, 1:] = 1, -1, jacobsthal
    return skew + np.eye(LENGTH, dtype=int)
