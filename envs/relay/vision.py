"""What a plain classifier makes of the pictures: support vectors, fitted to the pictures to train on alone."""

from functools import cache

import numpy as np
from jaxtyping import Bool, Float64

from ..pictures import CLASSES, Pictures, digits


@cache
def judged(split: str) -> Bool[np.ndarray, "P"]:
    """Which pictures of a split scikit-learn's ``SVC`` reads as odd digits; it has seen those of "train" before."""
    from sklearn.svm import SVC

    train = digits("train")
    odd: np.ndarray = SVC().fit(train.image, train.digit).predict(digits(split).image) % 2 == 1
    return odd


def joint(pictures: Pictures) -> Float64[np.ndarray, "2 2"]:
    """How likely a picture has a parity (row) and is judged to have one (column), with classes equally likely."""
    chance = 1 / (CLASSES * pictures.count[pictures.digit])
    table = np.zeros((2, 2))
    np.add.at(table, (pictures.digit % 2, judged(pictures.split).astype(np.int64)), chance)
    return table
