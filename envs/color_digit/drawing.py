"""Drawings of color-digit; see ``pairs.drawing``."""

from typing import cast

from ..pairs.drawing import drawings
from ..pairs.rules import Pair
from .rules import ColorDigit

INKS = ("#b5483c", "#2f6690")
"""The colors red and blue."""


def _inks(core: Pair) -> tuple[str, str]:
    first, second = cast(ColorDigit, core).color[0].tolist()
    return INKS[first], INKS[second]


DRAWINGS = drawings("Color-digit", _inks)
