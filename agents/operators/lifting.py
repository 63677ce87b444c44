"""Lift, one half of Baldwin & Clark's inverting: what was hidden in several modules becomes one that all can see."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ..graph import Graph, Wire
from .base import Claim, Operated, operator
from .parts import different, equal, fresh, known, readers, renamed, replaced, same_ports, several


@operator
def lift(graph: Graph, names: Sequence[str], into: str | None = None) -> Operated[Graph]:
    """Put one module in the place of private copies; the first one's design and parameters stay.

    Copies that hear the same become one node, which all that heard one of them hear. Otherwise each place stays, and
    all hold one module object: its parameters are shared, and learn from all places.

    Args:
        graph: of which the copies are.
        names: where they are.
        into: the name of the node, where one is enough; by default the first name.

    Raises:
        ValueError: if a name is unknown or taken, or ports differ.
    """
    several("Names", names)
    known(graph, *names)
    different(names)
    first, *others = names
    for name in others:
        same_ports(first, graph.modules[first], graph.modules[name], name)
        same_ports(name, graph.modules[name], graph.modules[first], first)
    alike = all(equal(graph.modules[first], graph.modules[name]) for name in others)
    heard = [_heard(graph, name) for name in names]
    if all(h == heard[0] for h in heard):
        after, place = _one_node(graph, first, others, into or first)
        touched: tuple[str, ...] = (place, *readers(after, place))
        what = f"{', '.join(names)} are one node, {place}"
    else:
        shared = dict.fromkeys(names, graph.modules[first])
        after, touched = replace(graph, modules=graph.modules | shared), tuple(names)
        what = f"{', '.join(names)} hold one module"
    if alike:
        claim = Claim("exact", f"{what}, and were equal.")
    else:
        claim = Claim("measured", f"{what}; the others gave way to {first}.")
    return Operated("lift", graph, after, claim, touched)


def _heard(graph: Graph, name: str) -> Counter[Wire]:
    """What a module hears, whatever its own name; no module is called "." instead."""
    return Counter(renamed(wire, {name: "."}) for wire in graph.wires if wire.receiver == name)


def _one_node(graph: Graph, first: str, others: Sequence[str], into: str) -> tuple[Graph, str]:
    fresh(graph.modules.keys() - {first, *others}, into)
    modules = {name: module for name, module in graph.modules.items() if name not in others}
    modules = replaced(modules, first, (into, graph.modules[first]))
    names = dict.fromkeys((first, *others), into)
    wires = tuple(renamed(wire, names) for wire in graph.wires if wire.receiver not in others)
    return replace(graph, modules=modules, wires=wires), into
