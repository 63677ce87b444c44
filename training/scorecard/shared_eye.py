"""Four private eyes of a relay team become one that all see with, behind a small border each."""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from torch import nn

from ...agents import Linear, Series, Team, Wire
from ...agents.operators import augment, exclude, inside, lift
from ..adaptation.relearn import Relearned, never_trained
from .card import Row
from .relay_scale import RelayScale

EYE = ("image_features", "observation_encoder")
"""The modules of a runner that look at its picture and learn."""
SEEN = Wire("observation_encoder.out", "fusion.x")
BORDER = ("border", "border_out_gate")
RANK = 5
"""Numbers that pass the border behind a shared eye: with them it has 4.7% of the eye's parameters."""


def lift_row(scale: RelayScale) -> tuple[Row, Team]:
    """The row, and the team with one eye after its borders were learned. The eye is the last agent's.

    The last agent's picture matters in every task, so that its eye has learned to see.
    """
    team = scale.team
    *others, last = team.names
    after, blind = one_eye(team, last, others), reduce(unseeing, others, team)
    learned, control = (_one_by_one(scale, each) for each in (team, never_trained(team, scale.seed)))
    perception = [sum(p.numel() for p in _once(each, EYE)) for each in (team, after)]
    sizes = {"perception parameters before": float(perception[0]), "after": float(perception[1])}
    claim = lift(team, [f"{name}.observation_encoder" for name in (last, *others)]).claim
    row = scale.row("lift", f"four private eyes become the one of {last}", claim, scale.value(after))
    graphs = team.agents[1].graph, learned.team.agents[1].graph
    row = row.learned(learned, control)
    return replace(row, removed=scale.value(blind), details=sizes, graphs=graphs), learned.team


def _one_by_one(scale: RelayScale, team: Team) -> Relearned:
    """One agent after the other gets the last one's eye and learns its border, each in an equal part of the budget.

    While all others speak as they did, reward tells clearly what a border is worth; all at once they may never begin.
    """
    *others, last = team.names
    scale = replace(scale, budget=replace(scale.budget, updates=-(-scale.budget.updates // len(others))))
    curve: list[tuple[int, float]] = []
    parameters, share = 0, 0.0
    for name in others:
        bordered = one_eye(eye_border(team, name), last, [name])
        found = scale.relearned(bordered, [f"{name}.{module}" for module in BORDER])
        before = curve[-1][0] if curve else 0
        curve += [(before + episodes, value) for episodes, value in found.curve]
        team, parameters, share = found.team, parameters + found.parameters, max(share, found.share)
    return Relearned(team, curve, parameters, share)


def one_eye(team: Team, owner: str, others: Sequence[str]) -> Team:
    """These agents see with the eye of its owner."""
    for module in EYE:
        team = lift(team, [f"{name}.{module}" for name in (owner, *others)]).after
    return team


def eye_border(team: Team, name: str) -> Team:
    """A narrow border between an agent's eye and the rest, in the place of the wire."""
    (width,) = team.agents[0].graph.sources()[SEEN.source].shape
    border = Series([Linear(width, (RANK,)), Linear(RANK, (width,))])
    ends = [Wire(SEEN.source, "border.x"), Wire("border.out", SEEN.target)]
    return unseeing(inside(team, name, augment, "border", border, ends).after, name)


def unseeing(team: Team, name: str) -> Team:
    """Without the wire from an agent's eye to the rest."""
    return inside(team, name, exclude, SEEN).after


def _once(team: Team, modules: Sequence[str]) -> list[nn.Parameter]:
    """The parameters of these modules of all agents, each once."""
    found = {id(p): p for a in team.agents for name in modules for p in a.graph.modules[name].parameters()}
    return list(found.values())
