"""Sparse codes of one dictionary: FISTA in a compiled loop against scikit-learn's `sparse_encode`.

Both minimise |x - D z|² / 2 + penalty |z|₁ for whitened patches of photographs and a dictionary of
256 of them. scikit-learn's two ways for this problem are measured: coordinate descent (lasso_cd),
and least angles (lasso_lars, its default), which is exact. Each child also prints its objective;
FISTA takes as many steps as bring the mean objective within 0.1 % of the exact one.

    python -m benchmarks.sparse_coding --rounds 7
"""

import time
from collections.abc import Callable

import numpy as np

from benchmarks import harness

SIDE, COMPONENTS, ATOMS, PENALTY = 12, 100, 256, 0.5
PATCHES, STEPS = 400, 100
CONTENDERS = ("kerasuite", "lasso_cd", "lasso_lars")


def problem() -> tuple[np.ndarray, np.ndarray]:
    """Returns whitened patches (n, components), and a dictionary (components, atoms)."""
    from sklearn.datasets import load_sample_image

    picture = load_sample_image("china.jpg").mean(-1) / 255
    rng = np.random.default_rng(0)
    places = zip(
        *(rng.integers(0, n - SIDE, PATCHES + ATOMS + 4000) for n in picture.shape), strict=True
    )
    rows = np.stack([picture[y : y + SIDE, x : x + SIDE].ravel() for y, x in places])
    rows = rows[rows.std(1) > 0.03]
    rows = rows - rows.mean(1, keepdims=True)
    values, vectors = np.linalg.eigh(np.cov(rows.T))
    kernel = vectors[:, -COMPONENTS:] / np.sqrt(values[-COMPONENTS:])
    rows = ((rows - rows.mean(0)) @ kernel).astype("float32")
    atoms = rows[-ATOMS:].T
    return rows[:PATCHES], atoms / np.linalg.norm(atoms, axis=0)


def objective(rows: np.ndarray, atoms: np.ndarray, codes: np.ndarray) -> float:
    """Returns the mean of what both minimise."""
    rest = 0.5 * np.square(rows - codes @ atoms.T, dtype="float64").sum(1)
    return float((rest + PENALTY * np.abs(codes).sum(1)).mean())


def contender(name: str, threads: int) -> Callable[[], float]:
    """Returns the function that measures `name`, in patches/s."""
    rows, atoms = problem()
    if name == "kerasuite":
        from kerasuite.training import machine

        machine.start_tensorflow(inter_op=1, intra_op=threads)
        import tensorflow as tf

        from kerasuite.layers.sparse_code import sparse_code

        given, known = tf.constant(rows), tf.constant(atoms)
        compiled = tf.function(lambda: sparse_code(given, known, PENALTY, STEPS), autograph=False)

        def encode() -> np.ndarray:
            return compiled().numpy()

    else:
        from sklearn.decomposition import sparse_encode

        def encode() -> np.ndarray:
            return sparse_encode(
                rows, atoms.T, algorithm=name, alpha=PENALTY, n_jobs=threads, max_iter=1000
            )

    print("objective", objective(rows, atoms, encode()), flush=True)

    def measure() -> float:
        start = time.perf_counter()
        encode()
        return len(rows) / (time.perf_counter() - start)

    return measure


def main() -> None:
    options = harness.parser(__doc__, CONTENDERS).parse_args()
    if options.contender:
        harness.serve(contender(options.contender, options.threads))
        return
    harness.compare(
        "benchmarks.sparse_coding",
        options,
        CONTENDERS,
        "sparse_coding/fista",
        {
            "FISTA against coordinate descent": ("kerasuite", "lasso_cd"),
            "FISTA against least angles": ("kerasuite", "lasso_lars"),
        },
        "patches/s",
        components=COMPONENTS,
        atoms=ATOMS,
        penalty=PENALTY,
        patches=PATCHES,
        steps=STEPS,
    )


if __name__ == "__main__":
    main()
