"""Example episodes of color-digit; see ``pairs.example_episodes``."""

from ...protocols.channels.channel import Channel
from ..core.example_episode import ExampleEpisode
from ..core.play import Transcript
from ..pairs import example_episodes as pairs
from .rules import COLORS, ColorDigit


def example_episodes(transcript: Transcript, channel: Channel) -> tuple[ExampleEpisode, ...]:
    """One episode with the greatest return and one with the least.

    Raises:
        ValueError: If the messages of the channel are not countable.
    """
    return pairs.example_episodes(transcript, channel, ColorDigit, sees)


def sees(transcript: Transcript, lane: int, agent: int) -> str:
    """What an agent sees: "a red 3"."""
    color, digit = (int(transcript.facts[f"{part}_{agent}"][0, lane]) for part in ("color", "digit"))
    return f"a {COLORS[color]} {digit}"
