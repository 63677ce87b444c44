"""Augment: a module added, at first without effect (Baldwin & Clark 2000, chapter 10; gates as in Bachlechner 2020)."""

from collections.abc import Sequence
from dataclasses import replace

import torch

from ...protocols.common.errors import bad
from ..compiler import Agent
from ..graph import Graph, Wire
from ..modules import Affine, Code, Gate, Module, Residual
from .base import Claim, Operated, operator
from .parts import are_wires, as_module, fresh, several


@operator
def augment(
    graph: Graph, name: str, module: Module | Agent, wires: Sequence[Wire] = (), on: Wire | None = None
) -> Operated[Graph]:
    """Add a module, in parallel to what is there or in series on a wire, with exactly no effect.

    In parallel, what others hear of it passes a ``Gate`` that starts at zero, called ``NAME_PORT_gate``; a gate that is
    itself added needs none. In series, the wire's value passes a ``Residual`` around the module, which starts as the
    identity; what is ``transparent`` (``Identity``, ``SyntheticCredit``) or a fresh ``Code`` is put there as it is.

    Args:
        graph: to be added to.
        name: of the new module.
        module: the new module, or an agent as one.
        wires: to and from the new module, in parallel; in series, to its other inputs.
        on: the wire, in series, to its first input.

    Raises:
        ValueError: if names are taken, wires are not the module's or not the graph's, ports do not fit, others would
            hear an integer, or a cycle comes about.
    """
    fresh(graph.modules, name)
    module = as_module(module)
    several("Wires", wires)
    are_wires(*wires, *([] if on is None else [on]))
    return _parallel(graph, name, module, wires) if on is None else _series(graph, name, module, on, wires)


def _parallel(graph: Graph, name: str, module: Module, wires: Sequence[Wire]) -> Operated[Graph]:
    silent = isinstance(module, Gate) and not module.weight.any()
    gates: dict[str, Module] = {}
    added = []
    for wire in wires:
        if name not in (wire.sender, wire.receiver):
            remedy = f"Wires lead to {name} or start from it."
            raise bad(f"What is added are wires of the new module {name}", str(wire), remedy)
        port = module.outputs.get(wire.source.partition(".")[2]) if wire.sender == name != wire.receiver else None
        if port is None or silent:
            added.append(wire)
            continue
        if port.dtype == "int":
            remedy = "Add a module that embeds it, and let that be heard."
            raise bad("What is added starts without effect, and an integer has none that is zero", str(wire), remedy)
        gate = f"{name}_{wire.source.partition('.')[2]}_gate"
        if gate not in gates:
            fresh(graph.modules, gate)
            gates[gate] = Gate(port.shape)
            added.append(Wire(wire.source, f"{gate}.x"))
        added.append(Wire(f"{gate}.out", wire.target, wire.delay))
    modules = {**graph.modules, name: module, **gates}
    after = replace(graph, modules=modules, wires=(*graph.wires, *added))
    claim = Claim("exact", f"What others hear of {name} is zero until its gates open.")
    return Operated("augment", graph, after, claim, tuple(gates) or (name,))


def _series(graph: Graph, name: str, module: Module, on: Wire, beside: Sequence[Wire]) -> Operated[Graph]:
    if on not in graph.wires:
        remedy = f"Wires from there: {', '.join(str(w) for w in graph.wires if w.source == on.source) or 'none'}."
        raise bad("A module in series sits on a wire of the graph", str(on), remedy)
    added = module if _is_identity(module) else Residual(module)
    (x, *others), (out,), port = added.inputs, added.outputs, graph.sources()[on.source]
    if not added.inputs[x].fits(port):
        received = f"{on.source} {port}, {name}.{x} {added.inputs[x]}"
        raise bad(
            "A module in series has the shape, dtype and count of its wire", received, "Give one that fits the wire."
        )
    for wire in beside:
        if wire.target not in [f"{name}.{other}" for other in others]:
            ends = ", ".join(f"{name}.{other}" for other in others) or "none"
            remedy = f"Such inputs: {ends}. In parallel, leave out `on`."
            raise bad(f"In series, further wires lead to other inputs of {name}", str(wire), remedy)
    # Before the delay: at the first step the reader then hears zeros, as it did.
    pair = Wire(on.source, f"{name}.{x}"), Wire(f"{name}.{out}", on.target, on.delay)
    place = graph.wires.index(on)
    wires = (*graph.wires[:place], *pair, *graph.wires[place + 1 :], *beside)
    after = replace(graph, modules={**graph.modules, name: added}, wires=wires)
    until = "as long as it has learned nothing" if added is module else "until its gate opens"
    sentence = f"{name} is the identity{'' if added.transparent else f' {until}'}."
    return Operated("augment", graph, after, Claim("exact", sentence), (name,))


def _is_identity(module: Module) -> bool:
    if isinstance(module, Code):
        return bool(torch.equal(module.weight, torch.eye(len(module.weight), device=module.weight.device)))
    if isinstance(module, Affine):
        return bool((module.scale == 1).all() and (module.shift == 0).all())
    return module.transparent
