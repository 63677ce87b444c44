"""Pictures that agents see: handwritten digits, split once into a training set and a held-out set."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from math import fsum, isqrt
from warnings import catch_warnings, filterwarnings

import numpy as np
from jaxtyping import Float32, Float64, Int64, UInt64

from ...protocols.common.checks import check_one_of
from ...protocols.common.draws import below, halves, splitmix64
from ...protocols.common.errors import invalid

SPLITS = ("train", "held_out")
CLASSES = 10
PARITIES = ("even", "odd")
PIXELS = 64
"""The number of pixels of scikit-learn's bundled digits."""
HELD_OUT = (2, 5, 8)
"""The positions of the held-out pictures among each ten pictures of a class, in the order of the data set."""
MNIST_TRAIN = 60_000
"""The number of MNIST's training pictures, which are the first ones (LeCun et al. 1998)."""


@dataclass(frozen=True, eq=False)
class Pictures:
    """The P pictures of one split, sorted by class.

    Attributes:
        split: "train" or "held_out".
        image: Gray values from 0 to 1 of square pictures, flattened row by row.
        digit: Class of each picture, 0 to 9.
        data: Data set, "digits" or "mnist".
    """

    split: str
    image: Float32[np.ndarray, "P pixels"]
    digit: Int64[np.ndarray, "P"]
    data: str = "digits"

    @property
    def pixels(self) -> int:
        """Number of pixels of a picture."""
        return int(self.image.shape[1])

    @property
    def side(self) -> int:
        """Width and height of a picture in pixels."""
        return isqrt(self.pixels)

    @cached_property
    def first(self) -> Int64[np.ndarray, "10"]:
        """Index of the first picture of each class."""
        return np.searchsorted(self.digit, np.arange(CLASSES)).astype(np.int64)

    @cached_property
    def count(self) -> Int64[np.ndarray, "10"]:
        """Number of pictures of each class."""
        return np.bincount(self.digit, minlength=CLASSES).astype(np.int64)

    @property
    def share(self) -> Float64[np.ndarray, "10"]:
        """Probability of each class, independent of its number of pictures."""
        return np.full(CLASSES, 1 / CLASSES)

    @cached_property
    def chance(self) -> Float64[np.ndarray, "P"]:
        """Probability of each picture."""
        return np.asarray(1 / (CLASSES * self.count[self.digit]))

    def draw(self, bits: UInt64[np.ndarray, "K"]) -> Int64[np.ndarray, "K"]:
        """One picture index per draw, from a uniform class and then a uniform picture of that class."""
        high, low = halves(bits)
        digit = below(high, CLASSES)
        number: np.ndarray = self.first[digit] + below(low, self.count[digit])
        return number

    def number(self, image: Float32[np.ndarray, "K pixels"]) -> Int64[np.ndarray, "K"]:
        """The index of the picture that equals each image.

        Raises:
            ValueError: If an image is not among these pictures.
        """
        order, keys = self._index
        found: np.ndarray = order[np.minimum(np.searchsorted(keys, _keys(image)), len(order) - 1)]
        unknown = (self.image[found] != image).any(axis=1)
        if unknown.any():
            rule = f"An image must be one of the {len(order)} pictures of {self.data}, {self.split}"
            raise invalid(rule, image[unknown][0], "Pass pictures of the same data set and split.")
        return found

    @cached_property
    def _index(self) -> tuple[Int64[np.ndarray, "P"], UInt64[np.ndarray, "P"]]:
        """The indices of the pictures in the order of their hash keys, and the sorted keys."""
        keys = _keys(self.image)
        order = keys.argsort(kind="stable")
        return order, keys[order]

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        """Copy and pickle by the names of data set and split, without the pictures."""
        return pictures_of, (self.data, self.split)


def odd_probability(pictures: Pictures) -> float:
    """The probability that a picture shows an odd digit."""
    return fsum(pictures.share[1::2].tolist())


def _keys(image: Float32[np.ndarray, "K pixels"]) -> UInt64[np.ndarray, "K"]:
    """A hash of each image."""
    bits = np.ascontiguousarray(image).view(np.uint32).astype(np.uint64)
    mixed: np.ndarray = bits @ splitmix64(np.arange(image.shape[1], dtype=np.uint64))
    return mixed


def pictures_of(data: str, split: str) -> Pictures:
    """The pictures of a data set, "digits" or "mnist".

    Raises:
        ValueError: If there is no such data set or split.
    """
    check_one_of("data", data, DATA)
    return DATA[data](split)


def digits(split: str) -> Pictures:
    """Scikit-learn's bundled digits (Alpaydin and Kaynak 1998, the test set of Optdigits): about 70% or 30% of them.

    The split is stratified: three of each ten pictures of a class are held out. Both parts have the same writers.

    Raises:
        ValueError: If there is no such split.
    """
    check_one_of("split", split, SPLITS)
    return _digits(split)


@cache
def _digits(split: str) -> Pictures:
    from sklearn.datasets import load_digits

    image, digit = load_digits(return_X_y=True)
    chosen = []
    for number in range(CLASSES):
        members = np.flatnonzero(digit == number)
        held = np.isin(np.arange(len(members)) % 10, HELD_OUT)
        chosen.append(members[held if split == "held_out" else ~held])
    rows = np.concatenate(chosen)
    return Pictures(split, (image[rows] / 16).astype(np.float32), digit[rows].astype(np.int64))


def mnist(split: str) -> Pictures:
    """MNIST (LeCun et al. 1998), 28 x 28: 60,000 training pictures, and 10,000 held-out pictures by other writers.

    The pictures are downloaded once from OpenML and cached in scikit-learn's data folder.

    Raises:
        ValueError: If there is no such split, or the pictures are not cached and cannot be downloaded.
    """
    check_one_of("split", split, SPLITS)
    return _mnist()[split]


@cache
def _mnist() -> dict[str, Pictures]:
    from sklearn.datasets import fetch_openml

    try:
        with catch_warnings():
            filterwarnings("ignore", "A network error occurred")  # it is reported by the error below
            # This parser does not need pandas.
            image, digit = fetch_openml("mnist_784", version=1, as_frame=False, parser="liac-arff", return_X_y=True)
    except OSError as error:
        rule = 'data="mnist" must be downloaded from OpenML at its first use'
        raise invalid(rule, error, 'Use a network connection once, or use data="digits".') from error
    image, digit = image.astype(np.float32) / 255, digit.astype(np.int64)
    found = {}
    for split, rows in (("train", np.arange(MNIST_TRAIN)), ("held_out", np.arange(MNIST_TRAIN, len(digit)))):
        rows = rows[digit[rows].argsort(kind="stable")]
        found[split] = Pictures(split, image[rows], digit[rows], "mnist")
    return found


DATA: dict[str, Callable[[str], Pictures]] = {"digits": digits, "mnist": mnist}
"""The data sets by name."""
