"""What a plain classifier makes of the pictures: support vectors, fitted to the pictures to train on alone."""

from functools import cache

import numpy as np
from jaxtyping import Int64

from .pictures import digits


@cache
def read(split: str) -> Int64[np.ndarray, "P"]:
    """The digit that scikit-learn's ``SVC`` reads in each picture of a split; it has seen those of "train" before."""
    from sklearn.svm import SVC

    train = digits("train")
    found: np.ndarray = SVC().fit(train.image, train.digit).predict(digits(split).image)
    return found.astype(np.int64)
