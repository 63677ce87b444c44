"""What the relay's agents know when they speak or answer, in the words that the instruments understand."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Int64, Integer

from ...protocols.analysis.knowledge import NO_MESSAGE, Feature, Knowledge, decisions
from ...protocols.analysis.language import listed
from ...protocols.analysis.messages import messages
from ...protocols.channels.channel import Channel
from ..core.play import Transcript
from ..pictures.images import PARITIES
from .rules import WAIT, Relay


def knowledge(transcript: Transcript, channel: Channel) -> Knowledge:
    """Messages, by what their speaker knew, and answers.

    Whoever has the message knows what it heard, its own digit and whether that is odd, at which place of the chain it
    is (the time tells), from whom it heard, whether it had a place before, and who it is.

    Raises:
        ValueError: if the channel's messages cannot be counted.
    """
    speaks = transcript.hears.any(axis=2) & transcript.live[:, :, None]
    told = messages(channel.carrier, transcript.sent, speaks, transcript.heard, transcript.present)
    answers = np.not_equal(transcript.action, WAIT)
    holds = speaks | answers
    agents = holds.shape[2]
    seats = tuple(f"{Relay.role} {seat}" for seat in range(agents))
    sender = np.where(transcript.present.any(axis=3), transcript.present.argmax(axis=3), NO_MESSAGE)
    heard = told.heard.max(axis=3)
    facts = {name: np.repeat(fact[:, :, None], agents, axis=2) for name, fact in transcript.facts.items()}
    known = {
        "place": Feature(_integers(facts["place"]), "number"),
        "heard": Feature(heard, "message", told.names),
        "parity": Feature(_integers(facts["parity"]), "name", PARITIES),
        "digit": Feature(_integers(facts["digit"]), "number"),
        "been_before": Feature(_before(holds), "flag"),
        "heard_from": Feature(_integers(sender), "name", seats),
        "who": Feature(_integers(np.broadcast_to(np.arange(agents), holds.shape)), "name", seats),
    }
    said = decisions(speaks, told.sent, told.names, known, transcript.facts)
    # Only whoever answers has a choice, and it cannot wait: answers are numbered from 0.
    count = int(transcript.action.max(initial=WAIT)) - WAIT
    named = decisions(answers, transcript.action - 1, tuple(map(str, range(count))), known, transcript.facts)
    arrived = int((transcript.present.any(axis=3) & holds).sum())
    return Knowledge(said, named, arrived, "place", ("heard", "parity"), describe, told.possible)


def describe(fact: str, values: Sequence[int]) -> str:
    """A fact of the relay in words: "two digits were odd so far"."""
    if fact == "place":
        return f"the message is at place {listed(values, 'or')}"
    if fact == "digit":
        return f"the speaker's digit is {listed(values, 'or')}"
    if fact == "parity":
        return f"the speaker's digit is {listed([PARITIES[value] for value in values], 'or')}"
    if fact == "spelled":
        return f"the last parities spell {listed(values, 'or')}"
    return f"{listed(values, 'or')} {'digit is' if tuple(values) == (1,) else 'digits are'} odd so far"


def _integers(value: Integer[np.ndarray, "T B N"]) -> Int64[np.ndarray, "T B N"]:
    return value.astype(np.int64)


def _before(holds: Bool[np.ndarray, "T B N"]) -> Int64[np.ndarray, "T B N"]:
    """Whether an agent had the message at an earlier step."""
    before: np.ndarray = (holds.cumsum(axis=0) - holds > 0).astype(np.int64)
    return before
