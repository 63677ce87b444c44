"""Split one module into two with a new interface (Baldwin & Clark 2000, chapter 10), and join, its inverse."""

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
    part_names,
    rename_end,
    rename_in_wire,
    replace_module,
)
from .team_parts import memory_wires, seat


@operator
def split(graph: Graph, name: str, at: int = 1, into: tuple[str, str] | None = None) -> OperatorResult[Graph]:
    """Split a module into two in series, each with its share of the parameters.

    A ``Series`` is split between its parts. A ``GRU`` is split between its layers, whose states become separate wires.

    Args:
        graph: The graph.
        name: Name of the module.
        at: Number of parts or layers that the first module keeps.
        into: Names of the two modules. Defaults to ``NAME_0`` and ``NAME_1``.

    Raises:
        ValueError: If the module cannot be split there, a name is taken, or other modules read the state of the GRU.
    """
    check_modules(graph, name)
    lower, upper = part_names(name, into)
    check_unused(graph.modules.keys() - {name}, lower, upper)
    first, second = _split_module(name, graph.modules[name], at)
    (out,), (x,) = list(first.outputs)[:1], list(second.inputs)[:1]
    wires: list[Wire] = []
    for wire in graph.wires:
        if isinstance(first, GRU) and f"{name}.state" in (wire.source, wire.target):
            if wire != Wire(f"{name}.state", f"{name}.state", 1):
                remedy = "Remove that wire, or choose another module."
                raise invalid(f"The state of a GRU that is split must be read by {name} only", str(wire), remedy)
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
    """Split an agent into two modules that share its seat. One value passes from the first to the second.

    Args:
        team: The team.
        name: Name of the agent.
        at: Number of the agent's modules, in the order in which its graph lists them, that the first part keeps.
        into: Names of the two parts. Defaults to ``NAME_0`` and ``NAME_1``.

    Raises:
        ValueError: If there is no such agent, more than one value passes from the first part to the second, or a value
            passes from the second part back to the first.
    """
    agent = team.agents[seat(team, name)]
    graph, order = agent.graph, list(agent.graph.modules)
    names = part_names(name, into)
    check_split_point(name, at, len(order), "modules")
    lower, upper = order[:at], order[at:]
    across = [w for w in graph.wires if w.sender in lower and w.receiver not in lower]
    back = [w for w in graph.wires if w.sender in upper and w.receiver in lower]
    if len({w.source for w in across}) != 1 or back or any(w.delay or w.receiver == OUTPUT for w in across):
        received = [str(wire) for wire in (*across, *back)]
        remedy = f"Choose another point in the order {', '.join(order)}."
        rule = f"The first part ({', '.join(lower)}) must have one output, which only the second part reads"
        raise invalid(rule, received, remedy)
    first, second = extract(graph, lower).after, extract(graph, upper).after
    graphs = dict(zip(names, (first, second), strict=True))
    parts: dict[str, Module] = {part: Subgraph(inner) for part, inner in graphs.items()}
    received_by = [(part, x) for part, inner in graphs.items() for x in inner.inputs if x in graph.inputs]
    wires = [Wire(f"{INPUT}.{x}", f"{part}.{x}") for part, x in received_by]
    between = across[0].source.replace(".", "_")
    wires.append(Wire(f"{names[0]}.{between}", f"{names[1]}.{between}"))
    wires += memory_wires(parts)
    wires += [Wire(f"{names[1]}.{w.source.replace('.', '_')}", w.target) for w in graph.wires if w.receiver == OUTPUT]
    new = Agent(Graph(graph.inputs, graph.outputs, parts, tuple(wires))).train(agent.training)
    agents = [new if other is agent else other for other in team.agents]
    claim = Claim("exact", f"{names[0]} sends {across[0].source} to {names[1]}, over the same parameters.")
    return OperatorResult("split", team, replace(team, agents=agents), claim, tuple(f"{name}.{part}" for part in names))


def _split_module(name: str, module: Module, at: int) -> tuple[Module, Module]:
    if isinstance(module, GRU):
        check_split_point(name, at, len(module.layers), "layers")
        width, bound = module.width, module.arguments["bound"]
        return GRU.from_layers(width, module.layers[:at], bound), GRU.from_layers(width, module.layers[at:], bound)
    if isinstance(module, Series):
        parts = list(module.parts.values())
        check_split_point(name, at, len(parts), "parts")
        return _series(parts[:at]), _series(parts[at:])
    remedy = "Use a Series of modules instead of it."
    raise invalid(f"split needs a Series or a GRU, and {name} is neither", module.kind, remedy)


def _series(parts: list[Module]) -> Module:
    return parts[0] if len(parts) == 1 else Series(parts)


@operator
def join(graph: Graph, lower: str, upper: str, into: str | None = None) -> OperatorResult[Graph]:
    """Join two modules connected by a single wire: the inverse of ``split``.

    Two GRUs become one GRU with the layers of both. Any other two modules become a ``Series``.

    Args:
        graph: The graph.
        lower: Name of the first module, whose output only the second reads.
        upper: Name of the second module, which reads nothing else.
        into: Name of the joint module. Defaults to ``lower``.

    Raises:
        ValueError: If the two are connected in any other way, or a name is taken.
    """
    check_modules(graph, lower, upper)
    into = lower if into is None else into
    check_unused(graph.modules.keys() - {lower, upper}, into)
    first, second = graph.modules[lower], graph.modules[upper]
    both = isinstance(first, GRU) and isinstance(second, GRU)
    loops = [Wire(f"{name}.state", f"{name}.state", 1) for name in (lower, upper)] if both else []
    inside = [w for w in graph.wires if w not in loops and (w.sender == lower or w.receiver == upper)]
    (out,), (x,) = list(first.outputs)[:1], list(second.inputs)[:1]
    joint = Wire(f"{lower}.{out}", f"{upper}.{x}")
    if inside != [joint]:
        received = [str(wire) for wire in inside]
        remedy = "Remove the other wires, or extract both modules into a Subgraph."
        rule = (
            f"To join {lower} and {upper}, {joint} must be the only wire from the first and the only one to the second"
        )
        raise invalid(rule, received, remedy)
    count = Counter(graph.wires)
    if len({count[loop] for loop in loops}) > 1 or any(count[loop] > 1 for loop in loops):
        remedy = "Add the missing wire, or remove the other."
        rule = "To join two GRUs, both states or neither must be fed back"
        raise invalid(rule, [str(w) for w in loops], remedy)
    module: Module
    if isinstance(first, GRU) and isinstance(second, GRU):
        module = GRU.from_layers(first.width, [*first.layers, *second.layers], first.arguments["bound"])
    else:
        module = Series([first, second])
    wires = [w for w in graph.wires if w != joint and w not in loops[1:]]
    modules = replace_module({n: m for n, m in graph.modules.items() if n != upper}, lower, (into, module))
    after = replace(graph, modules=modules, wires=tuple(rename_in_wire(w, {lower: into, upper: into}) for w in wires))
    claim = Claim("exact", f"{into} is {lower} and {upper} in series, over the same parameters.")
    return OperatorResult("join", graph, after, claim, (into,))
