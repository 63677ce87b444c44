"""What a plain classifier makes of the pictures: support vectors, fitted to the pictures to train on alone."""

from functools import cache

import numpy as np
from jaxtyping import Bool, Float64, Int64

from .images import Pictures, pictures_of

FITTED = 5000
"""The most pictures that the classifier is fitted to, evenly out of those to train on: more take minutes."""
COMPONENTS = 64
"""The most numbers that it reads in a picture: larger ones are reduced to so many principal components."""


@cache
def read(pictures: Pictures) -> Int64[np.ndarray, "P"]:
    """The digit that scikit-learn's ``SVC`` reads in each picture; those to train on it may have seen before."""
    from sklearn.decomposition import PCA
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import SVC

    train = pictures_of(pictures.data, "train")
    few = slice(None, None, -(-len(train.digit) // FITTED))
    eyes = SVC() if pictures.pixels <= COMPONENTS else make_pipeline(PCA(COMPONENTS, svd_solver="full"), SVC())
    found: np.ndarray = eyes.fit(train.image[few], train.digit[few]).predict(pictures.image)
    return found.astype(np.int64)


def right(pictures: Pictures) -> float:
    """How likely a picture is read right."""
    return float(pictures.chance[read(pictures) == pictures.digit].sum())


def judged(pictures: Pictures) -> Bool[np.ndarray, "P"]:
    """Which pictures the classifier reads as odd digits."""
    odd: np.ndarray = read(pictures) % 2 == 1
    return odd


def joint(pictures: Pictures) -> Float64[np.ndarray, "2 2"]:
    """How likely a picture has a parity (row) and is judged to have one (column)."""
    table = np.zeros((2, 2))
    np.add.at(table, (pictures.digit % 2, judged(pictures).astype(np.int64)), pictures.chance)
    return table
