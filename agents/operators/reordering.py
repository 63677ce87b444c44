"""Reorder, the other half of inverting: a dependency is turned round (Veit et al. 2016 do it to residual networks)."""

from dataclasses import replace

from ...protocols.common.errors import bad
from ..graph import Graph, Wire
from ..modules import Port
from .base import Claim, Operated, operator
from .parts import equal, known, readers, renamed


@operator
def reorder(graph: Graph, a: str, b: str) -> Operated[Graph]:
    """Let two modules change places on their wires. Twice is the identity.

    Names and parameters stay with the modules; wires from a module to itself, which hold its state, do so too.

    Raises:
        ValueError: if a name is unknown, or a wired port has no counterpart that fits at the other.
    """
    known(graph, a, b)
    sources, targets, wires = graph.sources(), graph.targets(), []
    for wire in graph.wires:
        if wire.sender == wire.receiver:
            wires.append(wire)
            continue
        wires.append(renamed(wire, {a: b, b: a}))
        _check(sources, wire.source, wires[-1].source)
        _check(targets, wire.target, wires[-1].target)
    after = replace(graph, wires=tuple(wires))
    if equal(graph.modules[a], graph.modules[b]) and not _loops(graph, a) and not _loops(graph, b):
        claim = Claim("exact", f"{a} and {b} are copies.")
    else:
        claim = Claim("measured", f"{a} hears and says what {b} did, and the other way round.")
    return Operated("reorder", graph, after, claim, (a, b, *readers(after, a, b)))


def _loops(graph: Graph, name: str) -> list[Wire]:
    return [wire for wire in graph.wires if wire.sender == wire.receiver == name]


def _check(ends: dict[str, Port], old: str, new: str) -> None:
    if new not in ends or not ends[new].fits(ends[old]):
        received = f"{old} {ends[old]}, {new} {ends.get(new, 'missing')}"
        remedy = "Reorder modules of one shape, or put modules that fit around one of them."
        raise bad("Modules that change places have the same ports where they are wired", received, remedy)
