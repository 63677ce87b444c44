"""Example episodes of multi-step digits; see ``pairs.example_episodes``."""

from ...protocols.channels.channel import Channel
from ..core.example_episode import ExampleEpisode
from ..core.play import Transcript
from ..pairs import example_episodes as pairs
from .rules import MultistepDigit


def example_episodes(transcript: Transcript, channel: Channel) -> tuple[ExampleEpisode, ...]:
    """One episode with the greatest return and one with the least.

    Raises:
        ValueError: If the messages of the channel are not countable.
    """
    return pairs.example_episodes(transcript, channel, MultistepDigit, sees)


def sees(transcript: Transcript, lane: int, agent: int) -> str:
    """What an agent sees: "a 3"."""
    digit = int(transcript.facts[f"digit_{agent}"][0, lane])
    return f"{'an' if digit == 8 else 'a'} {digit}"
