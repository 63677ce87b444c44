"""Drawings of multi-step digits; see ``pairs.drawing``."""

from ..drawing.canvas import INK
from ..pairs.drawing import drawings
from ..pairs.rules import Pair


def _inks(core: Pair) -> tuple[str, str]:
    return INK, INK


DRAWINGS = drawings("Multi-step digits", _inks)
