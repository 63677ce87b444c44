"""A conventional classifier of the pictures: a support vector classifier, fitted to the training pictures."""

from functools import cache
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from .images import Pictures, pictures_of

MAX_FITTED = 5000
"""The maximum number of pictures for fitting, evenly spaced in the training set. More pictures take minutes."""
COMPONENTS = 64
"""The maximum number of inputs. Larger pictures are reduced to this number of principal components."""


@cache
def _fitted(data: str) -> Any:
    from sklearn.decomposition import PCA
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import SVC

    train = pictures_of(data, "train")
    few = slice(None, None, -(-len(train.digit) // MAX_FITTED))
    model = SVC() if train.pixels <= COMPONENTS else make_pipeline(PCA(COMPONENTS, svd_solver="full"), SVC())
    return model.fit(train.image[few], train.digit[few])


@cache
def predicted_digits(pictures: Pictures) -> Int64[np.ndarray, "P"]:
    """The digit that scikit-learn's ``SVC`` predicts for each picture, including pictures that it is fitted to."""
    return classify(pictures.image, pictures.data)


def classify(image: Float32[np.ndarray, "n pixels"], data: str = "digits") -> Int64[np.ndarray, "n"]:
    """The digit that this classifier, fitted to a data set, predicts for each image."""
    found: np.ndarray = _fitted(data).predict(image)
    return found.astype(np.int64)


def accuracy(pictures: Pictures) -> float:
    """The probability that the digit of a picture is predicted correctly."""
    return float(pictures.chance[predicted_digits(pictures) == pictures.digit].sum())


def predicted_odd(pictures: Pictures) -> Bool[np.ndarray, "P"]:
    """Whether the classifier predicts an odd digit for each picture."""
    odd: np.ndarray = predicted_digits(pictures) % 2 == 1
    return odd


def parity_confusion(pictures: Pictures) -> Float64[np.ndarray, "2 2"]:
    """The joint probability of the parity of a picture (row) and the predicted parity (column)."""
    table = np.zeros((2, 2))
    np.add.at(table, (pictures.digit % 2, predicted_odd(pictures).astype(np.int64)), pictures.chance)
    return table
