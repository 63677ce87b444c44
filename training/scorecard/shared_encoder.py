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
ENCODED = Wire("observation_encoder.out", "fusion.x")
INTERFACE = ("interface", "interface_out_gate")
RANK = 5
"""Rank of the interface after a shared encoder: it then has 4.7% of the encoder's parameters."""


def lift_row(evaluation: RelayEvaluation) -> tuple[Row, Team]:
    """The row of ``lift``, and the team with a shared encoder and trained interfaces.

    The shared encoder is that of the last agent, whose image matters in every task, so that its encoder is certainly
    trained.
    """
    team = evaluation.team
    *others, last = team.names
    after, without_encoders = share_encoder(team, last, others), reduce(without_vision, others, team)
    relearned, control = (
        _relearn_one_by_one(evaluation, each) for each in (team, never_trained(team, evaluation.seed))
    )
    encoder_sizes = [sum(p.numel() for p in _distinct_parameters(each, ENCODER)) for each in (team, after)]
    sizes = {"encoder parameters before": float(encoder_sizes[0]), "encoder parameters after": float(encoder_sizes[1])}
    claim = lift(team, [f"{name}.observation_encoder" for name in (last, *others)]).claim
    row = evaluation.row("lift", f"four encoders become the one of {last}", claim, evaluation.value(after))
    graphs = team.agents[1].graph, relearned.team.agents[1].graph
    row = row.with_relearning(relearned, control)
    return replace(row, removed=evaluation.value(without_encoders), details=sizes, graphs=graphs), relearned.team


def _relearn_one_by_one(evaluation: RelayEvaluation, team: Team) -> RelearningResult:
    """Agents adopt the last agent's encoder and train their interfaces in turn, with equal parts of the budget.

    As long as the other agents keep their language, reward is informative about a single interface. If all interfaces
    are trained together, training may not make any progress.
    """
    *others, last = team.names
    evaluation = replace(
        evaluation, budget=replace(evaluation.budget, updates=-(-evaluation.budget.updates // len(others)))
    )
    curve: list[tuple[int, float]] = []
    parameters, share = 0, 0.0
    for name in others:
        changed = share_encoder(add_encoder_interface(team, name), last, [name])
        result = evaluation.relearn(changed, [f"{name}.{module}" for module in INTERFACE])
        before = curve[-1][0] if curve else 0
        curve += [(before + episodes, value) for episodes, value in result.curve]
        team, parameters, share = result.team, parameters + result.parameters, max(share, result.share)
    return RelearningResult(team, curve, parameters, share)


def share_encoder(team: Team, owner: str, others: Sequence[str]) -> Team:
    """Let these agents use the encoder of its owner."""
    for module in ENCODER:
        team = lift(team, [f"{name}.{module}" for name in (owner, *others)]).after
    return team


def add_encoder_interface(team: Team, name: str) -> Team:
    """Replace the wire from an agent's encoder with a low-rank interface."""
    (width,) = team.agents[0].graph.sources()[ENCODED.source].shape
    layers = Series([Linear(width, (RANK,)), Linear(RANK, (width,))])
    ends = [Wire(ENCODED.source, "interface.x"), Wire("interface.out", ENCODED.target)]
    return without_vision(inside(team, name, augment, "interface", layers, ends).after, name)


def without_vision(team: Team, name: str) -> Team:
    """Remove the wire from an agent's encoder to the rest of the agent."""
    return inside(team, name, exclude, ENCODED).after


def _distinct_parameters(team: Team, modules: Sequence[str]) -> list[nn.Parameter]:
    """The parameters of these modules of all agents; shared ones occur once."""
    parameters = {id(p): p for a in team.agents for name in modules for p in a.graph.modules[name].parameters()}
    return list(parameters.values())
