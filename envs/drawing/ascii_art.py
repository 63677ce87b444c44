"""Small square pictures as ASCII art, side by side."""

from collections.abc import Sequence
from math import isqrt

import numpy as np
from jaxtyping import Float32

SHADES = " .:-=+*#%@"
ACROSS = 4
"""The number of pictures per row."""


def ascii_images(names: Sequence[str], image: Float32[np.ndarray, "K pixels"]) -> list[str]:
    """The names with their pictures below, two characters per pixel, and an empty line between rows of pictures."""
    side = isqrt(image.shape[1])
    marks = np.array(list(SHADES))[np.rint(image.reshape(-1, side, side) * (len(SHADES) - 1)).astype(np.int64)]
    width = max(2 * side, *map(len, names))
    lines: list[str] = []
    for first in range(0, len(names), ACROSS):
        rows = [list(names[first : first + ACROSS])]
        pictures = marks[first : first + ACROSS]
        rows += [["".join(np.repeat(picture[row], 2)) for picture in pictures] for row in range(side)]
        lines += [*([""] if first else []), *("  ".join(f"{cell:{width}}" for cell in row).rstrip() for row in rows)]
    return lines
