"""Modified Kneser-Ney against the formulae written out with dictionaries, and its invariants."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from kerasuite.evaluation.kneser_ney import KneserNey

TEXT = np.random.default_rng(0).integers(0, 4, 400) * np.tile([1, 1, 0, 1], 100)


class Reference:
    """Chen & Goodman's equations, one n-gram at a time."""

    def __init__(self, ids, size, order):
        self.size, self.order = size, order
        padded = [size] * (order - 1) + list(ids)
        grams = [tuple(padded[i : i + order]) for i in range(len(ids))]
        self.counts = {order: Counter(grams)}
        for length in range(order - 1, 0, -1):
            self.counts[length] = Counter(gram[1:] for gram in self.counts[length + 1])
        self.discounts = {}
        for length, counts in self.counts.items():
            n = Counter(counts.values())
            y = n[1] / (n[1] + 2 * n[2])
            formula = [i - (i + 1) * y * n[i + 1] / n[i] for i in (1, 2, 3)]
            kept = [d if 0 < d < i else i / 2 for i, d in enumerate(formula, 1)]
            self.discounts[length] = [0, *kept]

    def probability(self, gram):
        length = len(gram)
        if not length:
            return 1 / self.size
        rest = self.probability(gram[1:])
        followers = defaultdict(int)
        for other, count in self.counts[length].items():
            if other[:-1] == gram[:-1]:
                followers[other[-1]] = count
        total = sum(followers.values())
        if not total:
            return rest
        discount = self.discounts[length]
        left = sum(discount[min(count, 3)] for count in followers.values())
        own = followers[gram[-1]]
        return (own - discount[min(own, 3)] + left * rest) / total


@pytest.mark.parametrize("order", [1, 2, 3])
def test_equals_the_formulae(order):
    shares = 1 / np.arange(1, 101)  # words are about so frequent: every count occurs
    text = np.random.default_rng(3).choice(100, 600, p=shares / shares.sum())
    size = int(text.max()) + 1
    model, reference = KneserNey(text, size, order), Reference(text, size, order)
    some = text[::-1][:40]
    padded = [size] * (order - 1) + list(some)
    wanted = [reference.probability(tuple(padded[i : i + order])) for i in range(len(some))]
    np.testing.assert_allclose(model.probabilities(some), wanted, rtol=1e-12)


@pytest.mark.parametrize("order", [1, 3, 6])
def test_probabilities_of_all_next_ids_add_up_to_one(order):
    model = KneserNey(TEXT, 5, order)
    for context in ([], [0], [3, 1, 0, 2, 1, 1], [4, 4, 4, 4]):  # 4 was never seen
        each = [model.probabilities(np.array([*context, i]))[-1] for i in range(5)]
        assert min(each) > 0
        assert sum(each) == pytest.approx(1, abs=1e-12)


def test_learns_what_follows_from_what():
    cycle = np.tile(np.arange(7), 50)
    assert KneserNey(cycle, 7, 3).bits(cycle) / len(cycle) < 0.1
    assert KneserNey(cycle, 7, 1).bits(cycle) / len(cycle) == pytest.approx(np.log2(7), abs=0.05)


def test_refusals():
    for wrong in (np.array([], int), np.array([0, 5]), np.array([-1])):
        with pytest.raises(ValueError, match="Received"):
            KneserNey(wrong, 5)
    with pytest.raises(ValueError, match="order"):
        KneserNey(TEXT, 5, 0)
    with pytest.raises(ValueError, match="order"):
        KneserNey(TEXT, 10**6, 6)
