"""Information in tables of counts, in bits. The estimator is plug-in: shares are taken for probabilities.

That is exact where the counts are a whole population, as when every episode of a game was played; from a sample of M
it overstates mutual information by about (rows - 1)(columns - 1) / (2 M ln 2) bits (Miller 1955).
"""

import numpy as np
from jaxtyping import Integer


def entropy(counts: Integer[np.ndarray, "values"]) -> float:
    """Entropy of the shares of ``counts``, in bits; 0 for no counts at all."""
    shares = counts[counts > 0] / max(1, counts.sum())
    return float(max(0.0, -(shares * np.log2(shares)).sum()))


def mutual_information(counts: Integer[np.ndarray, "rows columns"]) -> float:
    """How many bits the row of a count tells about its column, which is as many as the column tells about the row."""
    return max(0.0, entropy(counts.sum(axis=0)) + entropy(counts.sum(axis=1)) - entropy(counts.ravel()))
