"""Reorder, the first step of inverting: reverse a dependency (Veit et al. 2016 reorder residual blocks)."""

from dataclasses import replace

from ...protocols.common.errors import invalid
from ..graph import Graph, Wire
from ..modules import Port
from ..teams.team import Team
from .base import Claim, OperatorResult, operator
from .parts import check_modules, equal_modules, readers, rename_in_wire
from .team_parts import as_agent, equal_agents, seat


@operator
def reorder(graph: Graph, a: str, b: str) -> OperatorResult[Graph]:
    """Swap the places of two modules on their wires. Applied twice, it is the identity.

    Names and parameters stay with the modules, and so do wires from a module to itself, which carry its state.

    Args:
        graph: The graph.
        a: Name of one module.
        b: Name of the other.

    Raises:
        ValueError: If a name is unknown, or a wired port of one module has no fitting port at the other.
    """
    check_modules(graph, a, b)
    sources, targets, wires = graph.sources(), graph.targets(), []
    for wire in graph.wires:
        if wire.sender == wire.receiver:
            wires.append(wire)
            continue
        wires.append(rename_in_wire(wire, {a: b, b: a}))
        _check(sources, wire.source, wires[-1].source)
        _check(targets, wire.target, wires[-1].target)
    after = replace(graph, wires=tuple(wires))
    if equal_modules(graph.modules[a], graph.modules[b]) and not _loops(graph, a) and not _loops(graph, b):
        claim = Claim("exact", f"{a} and {b} are copies.")
    else:
        claim = Claim("measured", f"{a} and {b} have changed places.")
    return OperatorResult("reorder", graph, after, claim, (a, b, *readers(after, a, b)))


@reorder.register(Team)
def reorder_agents(team: Team, a: str, b: str) -> OperatorResult[Team]:
    """Swap the seats of two agents, and thus their partners. Applied twice, it is the identity.

    Args:
        team: The team.
        a: Name of one agent.
        b: Name of the other.

    Raises:
        ValueError: If a name is unknown, or the two have different inputs or outputs.
    """
    first, second = seat(team, a), seat(team, b)
    as_agent(a, team.agents[second], team.agents[first])
    agents = list(team.agents)
    agents[first], agents[second] = agents[second], agents[first]
    copies = equal_agents(team.agents[first], team.agents[second])
    sentence = f"{a} and {b} are copies." if copies else f"{a} and {b} have changed seats, and thus partners."
    claim = Claim("exact" if copies else "measured", sentence)
    return OperatorResult("reorder", team, replace(team, agents=agents), claim, tuple(team.names))


def _loops(graph: Graph, name: str) -> list[Wire]:
    return [wire for wire in graph.wires if wire.sender == wire.receiver == name]


def _check(ends: dict[str, Port], old: str, new: str) -> None:
    if new not in ends or not ends[new].fits(ends[old]):
        received = f"{old} {ends[old]}, {new} {ends.get(new, 'missing')}"
        remedy = "Choose modules of the same shape, or add modules around one of them that adapt its ports."
        raise invalid("Modules that change places must have the same ports where they are wired", received, remedy)
