"""Vectors of words from the company they keep, where a net's own may begin."""

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfTransformer

from kerasuite.text.ids import PAD

# The mean size of a number where Keras's embeddings begin, even from -0.05 to 0.05.
_SIZE = 0.05 / 3**0.5


def latent_vectors(ids: np.ndarray, vocabulary_size: int, units: int, seed: int = 0) -> np.ndarray:
    """Latent semantic analysis: words of the same messages have vectors of the same direction.

    Args:
        ids: int [messages, length], of the words of messages, filled up with PAD.
        vocabulary_size: how many words there are.
        units: numbers per word.
        seed: of the decomposition.

    Returns:
        float32 [vocabulary_size, units], all of the same length; 0 for words that do not occur, and
        for numbers beyond those that words and messages allow.

    Reference:
        Deerwester et al. 1990, "Indexing by latent semantic analysis".
    """
    messages, places = np.nonzero(ids != PAD)
    found = (messages, ids[messages, places])
    counts = csr_matrix((np.ones(len(messages)), found), (len(ids), vocabulary_size))
    weights = TfidfTransformer(sublinear_tf=True).fit_transform(counts)
    svd = TruncatedSVD(min(units, *weights.shape), random_state=seed).fit(weights)
    vectors = np.zeros((vocabulary_size, units), "float32")
    vectors[:, : len(svd.components_)] = svd.components_.T * svd.singular_values_
    vectors[np.setdiff1d(np.arange(vocabulary_size), ids)] = 0  # of what rounding leaves there
    vectors[PAD] = 0
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(lengths, 1e-9) * (_SIZE * units**0.5)
