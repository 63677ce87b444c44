"""Lift, the second step of inverting: copies that are hidden in several modules become one module that all can use."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ...protocols.common.errors import invalid, unknown
from ..graph import Graph, Wire
from ..teams.team import Team
from .base import Claim, OperatorResult, operator
from .parts import (
    check_distinct,
    check_list,
    check_modules,
    check_same_ports,
    check_unused,
    equal_modules,
    readers,
    rename_in_wire,
    replace_module,
)
from .substituting import substitute
from .team_parts import inside, seat


@operator
def lift(graph: Graph, names: Sequence[str], into: str | None = None) -> OperatorResult[Graph]:
    """Replace private copies of a module with one module, which has the design and parameters of the first copy.

    Copies with the same inputs become one node, which feeds all their readers. Otherwise all places stay and hold the
    same module object, whose parameters are shared and trained from all places.

    Args:
        graph: The graph.
        names: Names of the copies.
        into: Name of the node, if the copies become one node. Defaults to the first name.

    Raises:
        ValueError: If a name is unknown or taken, or ports differ.
    """
    check_list("Names", names)
    check_modules(graph, *names)
    check_distinct(names)
    first, *others = names
    for name in others:
        check_same_ports(first, graph.modules[first], graph.modules[name], name)
        check_same_ports(name, graph.modules[name], graph.modules[first], first)
    copies = all(equal_modules(graph.modules[first], graph.modules[name]) for name in others)
    received = [_incoming_wires(graph, name) for name in names]
    if all(wires == received[0] for wires in received):
        after, place = _one_node(graph, first, others, into or first)
        touched: tuple[str, ...] = (place, *readers(after, place))
        what = f"{', '.join(names)} are one node, {place}"
    else:
        shared = dict.fromkeys(names, graph.modules[first])
        after, touched = replace(graph, modules=graph.modules | shared), tuple(names)
        what = f"{', '.join(names)} hold one module"
    claim = Claim("exact", f"{what}; they were equal.") if copies else Claim("measured", f"{what}, that of {first}.")
    return OperatorResult("lift", graph, after, claim, touched)


@lift.register(Team)
def lift_in_team(team: Team, names: Sequence[str], into: str | None = None) -> OperatorResult[Team]:
    """Share one module among several agents, or one agent among several seats.

    Args:
        team: The team.
        names: Names of modules, written ``agent_0.rnn``, ``agent_1.rnn``, ..., or names of agents. The parameters of
            the first are kept, and are trained from all places.
        into: Must be None, because in a team all places keep their names.

    Raises:
        ValueError: If a name is unknown, ports differ, or ``into`` is not None.
    """
    if into is not None:
        raise invalid("In a team, all modules must keep their names", into, "Remove `into`.")
    check_list("Names", names)
    check_distinct(names)
    first, *others = names
    after = team
    copies = True
    for name in others:
        (one, module), (two, other) = _place(team, first), _place(team, name)
        if (module is None) != (other is None):
            rule = "What lift shares must be either modules or whole agents"
            raise invalid(rule, list(names), "Pass only names of modules, or only names of agents.")
        if module is None or other is None:
            done = substitute(after, name, team.agents[one])
            copies, after = copies and done.claim.kind == "exact", done.after
        else:
            kept, old = team.agents[one].graph.modules[module], team.agents[two].graph.modules[other]
            check_same_ports(first, kept, old, name)
            copies = copies and equal_modules(kept, old)
            after = inside(after, f"agent_{two}", substitute, other, kept).after
    sentence = f"{', '.join(names)} are one"
    claim = Claim("exact", f"{sentence}; they were equal.") if copies else Claim("measured", f"{sentence}: {first}.")
    return OperatorResult("lift", team, after, claim, tuple(names))


def _incoming_wires(graph: Graph, name: str) -> Counter[Wire]:
    """The wires into a module, with its name replaced by ".", which no module can have as a name."""
    return Counter(rename_in_wire(wire, {name: "."}) for wire in graph.wires if wire.receiver == name)


def _one_node(graph: Graph, first: str, others: Sequence[str], into: str) -> tuple[Graph, str]:
    check_unused(graph.modules.keys() - {first, *others}, into)
    modules = {name: module for name, module in graph.modules.items() if name not in others}
    modules = replace_module(modules, first, (into, graph.modules[first]))
    names = dict.fromkeys((first, *others), into)
    wires = tuple(rename_in_wire(wire, names) for wire in graph.wires if wire.receiver not in others)
    return replace(graph, modules=modules, wires=wires), into


def _place(team: Team, name: str) -> tuple[int, str | None]:
    """The seat of the agent in a name, and the name of the module, or None if the name is that of an agent."""
    agent, _, module = name.partition(".") if isinstance(name, str) else (name, "", "")
    place = seat(team, agent)
    if module and module not in team.agents[place].graph.modules:
        raise unknown(f"module of {agent}", module, team.agents[place].graph.modules)
    return place, module or None
