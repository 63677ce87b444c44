"""The attributes of a picture of a shape, found by color and overlap, without any network."""

from itertools import product
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, Float64, Int64

from .shapes import COLORS, PLACES, SHAPES, SIDE, SIZES, STRETCH, coverage_of

LEAST_CONTRAST = 0.2
"""The least contrast of a visible shape with its background, on a scale from 0 to 1."""
BRIGHTEST = 20
"""Number of pixels that differ most from the background, which define the contrast."""
LEAST_OVERLAP = 0.7
"""The least intersection over union of a recognizable shape and its ideal form."""


class NamedAttributes(NamedTuple):
    """What pictures show.

    Attributes:
        attributes: The value of each attribute, in the order of ``shapes.ATTRIBUTES``; -1 if nothing is recognizable.
        overlap: Intersection over union of the visible shape and the most similar ideal form.
    """

    attributes: Int64[np.ndarray, "n 4"]
    overlap: Float64[np.ndarray, "n"]


def name_attributes(pictures: Float32[np.ndarray, "n D"]) -> NamedAttributes:
    """Name size, color, shape and place of the shape in each picture.

    A pixel belongs to the shape in proportion to its difference from the median color. The color of the shape is the
    one with the most similar hue, its place the one nearest to its center, and its form and size are those with the
    largest overlap. Nothing is recognizable if the contrast or the overlap is too small.

    Args:
        pictures: Pictures of 3 x 32 x 32 numbers in [-1, 1].
    """
    shown = (pictures.reshape(-1, 3, SIDE, SIDE) + 1) / 2
    paper = np.median(shown, axis=(2, 3), keepdims=True)
    difference = np.abs(shown - paper).max(axis=1)
    brightest = np.partition(difference.reshape(len(shown), -1), -BRIGHTEST, axis=1)[:, -BRIGHTEST:]
    contrast = brightest.mean(axis=1)
    mask = _sharpened(difference / contrast.clip(1e-6)[:, None, None])
    center = _center(mask)
    form, overlap = _most_similar_form(mask, center)
    size, shape = form.T
    offsets = np.array(list(PLACES.values()))
    place = np.linalg.norm(center[:, None] - offsets, axis=2).argmin(axis=1)
    attributes = np.stack([size, _color(shown, mask), shape, place], axis=1)
    attributes[(contrast < LEAST_CONTRAST) | (overlap < LEAST_OVERLAP)] = -1
    return NamedAttributes(attributes, overlap)


def _sharpened(share: Float32[np.ndarray, "*shape"]) -> Float32[np.ndarray, "*shape"]:
    """0 below a quarter, so that noise in the background does not count, 1 above three quarters, and linear between."""
    sharp: np.ndarray = (2 * share - 0.5).clip(0, 1)
    return sharp


def _color(shown: Float32[np.ndarray, "n 3 height width"], mask: Float32[np.ndarray, "n height width"]) -> np.ndarray:
    """Index of the color whose direction is most similar to that of the mean color of the shape."""
    mean = (shown * mask[:, None]).sum(axis=(2, 3))
    known = np.array(list(COLORS.values()))
    similarity = mean @ (known / np.linalg.norm(known, axis=1, keepdims=True)).T
    found: np.ndarray = similarity.argmax(axis=1)
    return found


def _center(mask: Float32[np.ndarray, "n height width"]) -> Float64[np.ndarray, "n 2"]:
    """The center of the shape, as an offset from the center of the picture to the right and down."""
    place = np.arange(SIDE) - (SIDE - 1) / 2
    count = mask.sum(axis=(1, 2)).clip(1e-6)
    return np.stack([mask.sum(axis=1) @ place / count, mask.sum(axis=2) @ place / count], axis=1)


def _most_similar_form(
    mask: Float32[np.ndarray, "n height width"], center: Float64[np.ndarray, "n 2"]
) -> tuple[Int64[np.ndarray, "n 2"], Float64[np.ndarray, "n"]]:
    """Size and shape of the form around the same center that has the largest overlap, and this overlap."""
    best, form = np.zeros(len(mask)), np.zeros((len(mask), 2), dtype=np.int64)
    middle = np.zeros((1, 2), dtype=np.float64)
    for (size, radius), shape, stretch in product(enumerate(SIZES.values()), range(len(SHAPES)), (-1, 0, 1)):
        kind, length = np.array([shape]), np.array([radius * (1 + STRETCH * stretch)])
        own_center = _center(_sharpened(coverage_of(kind, middle, length)))
        kinds, lengths = kind.repeat(len(mask)), length.repeat(len(mask))
        ideal = _sharpened(coverage_of(kinds, center - own_center, lengths))
        both, either = np.minimum(mask, ideal).sum(axis=(1, 2)), np.maximum(mask, ideal).sum(axis=(1, 2))
        overlap = both / either
        better = overlap > best
        best[better], form[better] = overlap[better], (size, shape)
    return form, best
