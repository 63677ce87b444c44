"""Sources of genuine pictures: mixtures of normal distributions in the plane, handwritten digits, and colored shapes.

All numbers lie in [-1, 1]. A *kind* is the component of a mixture, the class of a digit, or the caption of a picture;
kinds are equally likely.
"""

import math
from collections.abc import Callable
from functools import cache

import numpy as np
from jaxtyping import Float32, Float64, Int64, UInt64

from ...protocols.common.checks import check_one_of
from ...protocols.common.draws import below, halves
from ...protocols.common.errors import invalid
from ..pictures.images import CLASSES, SPLITS, digits
from .captioned_pictures import read_captioned_pictures
from .shapes import Shapes
from .source import Source

RADIUS = 0.8
"""Distance of the outermost means of the mixtures from the center, along each axis."""
RING, GRID = 8, 5
"""Number of components of the ring, and of each row and column of the grid."""


class Mixture(Source):
    """A mixture of K equally likely normal distributions in the plane, with equal standard deviations.

    Args:
        means: The mean of each component.
        deviation: The standard deviation of both coordinates.
    """

    shape = (2,)

    def __init__(self, means: Float64[np.ndarray, "K 2"], deviation: float) -> None:
        self.means, self.deviation, self.kinds = means, deviation, len(means)

    def picture(self, kind: Int64[np.ndarray, "n"], bits: UInt64[np.ndarray, "n"]) -> Float32[np.ndarray, "n D"]:
        point: np.ndarray = self.means[kind] + self.deviation * normal_pairs(bits)
        return point.clip(-1, 1).astype(np.float32)


class Digits(Source):
    """Scikit-learn's bundled digits as 8 x 8 gray values: -1 is the background and 1 is ink.

    Args:
        split: "train" or "held_out".
    """

    kinds = CLASSES

    def __init__(self, split: str) -> None:
        self.pictures = digits(split)
        side = math.isqrt(self.pictures.pixels)
        self.shape = (1, side, side)

    def picture(self, kind: Int64[np.ndarray, "n"], bits: UInt64[np.ndarray, "n"]) -> Float32[np.ndarray, "n D"]:
        number = self.pictures.first[kind] + below(halves(bits)[0], self.pictures.count[kind])
        shown: np.ndarray = 2 * self.pictures.image[number] - 1
        return shown


def normal_pairs(bits: UInt64[np.ndarray, "K"]) -> Float64[np.ndarray, "K 2"]:
    """Two independent standard normal numbers from 64 bits (Box and Muller 1958)."""
    first, second = halves(bits)
    radius = np.sqrt(-2 * np.log((first + 1.0) * 2.0**-32))
    angle = second * (2 * np.pi * 2.0**-32)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def ring(split: str = "train") -> Mixture:
    """Eight components on a circle, with a standard deviation of a hundredth of its radius (Metz et al. 2017)."""
    angle = np.arange(RING) * 2 * np.pi / RING
    return Mixture(RADIUS * np.stack([np.cos(angle), np.sin(angle)], axis=1), RADIUS / 100)


def grid(split: str = "train") -> Mixture:
    """25 components on a square grid, with a standard deviation of a fortieth of its spacing (Lin et al. 2018)."""
    place = np.linspace(-RADIUS, RADIUS, GRID)
    means = np.stack(np.meshgrid(place, place, indexing="ij"), axis=-1).reshape(-1, 2)
    return Mixture(means, (place[1] - place[0]) / 40)


SOURCES: dict[str, Callable[[str], Source]] = {"ring": ring, "grid": grid, "digits": Digits, "shapes": Shapes}
"""The sources by name, each for a split, "train" or "held_out"."""


@cache
def _source(data: str, split: str) -> Source:
    return SOURCES[data](split)


def source(data: str, split: str) -> Source:
    """The source of this name, or the captioned pictures in a file.

    Args:
        data: A name in ``SOURCES``, or the path of a file that ends with ".npz"; see ``read_captioned_pictures``.
        split: "train" or "held_out".

    Raises:
        ValueError: If there is no such source or split, or the file holds no captioned pictures.
    """
    check_one_of("split", split, SPLITS)
    if isinstance(data, str) and data.endswith(".npz"):
        return read_captioned_pictures(data, split)
    if data not in SOURCES:
        remedy = f"Pass one of {', '.join(SOURCES)}, or the path of a file that ends with .npz."
        raise invalid("data must name genuine pictures", data, remedy)
    return _source(data, split)
