"""Episodes of color-digit as stories; see ``pairs.stories``."""

from ...protocols.channel import Channel
from ..pairs import stories as pairs
from ..play import Transcript
from ..story import Story
from .rules import COLORS, ColorDigit


def stories(transcript: Transcript, channel: Channel) -> tuple[Story, ...]:
    """One episode of the greatest return there was, and one of the least.

    Raises:
        ValueError: if the channel's messages cannot be counted.
    """
    return pairs.stories(transcript, channel, ColorDigit, sees)


def sees(transcript: Transcript, lane: int, agent: int) -> str:
    """What an agent sees: "a red 3"."""
    color, digit = (int(transcript.facts[f"{part}_{agent}"][0, lane]) for part in ("color", "digit"))
    return f"a {COLORS[color]} {digit}"
