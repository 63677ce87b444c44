"""The knowledge of the agents of naming digits at each decision, for the analysis. There are no messages."""

from collections.abc import Sequence

import numpy as np

from ...protocols.analysis.knowledge import Feature, Knowledge, decisions
from ...protocols.analysis.language import join_words
from ...protocols.analysis.messages import messages
from ...protocols.channels.channel import Channel
from ..core.play import Transcript
from .rules import Digits


def knowledge(transcript: Transcript, channel: Channel) -> Knowledge:
    """The answers by step and agent, without any messages.

    Raises:
        ValueError: If the messages of the channel are not countable.
    """
    shape, agents = transcript.action.shape, transcript.action.shape[2]
    silence = np.zeros(shape, dtype=bool)
    exchanged = messages(channel.carrier, transcript.sent, silence, transcript.heard, transcript.present)
    seats = tuple(f"{Digits.role} {seat}" for seat in range(agents))
    known = {
        "step": Feature(np.ones(shape, dtype=np.int64), "number"),
        "who": Feature(np.broadcast_to(np.arange(agents), shape).astype(np.int64), "name", seats),
    }
    acted = np.repeat(transcript.live[:, :, None], agents, axis=2)
    sent = decisions(silence, exchanged.sent, exchanged.names, known, transcript.facts)
    answers = decisions(acted, transcript.action, Digits.action_names, known, transcript.facts)
    return Knowledge(sent, answers, 0, "step", ("who",), describe, exchanged.possible)


def describe(fact: str, values: Sequence[int]) -> str:
    """A fact in words: "the first picture shows 3 or 8"."""
    return f"{'it is step' if fact == 'step' else 'the first picture shows'} {join_words(values, 'or')}"
