"""The knowledge of the agents of the two-agent digit games when they send messages or answer, for the analysis."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int64

from ...protocols.analysis.knowledge import NO_MESSAGE, Feature, Knowledge, decisions
from ...protocols.analysis.language import join_words
from ...protocols.analysis.messages import messages
from ...protocols.channels.channel import Channel
from ..core.play import Transcript
from .rules import WAIT, Pair

PARTNERS = "partner_"
"""The prefix of facts about the view of the other agent."""


def own(transcript: Transcript, name: str) -> Int64[np.ndarray, "T B N"]:
    """The value of a part of each agent's view, at every step."""
    return np.stack([transcript.facts[f"{name}_{agent}"] for agent in range(2)], axis=2).astype(np.int64)


def knowledge(
    transcript: Transcript,
    channel: Channel,
    game: type[Pair],
    view: dict[str, Feature],
    situation: tuple[str, ...],
) -> Knowledge:
    """Messages and answers, by what the agent sees and has received.

    An agent knows its view, the step, the messages received so far (by the step at which they were sent), and its
    identity. Facts are the step, the agent's view, the view of the other agent, and the agent's identity.

    Args:
        transcript: Transcript of the game.
        channel: Channel over which the game was played.
        game: Class of the game's core.
        view: Features of an agent's own view, by name, with the simplest features first.
        situation: Names of the features that define a row of the code table.

    Raises:
        ValueError: If the messages of the channel are not countable.
    """
    live, shape = transcript.live[:, :, None], transcript.action.shape
    talks, answers = transcript.hears.any(axis=2) & live, np.not_equal(transcript.action, WAIT) & live
    exchanged = messages(channel.carrier, transcript.sent, talks, transcript.heard, transcript.present)
    seats = tuple(f"{game.role} {seat}" for seat in range(2))
    step = np.broadcast_to(1 + np.arange(len(transcript.live))[:, None, None], shape)
    heard = exchanged.heard.max(axis=3)
    of_step = {f"heard_{step_sent}": _from(heard, step_sent) for step_sent in range(1, game.horizon)}
    who = Feature(np.broadcast_to(np.arange(2), shape).astype(np.int64), "name", seats)
    known = {
        **view,
        "step": Feature(step.astype(np.int64), "number"),
        **{name: Feature(value, "message", exchanged.names) for name, value in of_step.items()},
        "who": who,
    }
    own_view = {name: feature.value for name, feature in view.items()}
    partners = {PARTNERS + name: value[:, :, ::-1] for name, value in own_view.items()}
    facts = {"step": transcript.facts["step"], **own_view, **partners, "who": who.value}
    sent = decisions(talks, exchanged.sent, exchanged.names, known, facts)
    answers_given = decisions(answers, transcript.action - 1, game.action_names[1:], known, facts)

    def describe(fact: str, values: Sequence[int]) -> str:
        """A fact in words: "the partner's digit is 3 or 8"."""
        if fact == "step":
            return f"it is step {join_words(values, 'or')}"
        if fact == "who":
            return f"the speaker is {join_words([who.text(value) for value in values], 'or')}"
        whose = "the partner's" if fact.startswith(PARTNERS) else "the speaker's"
        name = fact.removeprefix(PARTNERS)
        of = "digit" if name == "parity" else name
        return f"{whose} {of} is {join_words([view[name].text(value) for value in values], 'or')}"

    return Knowledge(
        sent, answers_given, int(transcript.present.sum()), "step", situation, describe, exchanged.possible
    )


def _from(heard: Int64[np.ndarray, "T B N"], sent: int) -> Int64[np.ndarray, "T B N"]:
    """The message sent at step ``sent``, from the step at which it is received."""
    known = np.full_like(heard, NO_MESSAGE)
    known[sent:] = heard[sent : sent + 1]
    return known
