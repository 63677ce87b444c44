"""Take: a part of a graph as a graph of its own, as an encoder without its decoder."""

from collections.abc import Sequence

from ...protocols.common.errors import bad
from ..graph import INPUT, Graph, Wire
from ..modules import Port
from .base import Claim, Operated, operator
from .parts import known, several


@operator
def extract(graph: Graph, names: Sequence[str]) -> Operated[Graph]:
    """Take modules out, with the wires between them.

    What they heard from outside becomes inputs, what was heard outside, or by nobody, outputs. An input of the whole
    keeps its name; others are called after the end they stand for: ``recall.out`` becomes ``recall_out``. Held in a
    ``Subgraph``, the part is a module for other graphs.

    Raises:
        ValueError: for an unknown module, none, or a part that has no input or no output.
    """
    several("Names", names)
    known(graph, *names)
    sources = graph.sources()
    inputs: dict[str, Port] = {}
    stands_for: dict[str, str] = {}
    wires = []
    for wire in graph.wires:
        if wire.receiver not in names:
            continue
        source = wire.source
        if wire.sender not in names:
            name = source.split(".")[1] if wire.sender == INPUT else source.replace(".", "_")
            if stands_for.setdefault(name, source) != source:
                remedy = "Rename a module or an input."
                raise bad("What a part hears has names that differ", [stands_for[name], source], remedy)
            inputs[name] = sources[source]
            source = f"{INPUT}.{name}"
        wires.append(Wire(source, wire.target, wire.delay))
    inside = {w.source for w in graph.wires if w.receiver in names}
    outside = {w.source for w in graph.wires if w.receiver not in names}
    ends = [f"{m}.{p}" for m in graph.modules if m in names for p in graph.modules[m].outputs]
    ends = [end for end in ends if end in outside or end not in inside]
    if not names:
        raise bad("A part has one module at least", list(names), f"Name some of: {', '.join(graph.modules)}.")
    if not inputs or not ends:
        received = f"inputs {list(inputs)}, outputs {ends}"
        raise bad(f"A part hears something and is heard; {', '.join(names)} is not", received, "Take more modules.")
    outputs = {end.replace(".", "_"): sources[end] for end in ends}
    wires += [Wire(end, f"output.{end.replace('.', '_')}") for end in ends]
    modules = {name: module for name, module in graph.modules.items() if name in names}
    claim = Claim("exact", "The part says what it said, if it hears what it heard.")
    return Operated("extract", graph, Graph(inputs, outputs, modules, tuple(wires)), claim, ())
