"""Small pictures as text, side by side."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32

SHADES = " .:-=+*#%@"
ACROSS = 4
"""How many pictures are side by side."""


def shades(names: Sequence[str], image: Float32[np.ndarray, "K 64"]) -> list[str]:
    """Names, and below each its picture, two characters a pixel; an empty line between rows of pictures."""
    marks = np.array(list(SHADES))[np.rint(image.reshape(-1, 8, 8) * (len(SHADES) - 1)).astype(np.int64)]
    lines: list[str] = []
    for first in range(0, len(names), ACROSS):
        rows = [list(names[first : first + ACROSS])]
        rows += [["".join(np.repeat(picture[row], 2)) for picture in marks[first : first + ACROSS]] for row in range(8)]
        lines += [*([""] if first else []), *("  ".join(f"{cell:16}" for cell in row).rstrip() for row in rows)]
    return lines
