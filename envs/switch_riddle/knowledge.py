"""The knowledge of the agents of the riddle when they set the switch or tell, for the analysis."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int64, Integer

from ...protocols.analysis.knowledge import NO_MESSAGE, Feature, Knowledge, decisions
from ...protocols.analysis.language import join_words
from ...protocols.analysis.messages import messages
from ...protocols.channels.channel import Channel
from ..core.play import Transcript
from .rules import SwitchRiddle

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def knowledge(transcript: Transcript, channel: Channel) -> Knowledge:
    """Messages and actions of the agents in the room, by their knowledge.

    An agent knows the day, the message on the switch (none on day 1), whether and how often it has been in the room
    before, the day of its last visit (0 if there was none), the messages that it received and sent then, and its
    identity.

    Raises:
        ValueError: If the messages of the channel are not countable.
    """
    room = (transcript.observation == 1) & transcript.live[:, :, None]
    writes = transcript.hears.any(axis=2) & transcript.live[:, :, None]
    exchanged = messages(channel.carrier, transcript.sent, room | writes, transcript.heard, transcript.present)
    agents = room.shape[2]
    seats = tuple(f"{SwitchRiddle.role} {seat}" for seat in range(agents))
    days = np.arange(1, len(room) + 1)[:, None, None]
    heard = exchanged.heard.max(axis=3)
    visits = room.cumsum(axis=0) - room
    known = {
        "day": Feature(_all(days, room), "number"),
        "heard": Feature(heard, "message", exchanged.names),
        "been_before": Feature((visits > 0).astype(np.int64), "flag"),
        "wrote_before": Feature(_before(np.where(room, exchanged.sent, NO_MESSAGE)), "message", exchanged.names),
        "heard_before": Feature(_before(np.where(room, heard, NO_MESSAGE)), "message", exchanged.names),
        "visits_before": Feature(visits, "number"),
        "last_visit": Feature(np.maximum(_before(np.where(room, days, NO_MESSAGE)), 0), "number"),
        "who": Feature(_all(np.arange(agents), room), "name", seats),
    }
    wrote = decisions(writes, exchanged.sent, exchanged.names, known, transcript.facts)
    actions = decisions(room, transcript.action, SwitchRiddle.action_names, known, transcript.facts)
    arrived = int((transcript.present.any(axis=3) & room).sum())
    return Knowledge(wrote, actions, arrived, "day", ("heard", "been_before"), describe, exchanged.possible)


def describe(fact: str, values: Sequence[int]) -> str:
    """A fact of the riddle in words: "two agents have visited"."""
    if fact == "day":
        return f"it is day {join_words(values, 'or')}"
    words = join_words([_NUMBERS[value] if value < len(_NUMBERS) else value for value in values], "or")
    return f"{words} {'agent has' if tuple(values) == (1,) else 'agents have'} visited"


def _all(value: Integer[np.ndarray, "..."], like: np.ndarray) -> Int64[np.ndarray, "T B N"]:
    return np.broadcast_to(value, like.shape).astype(np.int64)


def _before(value: Int64[np.ndarray, "T B N"]) -> Int64[np.ndarray, "T B N"]:
    """The latest value of earlier steps that is not ``NO_MESSAGE``."""
    out = np.full_like(value, NO_MESSAGE)
    for step in range(1, len(value)):
        out[step] = np.where(value[step - 1] == NO_MESSAGE, out[step - 1], value[step - 1])
    return out
