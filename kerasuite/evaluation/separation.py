"""How well a plane can separate two classes, and what the perceptron theorem makes of it."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

# A residual of non-negative least squares as small as this is rounding.
_ZERO = 1e-9


@dataclass(frozen=True)
class Separation:
    """The best plane between two classes.

    Attributes:
        radius: the length of the longest example, with the 1 of the bias.
        margin: the largest distance that a plane through the origin can keep from every example,
            in the space with the bias; 0 if no plane separates the classes.
        weights: float64 (features + 1,), that plane's weights, the bias last; zeros if none.
    """

    radius: float
    margin: float
    weights: np.ndarray

    @property
    def bound(self) -> float:
        """(radius / margin)²: the most mistakes a perceptron can make; infinite if none."""
        return (self.radius / self.margin) ** 2 if self.margin else float("inf")


def separation(features: np.ndarray, labels: np.ndarray) -> Separation:
    """Finds the plane with the largest margin.

    The smallest w with target * (w @ x) >= 1 for all examples is a least-distance problem, which
    non-negative least squares solves exactly, and which it also proves to be impossible.

    Args:
        features: float array (n, features).
        labels: (n,), 0 or 1, both present.

    Returns:
        Radius, margin and plane, in the space of (x, 1).

    Reference:
        Lawson & Hanson 1974, "Solving least squares problems", chapter 23, algorithm LDP;
        Novikoff 1962, "On convergence proofs on perceptrons".
    """
    extended = np.column_stack([np.asarray(features, "float64"), np.ones(len(features))])
    radius = float(np.linalg.norm(extended, axis=1).max())
    signed = extended * (2.0 * np.asarray(labels) - 1.0)[:, None]
    matrix = np.vstack([signed.T, np.ones(len(signed))])
    wanted = np.append(np.zeros(extended.shape[1]), 1.0)
    weighting, distance = nnls(matrix, wanted)
    if distance <= _ZERO:
        return Separation(radius, 0.0, np.zeros(extended.shape[1]))
    residual = matrix @ weighting - wanted
    plane = -residual[:-1] / residual[-1]
    return Separation(radius, float(1 / np.linalg.norm(plane)), plane)
