"""Features of pictures in a conventional network that classifies them, fitted to the training pictures."""

import warnings
from functools import cache

import numpy as np
from jaxtyping import Float32, Float64

from .images import digits

FEATURES = 64
"""Number of hidden units of the network."""


@cache
def _fitted() -> tuple[Float64[np.ndarray, "64 F"], Float64[np.ndarray, "F"]]:
    """Weights and biases of the hidden layer, scaled so that features have a mean variance of 1."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    train = digits("train")
    image = train.image.astype(np.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the number of epochs is a choice
        model = MLPClassifier((FEATURES,), random_state=0).fit(image, train.digit)
    weight, bias = model.coefs_[0], model.intercepts_[0]
    scale = np.sqrt((image @ weight + bias).clip(0).var(axis=0).mean())
    return weight / scale, bias / scale


def features(image: Float32[np.ndarray, "n 64"]) -> Float64[np.ndarray, "n F"]:
    """The hidden units of scikit-learn's ``MLPClassifier`` for each image of a digit."""
    weight, bias = _fitted()
    found: np.ndarray = (image.astype(np.float64) @ weight + bias).clip(0)
    return found
