"""The optimum of a receiver without communication, in "reconstruct"."""

import numpy as np
from jaxtyping import Int64

from .objects import Objects


def best_guess(objects: Objects, partial: bool) -> tuple[float, Int64[np.ndarray, "K"]]:
    """The expected return of the best answers without communication, and these answers.

    Without messages, the answers can only depend on earlier answers, so a deterministic policy is one combination, and
    a stochastic policy is a mixture of combinations. If all attributes must be correct, the return of a combination is
    its probability, which is 1 / M for each object of the split. With partial rewards, it is the mean probability of
    its values, which is maximal for the most frequent value of each attribute, even if no object combines these values.
    """
    rows = objects.attributes(np.arange(objects.kinds))
    if not partial:
        return 1 / len(rows), rows[0]
    counts = [np.bincount(column, minlength=size) for column, size in zip(rows.T, objects.values, strict=True)]
    chance = float(np.mean([count.max() / len(rows) for count in counts]))
    return chance, np.array([count.argmax() for count in counts], dtype=np.int64)
