"""Split: one module becomes two behind a new interface (Baldwin & Clark 2000, chapter 10); join is its inverse."""

from collections import Counter
from dataclasses import replace

from ...protocols.common.errors import bad
from ..graph import Graph, Wire
from ..modules import GRU, Module, Series
from .base import Claim, Operated, operator
from .parts import check_apart, fresh, halves, known, moved, renamed, replaced


@operator
def split(graph: Graph, name: str, at: int = 1, into: tuple[str, str] | None = None) -> Operated[Graph]:
    """Take a module apart in two that meet in a wire, each over its share of the parameters.

    A ``Series`` comes apart between its parts, a ``GRU`` between its layers, whose states then are wires of their own.

    Args:
        graph: of which the module is.
        name: the module.
        at: how many parts or layers the first of the two keeps.
        into: names of the two; by default ``NAME_0`` and ``NAME_1``.

    Raises:
        ValueError: if the module does not come apart there, a name is taken, or a GRU's state is heard by others.
    """
    known(graph, name)
    lower, upper = halves(name, into)
    fresh(graph.modules.keys() - {name}, lower, upper)
    first, second = _apart(name, graph.modules[name], at)
    (out,), (x,) = list(first.outputs)[:1], list(second.inputs)[:1]
    wires: list[Wire] = []
    for wire in graph.wires:
        if isinstance(first, GRU) and f"{name}.state" in (wire.source, wire.target):
            if wire != Wire(f"{name}.state", f"{name}.state", 1):
                remedy = "Exclude that wire, or split something else."
                raise bad(f"The state of a GRU that is split is heard by nothing but {name}", str(wire), remedy)
            wires += [Wire(f"{part}.state", f"{part}.state", 1) for part in (lower, upper)]
        else:
            ends = moved(wire.source, {name: upper}), moved(wire.target, {name: lower})
            wires.append(Wire(*ends, wire.delay))
    wires.append(Wire(f"{lower}.{out}", f"{upper}.{x}"))
    modules = replaced(graph.modules, name, (lower, first), (upper, second))
    claim = Claim("exact", f"{name} is {lower} and {upper} in series, over the same parameters.")
    return Operated("split", graph, replace(graph, modules=modules, wires=tuple(wires)), claim, (lower, upper))


def _apart(name: str, module: Module, at: int) -> tuple[Module, Module]:
    if isinstance(module, GRU):
        check_apart(name, at, len(module.layers), "layers")
        width, bound = module.width, module.arguments["bound"]
        return GRU.of(width, module.layers[:at], bound), GRU.of(width, module.layers[at:], bound)
    if isinstance(module, Series):
        parts = list(module.parts.values())
        check_apart(name, at, len(parts), "parts")
        return _series(parts[:at]), _series(parts[at:])
    remedy = "Build it as a Series of modules, or substitute one for it."
    raise bad(f"To split is for a Series or a GRU; {name} is neither", module.kind, remedy)


def _series(parts: list[Module]) -> Module:
    return parts[0] if len(parts) == 1 else Series(parts)


@operator
def join(graph: Graph, lower: str, upper: str, into: str | None = None) -> Operated[Graph]:
    """Make one module of two that meet in one wire: the inverse of ``split``.

    Two GRUs become one of more layers; all others a ``Series``.

    Args:
        graph: of which the modules are.
        lower: the module that is heard.
        upper: the module that hears it, and nothing else.
        into: the name of the one; by default that of ``lower``.

    Raises:
        ValueError: if the two meet in other ways, or others hear or feed what becomes the inside.
    """
    known(graph, lower, upper)
    into = into or lower
    fresh(graph.modules.keys() - {lower, upper}, into)
    first, second = graph.modules[lower], graph.modules[upper]
    both = isinstance(first, GRU) and isinstance(second, GRU)
    loops = [Wire(f"{name}.state", f"{name}.state", 1) for name in (lower, upper)] if both else []
    inside = [w for w in graph.wires if w not in loops and (w.sender == lower or w.receiver == upper)]
    (out,), (x,) = list(first.outputs)[:1], list(second.inputs)[:1]
    joint = Wire(f"{lower}.{out}", f"{upper}.{x}")
    if inside != [joint]:
        received = [str(wire) for wire in inside]
        remedy = "Exclude the other wires, or take both out and hold them in a Subgraph."
        raise bad(
            f"{lower} and {upper} are joined if {joint} is all that the one says and the other hears", received, remedy
        )
    count = Counter(graph.wires)
    if len({count[loop] for loop in loops}) > 1 or any(count[loop] > 1 for loop in loops):
        remedy = "Wire both states or none."
        raise bad("Two GRUs are joined with their states both led back, or neither", [str(w) for w in loops], remedy)
    module: Module
    if isinstance(first, GRU) and isinstance(second, GRU):
        module = GRU.of(first.width, [*first.layers, *second.layers], first.arguments["bound"])
    else:
        module = Series([first, second])
    wires = [w for w in graph.wires if w != joint and w not in loops[1:]]
    modules = replaced({n: m for n, m in graph.modules.items() if n != upper}, lower, (into, module))
    after = replace(graph, modules=modules, wires=tuple(renamed(w, {lower: into, upper: into}) for w in wires))
    claim = Claim("exact", f"{into} is {lower} and {upper} in series, over the same parameters.")
    return Operated("join", graph, after, claim, (into,))
