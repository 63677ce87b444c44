"""The four image encoders of a relay team are replaced by one shared encoder, with a small interface per agent."""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from torch import nn

from ...agents import Linear, Series, Team, Wire
from ...agents.operators import augment, exclude, inside, lift
from ..adaptation.relearn import RelearningResult, never_trained
from .relay_evaluation import RelayEvaluation
from .rows import Row

ENCODER = ("image_features", "observation_encoder")
"""The trainable modules of an agent's image encoder."""
SEEN = Wire("observation_encoder.out", "fusion.x")
INTERFACE = ("interface", "interface_out_gate")
RANK = 5
"""Rank of the interface behind a shared encoder: it then has 4.7% of the encoder's parameters."""


def lift_row(evaluation: RelayEvaluation) -> tuple[Row, Team]:
    """The row, and the team with a shared encoder and trained interfaces. The encoder is the last agent's.

    The last agent's image matters in every task, so its encoder is certainly trained.
    """
    team = evaluation.team
    *others, last = team.names
    after, blind = share_encoder(team, last, others), reduce(without_vision, others, team)
    relearned, control = (_one_by_one(evaluation, each) for each in (team, never_trained(team, evaluation.seed)))
    perception = [sum(p.numel() for p in _once(each, ENCODER)) for each in (team, after)]
    sizes = {"perception parameters before": float(perception[0]), "after": float(perception[1])}
    claim = lift(team, [f"{name}.observation_encoder" for name in (last, *others)]).claim
    row = evaluation.row("lift", f"four encoders become the one of {last}", claim, evaluation.value(after))
    graphs = team.agents[1].graph, relearned.team.agents[1].graph
    row = row.learned(relearned, control)
    return replace(row, removed=evaluation.value(blind), details=sizes, graphs=graphs), relearned.team


def _one_by_one(evaluation: RelayEvaluation, team: Team) -> RelearningResult:
    """Agents take the last one's encoder and train their interfaces in turn, with equal parts of the budget.

    As long as the other agents send what they used to, reward is informative about one interface; if all interfaces
    are trained at once, training may never start.
    """
    *others, last = team.names
    evaluation = replace(
        evaluation, budget=replace(evaluation.budget, updates=-(-evaluation.budget.updates // len(others)))
    )
    curve: list[tuple[int, float]] = []
    parameters, share = 0, 0.0
    for name in others:
        changed = share_encoder(add_encoder_interface(team, name), last, [name])
        found = evaluation.relearn(changed, [f"{name}.{module}" for module in INTERFACE])
        before = curve[-1][0] if curve else 0
        curve += [(before + episodes, value) for episodes, value in found.curve]
        team, parameters, share = found.team, parameters + found.parameters, max(share, found.share)
    return RelearningResult(team, curve, parameters, share)


def share_encoder(team: Team, owner: str, others: Sequence[str]) -> Team:
    """These agents use the encoder of its owner."""
    for module in ENCODER:
        team = lift(team, [f"{name}.{module}" for name in (owner, *others)]).after
    return team


def add_encoder_interface(team: Team, name: str) -> Team:
    """A low-rank interface between an agent's encoder and the rest, instead of the wire."""
    (width,) = team.agents[0].graph.sources()[SEEN.source].shape
    layers = Series([Linear(width, (RANK,)), Linear(RANK, (width,))])
    ends = [Wire(SEEN.source, "interface.x"), Wire("interface.out", SEEN.target)]
    return without_vision(inside(team, name, augment, "interface", layers, ends).after, name)


def without_vision(team: Team, name: str) -> Team:
    """The team without the wire from an agent's encoder to the rest."""
    return inside(team, name, exclude, SEEN).after


def _once(team: Team, modules: Sequence[str]) -> list[nn.Parameter]:
    """The parameters of these modules of all agents, each once."""
    found = {id(p): p for a in team.agents for name in modules for p in a.graph.modules[name].parameters()}
    return list(found.values())
