"""The knowledge of the agents of color-digit when they send messages or choose; see ``pairs.knowledge``."""

from ...protocols.analysis.knowledge import Feature, Knowledge
from ...protocols.channels.channel import Channel
from ..core.play import Transcript
from ..pairs import knowledge as pairs
from ..pictures.images import PARITIES
from .rules import COLORS, ColorDigit


def knowledge(transcript: Transcript, channel: Channel) -> Knowledge:
    """Messages and choices, by color, parity and digit.

    Raises:
        ValueError: If the messages of the channel are not countable.
    """
    digit = pairs.own(transcript, "digit")
    view = {
        "color": Feature(pairs.own(transcript, "color"), "name", COLORS),
        "parity": Feature(digit % 2, "name", PARITIES),
        "digit": Feature(digit, "number"),
    }
    return pairs.knowledge(transcript, channel, ColorDigit, view, ("color", "parity"))
