"""The knowledge of the agents of the relay when they send messages or answer, for the analysis."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Int64, Integer

from ...protocols.analysis.knowledge import NO_MESSAGE, Feature, Knowledge, decisions
from ...protocols.analysis.language import join_words
from ...protocols.analysis.messages import messages
from ...protocols.channels.channel import Channel
from ..core.play import Transcript
from ..pictures.images import PARITIES
from .rules import WAIT, Relay


def knowledge(transcript: Transcript, channel: Channel) -> Knowledge:
    """Messages and answers, by the knowledge of the agent.

    The active agent knows the message that it received, its own digit and its parity, its place in the chain
    (from the time), the sender, whether it has been active before, and its identity.

    Raises:
        ValueError: If the messages of the channel are not countable.
    """
    speaks = transcript.hears.any(axis=2) & transcript.live[:, :, None]
    exchanged = messages(channel.carrier, transcript.sent, speaks, transcript.heard, transcript.present)
    answers = np.not_equal(transcript.action, WAIT)
    holds = speaks | answers
    agents = holds.shape[2]
    seats = tuple(f"{Relay.role} {seat}" for seat in range(agents))
    sender = np.where(transcript.present.any(axis=3), transcript.present.argmax(axis=3), NO_MESSAGE)
    heard = exchanged.heard.max(axis=3)
    facts = {name: np.repeat(fact[:, :, None], agents, axis=2) for name, fact in transcript.facts.items()}
    known = {
        "place": Feature(_integers(facts["place"]), "number"),
        "heard": Feature(heard, "message", exchanged.names),
        "parity": Feature(_integers(facts["parity"]), "name", PARITIES),
        "digit": Feature(_integers(facts["digit"]), "number"),
        "been_before": Feature(_before(holds), "flag"),
        "heard_from": Feature(_integers(sender), "name", seats),
        "who": Feature(_integers(np.broadcast_to(np.arange(agents), holds.shape)), "name", seats),
    }
    sent = decisions(speaks, exchanged.sent, exchanged.names, known, transcript.facts)
    # Only the answering agent has a choice, and it cannot wait, so answers are numbered from 0.
    count = int(transcript.action.max(initial=WAIT)) - WAIT
    answered = decisions(answers, transcript.action - 1, tuple(map(str, range(count))), known, transcript.facts)
    arrived = int((transcript.present.any(axis=3) & holds).sum())
    return Knowledge(sent, answered, arrived, "place", ("heard", "parity"), describe, exchanged.possible)


def describe(fact: str, values: Sequence[int]) -> str:
    """A fact of the relay in words: "2 digits are odd so far"."""
    if fact == "place":
        return f"the message is at place {join_words(values, 'or')}"
    if fact == "digit":
        return f"the speaker's digit is {join_words(values, 'or')}"
    if fact == "parity":
        return f"the speaker's digit is {join_words([PARITIES[value] for value in values], 'or')}"
    if fact == "spelled":
        return f"the last parities spell {join_words(values, 'or')}"
    return f"{join_words(values, 'or')} {'digit is' if tuple(values) == (1,) else 'digits are'} odd so far"


def _integers(value: Integer[np.ndarray, "T B N"]) -> Int64[np.ndarray, "T B N"]:
    return value.astype(np.int64)


def _before(holds: Bool[np.ndarray, "T B N"]) -> Int64[np.ndarray, "T B N"]:
    """Whether an agent had a turn at an earlier step."""
    before: np.ndarray = (holds.cumsum(axis=0) - holds > 0).astype(np.int64)
    return before
