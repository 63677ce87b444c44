"""Pictures that agents see: scikit-learn's handwritten digits, split once into those to train on and those held out."""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from jaxtyping import Float32, Float64, Int64, UInt64

from ..protocols.draws import below, halves
from ..protocols.errors import unknown

SPLITS = ("train", "held_out")
CLASSES, PIXELS = 10, 64
HELD_OUT = (2, 5, 8)
"""Of each ten pictures of a class, in the data set's order, these are held out."""


@dataclass(frozen=True, eq=False)
class Pictures:
    """One split's P pictures, sorted by class.

    Attributes:
        split: "train" or "held_out".
        image: 8 x 8 gray values from 0 to 1, flat, row by row.
        digit: the class, 0 to 9.
    """

    split: str
    image: Float32[np.ndarray, "P 64"]
    digit: Int64[np.ndarray, "P"]

    @cached_property
    def first(self) -> Int64[np.ndarray, "10"]:
        """Where each class begins."""
        return np.searchsorted(self.digit, np.arange(CLASSES)).astype(np.int64)

    @cached_property
    def count(self) -> Int64[np.ndarray, "10"]:
        """How many pictures each class has."""
        return np.bincount(self.digit, minlength=CLASSES).astype(np.int64)

    @cached_property
    def chance(self) -> Float64[np.ndarray, "P"]:
        """How likely each picture is drawn."""
        return np.asarray(1 / (CLASSES * self.count[self.digit]))

    def draw(self, bits: UInt64[np.ndarray, "K"]) -> Int64[np.ndarray, "K"]:
        """The number of one picture a draw: a uniform class, then a uniform picture of that class."""
        high, low = halves(bits)
        digit = below(high, CLASSES)
        number: np.ndarray = self.first[digit] + below(low, self.count[digit])
        return number

    def __reduce__(self) -> tuple[object, tuple[str]]:
        """Copies and pickles hold the name of the split, not its pictures."""
        return digits, (self.split,)


@cache
def digits(split: str) -> Pictures:
    """Scikit-learn's bundled digits (Alpaydin and Kaynak 1998, the test set of Optdigits), about 70% or 30% of them.

    The split is stratified: three of each ten pictures of a class are held out. Both parts hold the same writers.

    Raises:
        ValueError: if there is no such split.
    """
    if split not in SPLITS:
        raise unknown("split of the pictures", split, SPLITS)
    from sklearn.datasets import load_digits

    image, digit = load_digits(return_X_y=True)
    chosen = []
    for number in range(CLASSES):
        own = np.flatnonzero(digit == number)
        held = np.isin(np.arange(len(own)) % 10, HELD_OUT)
        chosen.append(own[held if split == "held_out" else ~held])
    rows = np.concatenate(chosen)
    return Pictures(split, (image[rows] / 16).astype(np.float32), digit[rows].astype(np.int64))
