"""Episodes of multi-step digits as stories; see ``pairs.stories``."""

from ...protocols.channel import Channel
from ..pairs import stories as pairs
from ..play import Transcript
from ..story import Story
from .rules import MultistepDigit


def stories(transcript: Transcript, channel: Channel) -> tuple[Story, ...]:
    """One episode of the greatest return there was, and one of the least.

    Raises:
        ValueError: if the channel's messages cannot be counted.
    """
    return pairs.stories(transcript, channel, MultistepDigit, sees)


def sees(transcript: Transcript, lane: int, agent: int) -> str:
    """What an agent sees: "a 3"."""
    digit = int(transcript.facts[f"digit_{agent}"][0, lane])
    return f"{'an' if digit == 8 else 'a'} {digit}"
