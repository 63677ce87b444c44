"""Re-learning interfaces after an operator: what is touched learns, and every other module stays as it is.

What comes back in this way was still known; the same budget around modules that were never trained says how much of it
the interfaces could have learned by themselves.
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
from ...agents.operators.parts import several
from ...protocols.common.checks import whole
from ...protocols.common.errors import bad, unknown
from .fitting import LARGEST, Budget, fit, parameters_of

BatchLoss: TypeAlias = Callable[[Team, np.random.Generator], Tensor]
"""The loss of a team on one batch of episodes."""
BUDGET = Budget(updates=100, batch=256, learning_rate=2e-2)
"""What re-learning may cost unless somebody says otherwise."""


@dataclass(frozen=True)
class Relearned:
    """A team whose interfaces were learned again.

    Attributes:
        team: a copy; what was given is as it was.
        curve: (episodes, what ``look`` said), the first before any update.
        parameters: how many were learned.
        share: the largest share that the interfaces of one agent have of its parameters.
    """

    team: Team
    curve: list[tuple[int, float]]
    parameters: int
    share: float


def relearn_interfaces(
    team: Team,
    interfaces: Sequence[str],
    batch_loss: BatchLoss,
    look: Callable[[Team], float],
    budget: Budget = BUDGET,
    look_every: int = 25,
    largest: float = LARGEST,
) -> Relearned:
    """Learn modules of a team again; all others are frozen and in evaluation mode.

    Args:
        team: what an operator made.
        interfaces: modules, written ``agent_1.code``.
        batch_loss: the loss of one batch of the team's episodes; see ``lessons``.
        look: evaluates a team for the curve.
        budget: how long; its batch is what the curve counts as episodes an update.
        look_every: updates between looks.
        largest: share of an agent's parameters that its interfaces may have.

    Raises:
        ValueError: if a name is unknown, an interface is too large or has no parameters.
        RuntimeError: if a frozen module changed.
    """
    whole("look_every", look_every, 1)
    several("Interfaces", interfaces)
    team = replace(team, agents=copy.deepcopy(list(team.agents)))
    for agent in team.agents:
        agent.eval()
    learned, share = _chosen(team, interfaces), share_of(team, interfaces, largest)
    before = fingerprint(team, set(learned))
    curve = [(0, look(team))]

    def callback(update: int) -> None:
        if update % look_every == 0 or update == budget.updates:
            curve.append((update * budget.batch, look(team)))

    fit(learned.values(), lambda rng: batch_loss(team, rng), budget, callback)
    if fingerprint(team, set(learned)) != before:
        raise RuntimeError("A frozen module changed while interfaces were learned: this is a fault of the package.")
    return Relearned(team, curve, sum(p.numel() for p in learned.values()), share)


def share_of(team: Team, interfaces: Sequence[str], largest: float = LARGEST) -> float:
    """The largest share that the parameters of some modules have of those of an agent.

    Raises:
        ValueError: if a name is unknown, they have no parameters, or the share is greater than ``largest``.
    """
    learned, shares = _chosen(team, interfaces), []
    for agent in team.agents:
        sizes = [(p.numel(), id(p) in learned) for p in agent.parameters()]
        shares.append(sum(size for size, mine in sizes if mine) / sum(size for size, _ in sizes))
    if max(shares) > largest:
        remedy = "Learn smaller modules, or those of a wider agent."
        raise bad(f"Interfaces have at most {largest:.0%} of an agent's parameters", f"{max(shares):.1%}", remedy)
    return max(shares)


def fingerprint(team: Team, apart: set[int] | None = None) -> str:
    """A hash of all parameters and buffers of a team, but for parameters with these ids."""
    digest = hashlib.sha256()
    for name, agent in zip(team.names, team.agents, strict=True):
        for key, tensor in (*agent.named_parameters(), *agent.named_buffers()):
            if id(tensor) not in (apart or set()):
                digest.update(f"{name}.{key}".encode())
                digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def never_trained(team: Team, seed: int) -> Team:
    """The same structure around fresh parameters: the control. Seats and agents share what they shared."""
    control = replace(team, agents=copy.deepcopy(list(team.agents)))
    agents = list({id(agent): agent.eval() for agent in control.agents}.values())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        fresh = [Agent(agent.graph.from_json(agent.graph.to_json())) for agent in agents]
    for agent, new in reversed(list(zip(agents, fresh, strict=True))):
        agent.load_state_dict(new.state_dict())
    return control


def _chosen(team: Team, interfaces: Sequence[str]) -> dict[int, nn.Parameter]:
    """The parameters of these modules, each once."""
    learned: dict[int, nn.Parameter] = {}
    for name in interfaces:
        agent, _, module = name.partition(".")
        if agent not in team.names:
            raise unknown("agent", agent, team.names)
        graph = team.agents[team.names.index(agent)].graph
        if module not in graph.modules:
            raise unknown(f"module of {agent}", module, graph.modules)
        learned |= parameters_of(graph, [module])
    if not learned:
        remedy = "Name modules that have parameters, such as a SymbolMap."
        raise bad("What is learned again has parameters", list(interfaces), remedy)
    return learned
