"""Entropy and mutual information of contingency tables, in bits, by the plug-in estimator.

The estimate is exact if the counts are a whole population, for example if every episode of a game was played. From a
sample of size M, it overestimates mutual information by about (rows - 1)(columns - 1) / (2 M ln 2) bits (Miller 1955).
"""

import numpy as np
from jaxtyping import Integer


def entropy(counts: Integer[np.ndarray, "values"]) -> float:
    """The entropy of the relative frequencies of ``counts``, in bits; 0 if all counts are zero."""
    shares = counts[counts > 0] / max(1, counts.sum())
    return float(max(0.0, -(shares * np.log2(shares)).sum()))


def mutual_information(counts: Integer[np.ndarray, "rows columns"]) -> float:
    """The mutual information between row and column of a contingency table, in bits."""
    return max(0.0, entropy(counts.sum(axis=0)) + entropy(counts.sum(axis=1)) - entropy(counts.ravel()))
