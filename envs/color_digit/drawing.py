"""Pictures of color-digit; see ``pairs.drawing``."""

from typing import cast

from ..pairs.drawing import drawings
from ..pairs.rules import Pair
from .rules import ColorDigit

INKS = ("#b5483c", "#2f6690")
"""Of red and blue."""


def _inks(core: Pair) -> tuple[str, str]:
    one, other = cast(ColorDigit, core).color[0].tolist()
    return INKS[one], INKS[other]


DRAWINGS = drawings("Color-digit", _inks)
