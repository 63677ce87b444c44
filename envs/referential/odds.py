"""The most that a receiver is worth who hears nothing, in "rebuild"."""

import numpy as np
from jaxtyping import Int64

from .objects import Objects


def best_guess(objects: Objects, partial: bool) -> tuple[float, Int64[np.ndarray, "K"]]:
    """What to name without hearing anything, and what that is worth.

    What is named at one step depends on nothing but what was named before, so a strategy is one combination; a random
    one is a mixture of them. If all attributes must be right, a combination is worth its chance, and all those of the
    split have the same, 1 / M. In part, it is worth the mean chance of its values, which is the greatest where each
    value is one that most objects have: such values need not meet in one object.
    """
    rows = objects.attributes(np.arange(objects.kinds))
    if not partial:
        return 1 / len(rows), rows[0]
    counts = [np.bincount(column, minlength=size) for column, size in zip(rows.T, objects.values, strict=True)]
    chance = float(np.mean([count.max() / len(rows) for count in counts]))
    return chance, np.array([count.argmax() for count in counts], dtype=np.int64)
