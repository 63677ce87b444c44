"""Communication channels (form of messages, transmission, credit), and the analysis of emergent protocols."""

from .channels.carriers import DRU, Carrier, Continuous
from .channels.channel import Channel, sum_messages
from .channels.exchange import Delivery, Exchange
from .channels.links import Composed, Delay, Erasure, Flip, Gaussian, Link, LinkState, Perfect
from .channels.serialization import register_carrier, register_link
from .channels.symbols import Gumbel, Quantized, Sampled, Symbols
from .common.draws import Draws
from .common.player import Player, PlayerInput, PlayerOutput, State

__all__ = [
    "DRU",
    "Carrier",
    "Channel",
    "Composed",
    "Continuous",
    "Delay",
    "Delivery",
    "Draws",
    "Erasure",
    "Exchange",
    "Flip",
    "Gaussian",
    "Gumbel",
    "Link",
    "LinkState",
    "Perfect",
    "Player",
    "PlayerInput",
    "PlayerOutput",
    "Quantized",
    "Sampled",
    "State",
    "Symbols",
    "register_carrier",
    "register_link",
    "sum_messages",
]
