"""What can be said, how it travels, how credit returns; and the instruments that study what was said."""

from .carriers import DRU, Carrier, Continuous
from .channel import Channel, one_voice
from .draws import Draws
from .links import Composed, Delay, Erasure, Flip, Gaussian, Link, LinkState, Perfect
from .player import Player, State
from .symbols import Gumbel, Quantized, Sampled, Symbols

__all__ = [
    "DRU",
    "Carrier",
    "Channel",
    "Composed",
    "Continuous",
    "Delay",
    "Draws",
    "Erasure",
    "Flip",
    "Gaussian",
    "Gumbel",
    "Link",
    "LinkState",
    "Perfect",
    "Player",
    "Quantized",
    "Sampled",
    "State",
    "Symbols",
    "one_voice",
]
