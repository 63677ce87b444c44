"""Pictures of colored shapes with captions, such as "small red circle left", 32 x 32 pixels.

Each picture of a caption differs in the exact place, size and brightness of its shape, and in the background.
"""

from itertools import product

import numpy as np
from jaxtyping import Float, Float32, Int64, UInt64

from ..pictures.images import SPLITS
from .captions import Vocabulary
from .source import Source

SIDE = 32
"""Height and width of a picture, in pixels."""
SIZES = {"small": 5.0, "large": 7.5}
"""Radius of a shape, in pixels."""
COLORS = {
    "red": (1.0, 0.1, 0.1),
    "green": (0.1, 0.9, 0.1),
    "blue": (0.15, 0.25, 1.0),
    "yellow": (1.0, 0.95, 0.1),
    "purple": (0.8, 0.1, 0.9),
    "cyan": (0.1, 0.95, 0.95),
}
"""Red, green and blue, from 0 to 1."""
SHAPES = ("circle", "square", "triangle", "cross")
PLACES = {"center": (0, 0), "left": (-7, 0), "right": (7, 0), "top": (0, -7), "bottom": (0, 7)}
"""Offset of the shape from the center of the picture to the right and down, in pixels."""
ATTRIBUTES = {"size": tuple(SIZES), "color": tuple(COLORS), "shape": SHAPES, "place": tuple(PLACES)}
"""The values of each attribute, in the order of the words of a caption."""
VALUES = max(map(len, ATTRIBUTES.values()))
"""Largest number of values of an attribute."""
SHIFT, STRETCH, DIMMEST, BACKGROUND = 1.0, 0.1, 0.75, 0.2
"""Largest shift in pixels, largest relative change of size, least brightness, and brightest background."""
JITTERS, JITTER_BITS = 5, 12


class Shapes(Source):
    """The pictures of a split. A kind is a combination of size, color, shape and place.

    Four of the 24 pairs of color and shape are held out: each shape has one held-out color.

    Args:
        split: "train" or "held_out".

    Attributes:
        attributes: The value of each attribute, in the order of ``ATTRIBUTES``, for each kind.
        captions: The caption of each kind.
        vocabulary: The words of the captions of both splits.
    """

    shape = (3, SIDE, SIDE)

    def __init__(self, split: str) -> None:
        counts = [len(values) for values in ATTRIBUTES.values()]
        every = np.array(list(product(*map(range, counts))), dtype=np.int64)
        held_out = (every[:, 1] + every[:, 2]) % len(COLORS) == 0
        self.attributes = every[held_out == (split == SPLITS[1])]
        self.kinds = len(self.attributes)
        self.captions = tuple(map(caption_of, self.attributes.tolist()))
        self.vocabulary = Vocabulary(list(map(caption_of, every.tolist())))

    def picture(self, kind: Int64[np.ndarray, "n"], bits: UInt64[np.ndarray, "n"]) -> Float32[np.ndarray, "n D"]:
        shift = JITTER_BITS * np.arange(JITTERS, dtype=np.uint64)
        fraction = (bits[:, None] >> shift & np.uint64(2**JITTER_BITS - 1)).astype(np.float32) / 2**JITTER_BITS
        return draw(self.attributes[kind], fraction).reshape(-1, self.size)

    def caption(self, kind: int) -> str:
        return str(self.captions[kind])

    def words(self, condition: str) -> int:
        return self.vocabulary.length if condition == "caption" else len(ATTRIBUTES)

    def kind_codes(self) -> Float32[np.ndarray, "K C"]:
        """The four attributes, one-hot with ``VALUES`` values each, like objects of the referential game."""
        codes: np.ndarray = np.eye(VALUES, dtype=np.float32)[self.attributes]
        return codes.reshape(self.kinds, -1)

    def caption_codes(self) -> Float32[np.ndarray, "K C"]:
        """The words, each one-hot."""
        return np.stack([self.vocabulary.encode(caption).ravel() for caption in self.captions])


def caption_of(attributes: list[int]) -> str:
    """The words for these values of the attributes."""
    return " ".join(values[attributes[i]] for i, values in _numbered())


def draw(
    attributes: Int64[np.ndarray, "n 4"], jitter: Float32[np.ndarray, "n 5"]
) -> Float32[np.ndarray, "n 3 height width"]:
    """Draw shapes, as numbers in [-1, 1].

    Args:
        attributes: The value of each attribute.
        jitter: Numbers in [0, 1) for shift to the right, shift down, size, brightness and background; .5 is neutral
            for the first three.
    """
    size, color, shape, place = attributes.T
    centered = 2 * jitter[:, :3] - 1
    offset = np.array(list(PLACES.values()), dtype=np.float32)[place] + SHIFT * centered[:, :2]
    radius = np.array(list(SIZES.values()), dtype=np.float32)[size] * (1 + STRETCH * centered[:, 2])
    cover = coverage_of(shape, offset, radius)[:, None]
    brightness = DIMMEST + (1 - DIMMEST) * jitter[:, 3]
    ink = np.array(list(COLORS.values()), dtype=np.float32)[color] * brightness[:, None]
    paper = (BACKGROUND * jitter[:, 4])[:, None, None, None]
    picture: np.ndarray = cover * ink[:, :, None, None] + (1 - cover) * paper
    return 2 * picture.astype(np.float32) - 1


def coverage_of(
    shape: Int64[np.ndarray, "n"], offset: Float[np.ndarray, "n 2"], radius: Float[np.ndarray, "n"]
) -> Float32[np.ndarray, "n height width"]:
    """Approximate fraction of each pixel that a shape covers, from the distance of the pixel's center to its edge.

    Args:
        shape: Index of the shape in ``SHAPES``.
        offset: Offset of its center from the center of the picture to the right and down, in pixels.
        radius: Its radius, in pixels.
    """
    place = np.arange(SIDE, dtype=np.float32) - (SIDE - 1) / 2
    x = place[None, None, :] - offset[:, 0, None, None].astype(np.float32)
    y = place[None, :, None] - offset[:, 1, None, None].astype(np.float32)
    r = radius[:, None, None].astype(np.float32)
    width, height, third = np.abs(x), np.abs(y), r / 3
    bars = np.minimum(np.maximum(width - third, height - r), np.maximum(width - r, height - third))
    edges = (
        np.hypot(x, y) - r,
        np.maximum(width, height) - 0.85 * r,
        np.maximum(y - 0.75 * r, (1.7 * width - 0.9 * (y + 0.95 * r)) / np.hypot(1.7, 0.9)),
        bars,
    )
    found = np.choose(shape[:, None, None], edges)
    covered: np.ndarray = (0.5 - found).clip(0, 1).astype(np.float32)
    return covered


def _numbered() -> list[tuple[int, tuple[str, ...]]]:
    return list(enumerate(ATTRIBUTES.values()))
