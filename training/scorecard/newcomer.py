"""A fifth agent, from another seed's team, joins a relay team: its border alone is learned.

In one place: it learns there, and there it is measured. In any place: it learns as the team plays, and the worst of
five places counts. As the team plays means partners, order and length drawn anew, where chains are; in a fixed chain it
means the new agent in any place of it.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Int64

from ...agents import SymbolMap, Team, Wire
from ...agents.operators import augment, inside, substitute
from ...envs.relay.chains import PADDING, public_chains
from ..adaptation.relearn import never_trained
from .card import Row
from .relay_scale import RelayScale, hear_code, speak_code
from .shared_eye import BORDER, eye_border, one_eye

ENOUGH = 0.95
"""The share of a reference from which on something counts as learned."""
NEW = "agent_4"
FIRST = (0, 1, 4, 2, 3)
PLACES = np.array([FIRST, (4, 0, 1, 2, 3), (0, 4, 1, 2, 3), (0, 1, 2, 4, 3), (0, 1, 2, 3, 4)])


def newcomer_rows(scale: RelayScale, lifted: Team, other: Team) -> list[Row]:
    """In one place; in any, from reward and from right answers; and in any with the eye that all share.

    Args:
        scale: of the team that it joins.
        lifted: the same team after its eyes were lifted.
        other: where the new agent comes from.
    """
    anywhere = PLACES if scale.settings.chains == "private" else through(4)
    return [
        _joined(scale, other, "after agent_1", PLACES[:1], PLACES[:1]),
        _joined(scale, other, "in any place", anywhere, PLACES),
        _joined(scale.told, other, "in any place, from right answers", anywhere, PLACES),
        _joined(replace(scale, team=lifted), other, "in any place, with the shared eye", anywhere, PLACES, sees=False),
    ]


def through(agent: int) -> Int64[np.ndarray, "C L"]:
    """Public chains of up to five different agents that pass through this one, longer ones more often.

    A length is about as frequent as its cube: some words are said at the end of the longest chains alone, and seldom.
    """
    chains = public_chains(agents=5, longest=5)
    chains = chains[(chains == agent).any(axis=1)]
    length = (chains != PADDING).sum(axis=1)
    each = length**3 / np.bincount(length)[length]
    return np.repeat(chains, np.rint(4 * each / each.min()).astype(int), axis=0)


def with_borders(team: Team, sees: bool = True) -> tuple[Team, list[str]]:
    """A code at the newcomer's ears and one at its mouth, in which all symbols begin alike; and one at its eye.

    Args:
        team: of five, the newcomer the last.
        sees: it keeps its own eye.

    Returns:
        The team, and the names of the interfaces.
    """
    team = speak_code(hear_code(team, NEW), NEW)
    names = ["code", "code_out"]
    for name in names:
        shape = team.agents[4].graph.modules[name].inputs["x"].shape
        team = inside(team, NEW, substitute, name, SymbolMap(shape, start=0.0)).after
    if not sees:
        team = one_eye(eye_border(team, NEW), "agent_3", [NEW])
        names += BORDER
    return team, [f"{NEW}.{name}" for name in names]


def _joined(
    scale: RelayScale,
    other: Team,
    where: str,
    chains: Int64[np.ndarray, "C L"],
    places: Int64[np.ndarray, "K L"],
    sees: bool = True,
) -> Row:
    """The newcomer ``sees`` with its own eye, or else with the last agent's behind a border.

    It learns in ``chains``, and the worst of ``places`` counts.
    """
    scale = scale.longer
    partners = [f"agent_{seat}" for seat in range(4)]
    wires = [Wire(f"{a}.emit", f"{b}.heard") for name in partners for a, b in ((name, NEW), (NEW, name))]
    done, stranger = (
        augment(scale.team, NEW, each.agents[2].clone(), wires) for each in (other, never_trained(other, scale.seed))
    )
    learned, control = (
        scale.relearned(*with_borders(team, sees), chains, look_every=10, looked_at=places)
        for team in (done.after, stranger.after)
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
