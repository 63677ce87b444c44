"""Re-learning interfaces after an operator: what is touched learns, and every other module stays as it is.

What comes back in this way was still known; the same budget around modules that were never trained says how much of it
the interfaces could have learned by themselves.
"""

import copy
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from ..agents import Agent, Team
from ..envs.core import Core
from ..envs.relay.rules import Relay
from ..protocols.errors import bad, unknown
from .learner import cosine
from .relay_settings import RelaySettings
from .turns import play_turns

LARGEST = 0.05
"""The largest share of an agent's parameters that its interfaces may have."""


@dataclass(frozen=True)
class Budget:
    """What re-learning may cost.

    Attributes:
        updates: optimizer steps.
        learning_rate: of Adam at first; it ends at zero, along a half cosine.
        look_every: updates between looks, for the curve.
        seed: of everything random.
    """

    updates: int = 300
    learning_rate: float = 2e-2
    look_every: int = 20
    seed: int = 0


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
    core: Relay,
    settings: RelaySettings,
    look: Callable[[Team], float],
    budget: Budget | None = None,
) -> Relearned:
    """Learn modules of a team again, from what the recipe learns from; all others are frozen and in evaluation mode.

    Args:
        team: one agent a seat, without memory.
        interfaces: modules, written ``agent_1.code``.
        core: the game to learn in; its lanes are the batch.
        settings: whose loss and exploration it is.
        look: evaluates a team for the curve.
        budget: how long.

    Raises:
        ValueError: if a name is unknown, an interface is larger than 5% of its agent or has no parameters.
        RuntimeError: if a frozen module changed.
    """
    budget = budget or Budget()
    team = replace(team, agents=copy.deepcopy(list(team.agents)))
    chosen = _chosen(team, interfaces)
    learned = {id(p): p for module in chosen.values() for p in module.parameters()}
    share = _share(team, learned)
    others = {id(p): p for agent in team.agents for p in agent.parameters() if id(p) not in learned}
    frozen = fingerprint(team, set(learned))
    for agent in team.agents:
        agent.eval()
    optimizer = torch.optim.Adam(list(learned.values()), lr=budget.learning_rate)
    curve = [(0, look(team))]
    for parameter in others.values():
        parameter.requires_grad_(False)
    with torch.random.fork_rng(devices=[]):
        for update in range(budget.updates):
            rng = np.random.default_rng([budget.seed, update])
            torch.manual_seed(int(rng.integers(2**63)))
            progress = update / budget.updates
            optimizer.param_groups[0]["lr"] = cosine(budget.learning_rate, 0.0, progress)
            loss = _loss(team, core, settings, progress, rng)
            optimizer.zero_grad()
            if loss.requires_grad:
                loss.backward()
                optimizer.step()
            if (update + 1) % budget.look_every == 0 or update + 1 == budget.updates:
                curve.append(((update + 1) * core.lanes, look(team)))
    for parameter in others.values():
        parameter.requires_grad_(True)
    if fingerprint(team, set(learned)) != frozen:
        raise RuntimeError("A frozen module changed while interfaces were learned: this is a fault of the package.")
    return Relearned(team, curve, sum(p.numel() for p in learned.values()), share)


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
    """The same structure around fresh parameters: the control. Agents that were one are one again."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        fresh = {id(agent): Agent(agent.graph.from_json(agent.graph.to_json())).eval() for agent in team.agents}
    return replace(team, agents=[fresh[id(agent)] for agent in team.agents])


def _loss(team: Team, core: Core, settings: RelaySettings, progress: float, rng: np.random.Generator) -> Tensor:
    assert isinstance(core, Relay)
    epsilon = settings.explores(progress)
    choices = play_turns(team.agents, core, team.channel, epsilon, settings.silent, rng)
    return settings.loss(choices, torch.from_numpy(core.right_action)[choices.lane])


def _chosen(team: Team, interfaces: Sequence[str]) -> dict[str, nn.Module]:
    chosen: dict[str, nn.Module] = {}
    for name in interfaces:
        agent, _, module = name.partition(".")
        if agent not in team.names:
            raise unknown("agent", agent, team.names)
        modules = team.agents[team.names.index(agent)].graph.modules
        if module not in modules:
            raise unknown(f"module of {agent}", module, modules)
        chosen[name] = modules[module]
    if not any(list(module.parameters()) for module in chosen.values()):
        remedy = "Name modules that have parameters, such as a Code."
        raise bad("What is learned again has parameters", list(interfaces), remedy)
    return chosen


def _share(team: Team, learned: dict[int, nn.Parameter]) -> float:
    shares = []
    for agent in team.agents:
        sizes = [(p.numel(), id(p) in learned) for p in agent.parameters()]
        shares.append(sum(size for size, mine in sizes if mine) / sum(size for size, _ in sizes))
    if max(shares) > LARGEST:
        remedy = "Learn smaller modules, or split them first."
        raise bad(f"Interfaces have at most {LARGEST:.0%} of an agent's parameters", f"{max(shares):.1%}", remedy)
    return max(shares)
