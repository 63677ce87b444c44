"""What can be said, how it travels, how credit returns; and the instruments that study what was said."""

from .carriers import DRU, Carrier, Continuous, Symbols
from .channel import Channel, one_voice
from .draws import Draws
from .links import Erasure, Flip, Gaussian, Link, Perfect
from .player import Player, State

__all__ = [
    "DRU",
    "Carrier",
    "Channel",
    "Continuous",
    "Draws",
    "Erasure",
    "Flip",
    "Gaussian",
    "Link",
    "Perfect",
    "Player",
    "State",
    "Symbols",
    "one_voice",
]
