"""A fifth agent, from another seed's team, joins a relay team: its border alone is learned.

In one place: it learns there, and there it is measured. In any place: it learns as the team plays, and the worst of
five places counts. As the team plays means partners, order and length drawn anew, where chains are; in a fixed chain it
means the new agent in any place of it.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Int64

from ...agents import Code, Team, Wire
from ...agents.operators import Operated, augment, inside, substitute
from ...envs.relay.chains import NOBODY, public
from ..relearn import never_trained
from .card import Row
from .relay_scale import RelayScale, hear_code, speak_code

ENOUGH = 0.95
"""The share of a reference from which on something counts as learned."""
JOINING = 4
"""How many times the budget a new agent has: it learns a language that it never heard."""
NEW = "agent_4"
FIRST = (0, 1, 4, 2, 3)
PLACES = np.array([FIRST, (4, 0, 1, 2, 3), (0, 4, 1, 2, 3), (0, 1, 2, 4, 3), (0, 1, 2, 3, 4)])


def newcomer_rows(scale: RelayScale, other: Team) -> list[Row]:
    """In one place, and in any."""
    anywhere = PLACES if scale.settings.chains == "private" else through(4)
    return [
        _joined(scale, other, "after agent_1", PLACES[:1], PLACES[:1]),
        _joined(scale, other, "in any place", anywhere, PLACES),
    ]


def through(agent: int) -> Int64[np.ndarray, "C L"]:
    """Public chains of five agents, each once, that pass through this one: each length about as often as the others."""
    chains = public(agents=5, longest=5)
    chains = chains[(chains == agent).any(axis=1)]
    length = (chains != NOBODY).sum(axis=1)
    count = np.bincount(length)
    return np.repeat(chains, np.rint(count.max() / count[length]).astype(int), axis=0)


def _joined(
    scale: RelayScale, other: Team, where: str, chains: Int64[np.ndarray, "C L"], places: Int64[np.ndarray, "K L"]
) -> Row:
    scale = replace(scale, budget=replace(scale.budget, updates=JOINING * scale.budget.updates))
    names = [f"{NEW}.code", f"{NEW}.code_out"]

    partners = [f"agent_{seat}" for seat in range(4)]
    wires = [Wire(f"{a}.emit", f"{b}.heard") for name in partners for a, b in ((name, NEW), (NEW, name))]

    def joined(other: Team) -> Operated[Team]:
        return augment(scale.team, NEW, other.agents[2].clone(), wires)

    done = joined(other)
    learned, control = (
        scale.relearned(_bordered(joined(agents).after), names, chains, look_every=10, looked_at=places)
        for agents in (other, never_trained(other, scale.seed))
    )
    at_once = float(scale.values(done.after, places).min())
    row = scale.row("augment", f"a fifth agent from another team, {where}", done.claim, at_once, places=5)
    enough = [episodes for episodes, value in learned.curve if value >= ENOUGH * row.reference]
    details = {f"episodes to {ENOUGH:g} of the reference": float(enough[0])} if enough else {}
    for place, value in zip(PLACES.tolist(), scale.values(learned.team, PLACES), strict=True):
        details[f"with this border: {place}"] = float(value)
    mute = augment(scale.team, NEW, other.agents[2].clone()).after
    row = row.learned(learned, control)
    return replace(row, removed=float(scale.values(mute, places).min()), details=details)


def _bordered(team: Team) -> Team:
    """A code at the newcomer's ears and one at its mouth, in which all symbols begin alike."""
    team = speak_code(hear_code(team, NEW), NEW)
    for name in ("code", "code_out"):
        shape = team.agents[4].graph.modules[name].inputs["x"].shape
        team = inside(team, NEW, substitute, name, Code(shape, start=0.0)).after
    return team
