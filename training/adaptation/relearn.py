"""Re-learning interfaces after an operator: the touched interfaces are trained, and all other modules are frozen.

Performance that is recovered in this way was retained in the frozen modules. A control with the same budget around
modules that were never trained shows how much of it the interfaces alone can learn.
"""

import copy
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from ...agents import Agent, Team
from ...agents.operators.parts import check_list
from ...protocols.common.checks import check_integer
from ...protocols.common.errors import invalid, unknown
from .optimization import MAX_SHARE, Budget, fit, parameters_of

BatchLoss: TypeAlias = Callable[[Team, np.random.Generator], Tensor]
"""The loss of a team on one batch of episodes."""
BUDGET = Budget(updates=100, batch=256, learning_rate=2e-2)
"""Default budget of re-learning."""


@dataclass(frozen=True)
class RelearningResult:
    """The result of re-learning the interfaces of a team.

    Attributes:
        team: a copy of the team with trained interfaces.
        curve: pairs of episodes and performance; the first is measured before any update.
        parameters: number of trained parameters.
        share: the largest share of an agent's parameters that was trained.
    """

    team: Team
    curve: list[tuple[int, float]]
    parameters: int
    share: float


def relearn_interfaces(
    team: Team,
    interfaces: Sequence[str],
    batch_loss: BatchLoss,
    evaluate: Callable[[Team], float],
    budget: Budget = BUDGET,
    evaluate_every: int = 25,
    max_share: float = MAX_SHARE,
) -> RelearningResult:
    """Train some modules of a team; all others are frozen and in evaluation mode.

    Args:
        team: the result of an operator; it is not changed.
        interfaces: names of the modules to train, such as ``agent_1.code``.
        batch_loss: function that returns the loss of the team on one batch of episodes; see ``batch_losses``.
        evaluate: function that returns the performance of a team, for the curve.
        budget: the budget of training; the curve counts its ``batch`` as the number of episodes per update.
        evaluate_every: number of updates between evaluations.
        max_share: the largest share of an agent's parameters that its interfaces may have.

    Raises:
        ValueError: if a name is unknown, or interfaces are too large or have no parameters.
        RuntimeError: if a frozen module changed.
    """
    check_integer("evaluate_every", evaluate_every, 1)
    check_list("Interfaces", interfaces)
    team = replace(team, agents=copy.deepcopy(list(team.agents)))
    for agent in team.agents:
        agent.eval()
    trained, share = _parameters(team, interfaces), share_of(team, interfaces, max_share)
    before = fingerprint(team, set(trained))
    curve = [(0, evaluate(team))]

    def callback(update: int) -> None:
        if update % evaluate_every == 0 or update == budget.updates:
            curve.append((update * budget.batch, evaluate(team)))

    fit(trained.values(), lambda rng: batch_loss(team, rng), budget, callback)
    if fingerprint(team, set(trained)) != before:
        raise RuntimeError("A frozen module changed while interfaces were trained: this is a bug in interlect.")
    return RelearningResult(team, curve, sum(p.numel() for p in trained.values()), share)


def share_of(team: Team, interfaces: Sequence[str], max_share: float = MAX_SHARE) -> float:
    """The largest share of an agent's parameters that belong to these modules.

    Raises:
        ValueError: if a name is unknown, they have no parameters, or the share is greater than ``max_share``.
    """
    trained, shares = _parameters(team, interfaces), []
    for agent in team.agents:
        sizes = [(p.numel(), id(p) in trained) for p in agent.parameters()]
        shares.append(sum(size for size, is_trained in sizes if is_trained) / sum(size for size, _ in sizes))
    if max(shares) > max_share:
        remedy = "Choose smaller modules, or a wider agent."
        raise invalid(
            f"Interfaces must have at most {max_share:.0%} of an agent's parameters", f"{max(shares):.1%}", remedy
        )
    return max(shares)


def fingerprint(team: Team, except_for: set[int] | None = None) -> str:
    """SHA-256 hash of all parameters and buffers of a team, except for parameters with these ids."""
    digest = hashlib.sha256()
    for name, agent in zip(team.names, team.agents, strict=True):
        for key, tensor in (*agent.named_parameters(), *agent.named_buffers()):
            if id(tensor) not in (except_for or set()):
                digest.update(f"{name}.{key}".encode())
                digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def never_trained(team: Team, seed: int) -> Team:
    """Make the control: the same structure with new parameters, shared between seats and agents as before."""
    control = replace(team, agents=copy.deepcopy(list(team.agents)))
    agents = list({id(agent): agent.eval() for agent in control.agents}.values())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        untrained = [Agent(agent.graph.from_json(agent.graph.to_json())) for agent in agents]
    for agent, new in reversed(list(zip(agents, untrained, strict=True))):
        agent.load_state_dict(new.state_dict())
    return control


def _parameters(team: Team, interfaces: Sequence[str]) -> dict[int, nn.Parameter]:
    """The parameters of these modules by id; shared ones occur once."""
    trained: dict[int, nn.Parameter] = {}
    for name in interfaces:
        agent, _, module = name.partition(".")
        if agent not in team.names:
            raise unknown("agent", agent, team.names)
        graph = team.agents[team.names.index(agent)].graph
        if module not in graph.modules:
            raise unknown(f"module of {agent}", module, graph.modules)
        trained |= parameters_of(graph, [module])
    if not trained:
        remedy = "Pass modules that have parameters, such as a SymbolMap."
        raise invalid("Modules to re-learn must have parameters", list(interfaces), remedy)
    return trained
