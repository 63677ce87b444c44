"""The knowledge of the agents of multi-step digits when they send messages or answer; see ``pairs.knowledge``."""

from ...protocols.analysis.knowledge import Feature, Knowledge
from ...protocols.channels.channel import Channel
from ..core.play import Transcript
from ..pairs import knowledge as pairs
from ..pictures.images import PARITIES
from .rules import MultistepDigit


def knowledge(transcript: Transcript, channel: Channel) -> Knowledge:
    """Messages and answers, by parity and digit.

    Raises:
        ValueError: If the messages of the channel are not countable.
    """
    digit = pairs.own(transcript, "digit")
    view = {"parity": Feature(digit % 2, "name", PARITIES), "digit": Feature(digit, "number")}
    return pairs.knowledge(transcript, channel, MultistepDigit, view, ("digit",))
