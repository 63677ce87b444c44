"""Split: one module becomes two behind a new interface (Baldwin & Clark 2000, chapter 10); join is its inverse."""

from collections import Counter
from dataclasses import replace

from ...protocols.common.errors import invalid
from ..compiler import Agent
from ..graph import INPUT, OUTPUT, Graph, Wire
from ..modules import GRU, Module, Series
from ..subgraph import Subgraph
from ..teams.team import Team
from .base import Claim, OperatorResult, operator
from .extracting import extract
from .parts import (
    check_modules,
    check_split_point,
    check_unused,
    half_names,
    rename_end,
    rename_in_wire,
    replace_module,
)
from .team_parts import memory_wires, seat


@operator
def split(graph: Graph, name: str, at: int = 1, into: tuple[str, str] | None = None) -> OperatorResult[Graph]:
    """Split a module into two in series, each over its share of the parameters.

    A ``Series`` is split between its parts, a ``GRU`` between its layers, whose states become separate wires.

    Args:
        graph: The graph.
        name: Name of the module.
        at: Number of parts or layers that the first half keeps.
        into: Names of the halves; by default ``NAME_0`` and ``NAME_1``.

    Raises:
        ValueError: if the module cannot be split there, a name is taken, or other modules read the state of the GRU.
    """
    check_modules(graph, name)
    lower, upper = half_names(name, into)
    check_unused(graph.modules.keys() - {name}, lower, upper)
    first, second = _apart(name, graph.modules[name], at)
    (out,), (x,) = list(first.outputs)[:1], list(second.inputs)[:1]
    wires: list[Wire] = []
    for wire in graph.wires:
        if isinstance(first, GRU) and f"{name}.state" in (wire.source, wire.target):
            if wire != Wire(f"{name}.state", f"{name}.state", 1):
                remedy = "Exclude that wire, or split something else."
                raise invalid(f"The state of a GRU that is split is read by {name} only", str(wire), remedy)
            wires += [Wire(f"{part}.state", f"{part}.state", 1) for part in (lower, upper)]
        else:
            ends = rename_end(wire.source, {name: upper}), rename_end(wire.target, {name: lower})
            wires.append(Wire(*ends, wire.delay))
    wires.append(Wire(f"{lower}.{out}", f"{upper}.{x}"))
    modules = replace_module(graph.modules, name, (lower, first), (upper, second))
    claim = Claim("exact", f"{name} is {lower} and {upper} in series, over the same parameters.")
    return OperatorResult("split", graph, replace(graph, modules=modules, wires=tuple(wires)), claim, (lower, upper))


@split.register(Team)
def split_agent(team: Team, name: str, at: int = 1, into: tuple[str, str] | None = None) -> OperatorResult[Team]:
    """Split an agent into two modules that share its seat; one value passes from the first to the second.

    Args:
        team: The team.
        name: Name of the agent.
        at: Number of its modules, in the order in which its graph lists them, that the first half keeps.
        into: Names of the halves; by default ``NAME_0`` and ``NAME_1``.

    Raises:
        ValueError: if there is no such agent, the first half sends the second more than one value, or a value passes
            from the second half back to the first.
    """
    agent = team.agents[seat(team, name)]
    graph, order = agent.graph, list(agent.graph.modules)
    names = half_names(name, into)
    check_split_point(name, at, len(order), "modules")
    lower, upper = order[:at], order[at:]
    across = [w for w in graph.wires if w.sender in lower and w.receiver not in lower]
    back = [w for w in graph.wires if w.sender in upper and w.receiver in lower]
    if len({w.source for w in across}) != 1 or back or any(w.delay or w.receiver == OUTPUT for w in across):
        received = [str(wire) for wire in (*across, *back)]
        remedy = f"Choose another place among: {', '.join(order)}."
        raise invalid(f"The first half ({', '.join(lower)}) has one output, read by the second alone", received, remedy)
    first, second = extract(graph, lower).after, extract(graph, upper).after
    graphs = dict(zip(names, (first, second), strict=True))
    parts: dict[str, Module] = {half: Subgraph(part) for half, part in graphs.items()}
    received_by = [(half, x) for half, part in graphs.items() for x in part.inputs if x in graph.inputs]
    wires = [Wire(f"{INPUT}.{x}", f"{half}.{x}") for half, x in received_by]
    between = across[0].source.replace(".", "_")
    wires.append(Wire(f"{names[0]}.{between}", f"{names[1]}.{between}"))
    wires += memory_wires(parts)
    wires += [Wire(f"{names[1]}.{w.source.replace('.', '_')}", w.target) for w in graph.wires if w.receiver == OUTPUT]
    new = Agent(Graph(graph.inputs, graph.outputs, parts, tuple(wires))).train(agent.training)
    agents = [new if other is agent else other for other in team.agents]
    claim = Claim("exact", f"{names[0]} sends {across[0].source} to {names[1]}, over the same parameters.")
    return OperatorResult("split", team, replace(team, agents=agents), claim, tuple(f"{name}.{half}" for half in names))


def _apart(name: str, module: Module, at: int) -> tuple[Module, Module]:
    if isinstance(module, GRU):
        check_split_point(name, at, len(module.layers), "layers")
        width, bound = module.width, module.arguments["bound"]
        return GRU.of(width, module.layers[:at], bound), GRU.of(width, module.layers[at:], bound)
    if isinstance(module, Series):
        parts = list(module.parts.values())
        check_split_point(name, at, len(parts), "parts")
        return _series(parts[:at]), _series(parts[at:])
    remedy = "Build it as a Series of modules, or substitute one for it."
    raise invalid(f"split takes a Series or a GRU; {name} is neither", module.kind, remedy)


def _series(parts: list[Module]) -> Module:
    return parts[0] if len(parts) == 1 else Series(parts)


@operator
def join(graph: Graph, lower: str, upper: str, into: str | None = None) -> OperatorResult[Graph]:
    """Join two modules connected by a single wire: the inverse of ``split``.

    Two GRUs become one with the layers of both; any other two become a ``Series``.

    Args:
        graph: The graph.
        lower: Name of the first module, whose output only the second reads.
        upper: Name of the second module, which reads nothing else.
        into: Name of the joint module; by default that of ``lower``.

    Raises:
        ValueError: if the two meet in any other way, or a name is taken.
    """
    check_modules(graph, lower, upper)
    into = into or lower
    check_unused(graph.modules.keys() - {lower, upper}, into)
    first, second = graph.modules[lower], graph.modules[upper]
    both = isinstance(first, GRU) and isinstance(second, GRU)
    loops = [Wire(f"{name}.state", f"{name}.state", 1) for name in (lower, upper)] if both else []
    inside = [w for w in graph.wires if w not in loops and (w.sender == lower or w.receiver == upper)]
    (out,), (x,) = list(first.outputs)[:1], list(second.inputs)[:1]
    joint = Wire(f"{lower}.{out}", f"{upper}.{x}")
    if inside != [joint]:
        received = [str(wire) for wire in inside]
        remedy = "Exclude the other wires, or extract both and hold them in a Subgraph."
        rule = f"{lower} and {upper} are joined if {joint} is the only wire from the one and the only one to the other"
        raise invalid(rule, received, remedy)
    count = Counter(graph.wires)
    if len({count[loop] for loop in loops}) > 1 or any(count[loop] > 1 for loop in loops):
        remedy = "Wire both states or none."
        raise invalid("Two GRUs can be joined if both states are fed back, or neither", [str(w) for w in loops], remedy)
    module: Module
    if isinstance(first, GRU) and isinstance(second, GRU):
        module = GRU.of(first.width, [*first.layers, *second.layers], first.arguments["bound"])
    else:
        module = Series([first, second])
    wires = [w for w in graph.wires if w != joint and w not in loops[1:]]
    modules = replace_module({n: m for n, m in graph.modules.items() if n != upper}, lower, (into, module))
    after = replace(graph, modules=modules, wires=tuple(rename_in_wire(w, {lower: into, upper: into}) for w in wires))
    claim = Claim("exact", f"{into} is {lower} and {upper} in series, over the same parameters.")
    return OperatorResult("join", graph, after, claim, (into,))
