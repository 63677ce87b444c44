"""What is known in naming digits, for the instruments: whoever names a digit knows who it is, and nobody talks."""

from collections.abc import Sequence

import numpy as np

from ...protocols.analysis.knowledge import Feature, Knowledge, decisions
from ...protocols.analysis.language import listed
from ...protocols.analysis.messages import messages
from ...protocols.channels.channel import Channel
from ..core.example_episode import ExampleEpisode
from ..core.play import Transcript
from .rules import Digits


def knowledge(transcript: Transcript, channel: Channel) -> Knowledge:
    """No messages, and what was named, by the picture's digit.

    Raises:
        ValueError: if the channel's messages cannot be counted.
    """
    shape, agents = transcript.action.shape, transcript.action.shape[2]
    nobody = np.zeros(shape, dtype=bool)
    told = messages(channel.carrier, transcript.sent, nobody, transcript.heard, transcript.present)
    seats = tuple(f"{Digits.role} {seat}" for seat in range(agents))
    known = {
        "step": Feature(np.ones(shape, dtype=np.int64), "number"),
        "who": Feature(np.broadcast_to(np.arange(agents), shape).astype(np.int64), "name", seats),
    }
    acted = np.repeat(transcript.live[:, :, None], agents, axis=2)
    said = decisions(nobody, told.sent, told.names, known, transcript.facts)
    named = decisions(acted, transcript.action, Digits.action_names, known, transcript.facts)
    return Knowledge(said, named, 0, "step", ("who",), describe, told.possible)


def describe(fact: str, values: Sequence[int]) -> str:
    """A fact in words: "the first picture shows 3 or 8"."""
    return f"{'it is step' if fact == 'step' else 'the first picture shows'} {listed(values, 'or')}"


def example_episodes(transcript: Transcript, channel: Channel) -> tuple[ExampleEpisode, ...]:
    """None: an episode is one step, in which nobody says anything."""
    return ()
