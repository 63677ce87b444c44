"""What the agents of the games for two know when they talk or answer, in the words that the instruments understand."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int64

from ...protocols.analysis.knowledge import NO_MESSAGE, Feature, Knowledge, decisions
from ...protocols.analysis.language import listed
from ...protocols.analysis.messages import messages
from ...protocols.channels.channel import Channel
from ..core.play import Transcript
from .rules import WAIT, Pair

PARTNERS = "partner_"
"""Begins the name of a fact about the other one's view."""


def own(transcript: Transcript, name: str) -> Int64[np.ndarray, "T B N"]:
    """What each agent's view has of a part, at every step."""
    return np.stack([transcript.facts[f"{name}_{agent}"] for agent in range(2)], axis=2).astype(np.int64)


def knowledge(
    transcript: Transcript,
    channel: Channel,
    game: type[Pair],
    view: dict[str, Feature],
    situation: tuple[str, ...],
) -> Knowledge:
    """Messages and answers, by what the agent sees and has heard.

    An agent knows its view, the step, what it heard of each step at which one talks (nothing before it hears it), and
    who it is. Facts are the step, its view, the other one's view, and who it is.

    Args:
        transcript: of the game.
        channel: it was played over.
        game: which one.
        view: what agents know of their own view, by name, plainest first.
        situation: which of that make a row of the code table.

    Raises:
        ValueError: if the channel's messages cannot be counted.
    """
    live, shape = transcript.live[:, :, None], transcript.action.shape
    talks, answers = transcript.hears.any(axis=2) & live, np.not_equal(transcript.action, WAIT) & live
    told = messages(channel.carrier, transcript.sent, talks, transcript.heard, transcript.present)
    seats = tuple(f"{game.role} {seat}" for seat in range(2))
    step = np.broadcast_to(1 + np.arange(len(transcript.live))[:, None, None], shape)
    heard = told.heard.max(axis=3)
    of_step = {f"heard_{sent}": _from(heard, sent) for sent in range(1, game.horizon)}
    who = Feature(np.broadcast_to(np.arange(2), shape).astype(np.int64), "name", seats)
    known = {
        **view,
        "step": Feature(step.astype(np.int64), "number"),
        **{name: Feature(value, "message", told.names) for name, value in of_step.items()},
        "who": who,
    }
    mine = {name: feature.value for name, feature in view.items()}
    others = {PARTNERS + name: value[:, :, ::-1] for name, value in mine.items()}
    facts = {"step": transcript.facts["step"], **mine, **others, "who": who.value}
    said = decisions(talks, told.sent, told.names, known, facts)
    answered = decisions(answers, transcript.action - 1, game.action_names[1:], known, facts)

    def describe(fact: str, values: Sequence[int]) -> str:
        """A fact in words: "the partner's digit is 3 or 8"."""
        if fact == "step":
            return f"it is step {listed(values, 'or')}"
        if fact == "who":
            return f"the speaker is {listed([who.text(value) for value in values], 'or')}"
        whose = "the partner's" if fact.startswith(PARTNERS) else "the speaker's"
        name = fact.removeprefix(PARTNERS)
        of = "digit" if name == "parity" else name
        return f"{whose} {of} is {listed([view[name].text(value) for value in values], 'or')}"

    return Knowledge(said, answered, int(transcript.present.sum()), "step", situation, describe, told.possible)


def _from(heard: Int64[np.ndarray, "T B N"], sent: int) -> Int64[np.ndarray, "T B N"]:
    """What was sent at a step, from when on it is heard."""
    known = np.full_like(heard, NO_MESSAGE)
    known[sent:] = heard[sent : sent + 1]
    return known
