"""A binary tree of sums: draws by priority and changes priorities in logarithmic time."""

import numpy as np


class SumTree:
    """Keeps numbers of at least 0 and finds where a running sum of them passes a value.

    Node i has the children 2i and 2i + 1; the leaves are the last `size` nodes, where `size` is a
    power of two. All operations take many leaves at once.

    Args:
        capacity: how many numbers there are; all are 0 at first.

    Reference:
        Schaul, Quan, Antonoglou, Silver 2016, "Prioritized experience replay", appendix B.2.1.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.depth = max(capacity - 1, 1).bit_length()
        self.size = 1 << self.depth
        self.nodes = np.zeros(2 * self.size)

    @property
    def total(self) -> float:
        """The sum of all numbers."""
        return float(self.nodes[1])

    def get(self, indices: np.ndarray) -> np.ndarray:
        """Returns the numbers at `indices`, float64 of their shape."""
        return self.nodes[self.size + indices]

    def set(self, indices: np.ndarray, values: np.ndarray | float) -> None:
        """Puts numbers at `indices`, int [n]; of equal indices one wins."""
        nodes = indices + self.size
        self.nodes[nodes] = values
        for _ in range(self.depth):
            # Equal parents are summed more than once, which costs less than finding them.
            nodes = nodes >> 1
            self.nodes[nodes] = self.nodes[2 * nodes] + self.nodes[2 * nodes + 1]

    def find(self, sums: np.ndarray) -> np.ndarray:
        """Returns for each of `sums`, float [n] from 0 to below `total`, the leaf it falls in."""
        nodes = np.ones(len(sums), np.int64)
        left_over = np.array(sums, "float64")
        for _ in range(self.depth):
            nodes = 2 * nodes
            left = self.nodes[nodes]
            # Rounding may leave a sum past all leaves: the right child is entered only if it
            # holds anything.
            right = (left_over >= left) & (self.nodes[nodes + 1] > 0)
            left_over = np.where(right, left_over - left, left_over)
            nodes = nodes + right
        return nodes - self.size
