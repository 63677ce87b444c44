"""The knowledge of the sender when it sends a message, and of the receiver when it answers, for the analysis."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int64, Integer

from ...protocols.analysis.knowledge import NO_MESSAGE, Decisions, Feature, Knowledge, decisions
from ...protocols.analysis.language import join_words
from ...protocols.analysis.messages import messages
from ...protocols.channels.channel import Channel
from ..core.play import Transcript
from .rules import RECEIVER, SENDER, WAIT

OFFERED = "candidate_"
"""The prefix of facts about candidates."""


def knowledge(transcript: Transcript, channel: Channel) -> Knowledge:
    """Messages by the object's attributes, and the receiver's answers.

    An answer is the object that the receiver picked, identified by its number according to ``Objects.code``, or the
    value that it named. The receiver knows the step and the last message received. Of the candidates, only the one that
    it picked is taken into account.

    Raises:
        ValueError: If the messages of the channel are not countable.
    """
    speaks = transcript.hears.any(axis=2) & transcript.live[:, :, None]
    facts = {name: fact for name, fact in transcript.facts.items() if not name.startswith(OFFERED)}
    attributes = [name for name in facts if name not in ("step", "position")]
    step = Feature(_everywhere(facts["step"], speaks.shape), "number")
    sees = {name: _categorical(_everywhere(facts[name], speaks.shape)) for name in attributes}
    about = {name: facts[name] for name in ("step", *attributes)}
    exchanged = messages(channel.carrier, transcript.sent, speaks, transcript.heard, transcript.present)
    sent = decisions(speaks, exchanged.sent, exchanged.names, {"step": step, **sees}, about)
    known = {"step": step, "heard": Feature(_latest(exchanged.heard[..., SENDER]), "message", exchanged.names)}
    answers = np.not_equal(transcript.action, WAIT)
    arrived = int((transcript.present.any(axis=3) & answers).sum())
    answered = _answers(transcript, answers, known, facts)
    return Knowledge(sent, answered, arrived, "step", tuple(attributes), describe, exchanged.possible)


def describe(fact: str, values: Sequence[int]) -> str:
    """A fact in words: "attribute 0 of the object is 3 or 4"."""
    if fact == "step":
        return f"it is step {join_words(values, 'or')}"
    if fact == "digit":
        return f"the object shows {join_words(values, 'or')}"
    return f"attribute {fact.removeprefix('attribute_')} of the object is {join_words(values, 'or')}"


def _answers(
    transcript: Transcript, where: np.ndarray, known: dict[str, Feature], facts: dict[str, Integer[np.ndarray, "T B"]]
) -> Decisions:
    """The receiver's answers."""
    answer = np.maximum(transcript.action - 1, 0)
    offered = [fact for name, fact in transcript.facts.items() if name.startswith(OFFERED)]
    if not offered:
        return decisions(where, answer, _numerals(answer), known, facts)
    objects = np.stack(offered, axis=-1)
    picked = np.take_along_axis(objects, answer[:, :, RECEIVER, None], axis=2)[..., 0]
    codes, choice = np.unique(picked, return_inverse=True)
    names = tuple(map(str, codes.tolist()))
    return decisions(where, _everywhere(choice.reshape(picked.shape), where.shape), names, known, facts)


def _everywhere(value: Integer[np.ndarray, "T B"], shape: tuple[int, ...]) -> Int64[np.ndarray, "T B N"]:
    """The same value for all agents."""
    return np.broadcast_to(value[:, :, None], shape).astype(np.int64)


def _categorical(value: Int64[np.ndarray, "T B N"]) -> Feature:
    """A categorical feature."""
    return Feature(value, "name", _numerals(value))


def _numerals(value: Integer[np.ndarray, "T B N"]) -> tuple[str, ...]:
    return tuple(map(str, range(int(value.max(initial=0)) + 1)))


def _latest(heard: Int64[np.ndarray, "T B N"]) -> Int64[np.ndarray, "T B N"]:
    """The last message received up to each step."""
    last = heard.copy()
    for step in range(1, len(last)):
        last[step] = np.where(last[step] == NO_MESSAGE, last[step - 1], last[step])
    return last
