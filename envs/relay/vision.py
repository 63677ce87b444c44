"""What a plain classifier makes of the pictures' parities: see ``read``."""

import numpy as np
from jaxtyping import Bool, Float64

from ..pictures import Pictures
from ..vision import read


def judged(split: str) -> Bool[np.ndarray, "P"]:
    """Which pictures of a split the classifier reads as odd digits."""
    odd: np.ndarray = read(split) % 2 == 1
    return odd


def joint(pictures: Pictures) -> Float64[np.ndarray, "2 2"]:
    """How likely a picture has a parity (row) and is judged to have one (column), with classes equally likely."""
    table = np.zeros((2, 2))
    np.add.at(table, (pictures.digit % 2, judged(pictures.split).astype(np.int64)), pictures.chance)
    return table
