"""Small square pictures as text, side by side."""

from collections.abc import Sequence
from math import isqrt

import numpy as np
from jaxtyping import Float32

SHADES = " .:-=+*#%@"
ACROSS = 4
"""How many pictures are side by side."""


def ascii_images(names: Sequence[str], image: Float32[np.ndarray, "K pixels"]) -> list[str]:
    """Names, and below each its picture, two characters a pixel; an empty line between rows of pictures."""
    side = isqrt(image.shape[1])
    marks = np.array(list(SHADES))[np.rint(image.reshape(-1, side, side) * (len(SHADES) - 1)).astype(np.int64)]
    width = max(2 * side, *map(len, names))
    lines: list[str] = []
    for first in range(0, len(names), ACROSS):
        rows = [list(names[first : first + ACROSS])]
        rows += [["".join(np.repeat(one[row], 2)) for one in marks[first : first + ACROSS]] for row in range(side)]
        lines += [*([""] if first else []), *("  ".join(f"{cell:{width}}" for cell in row).rstrip() for row in rows)]
    return lines
