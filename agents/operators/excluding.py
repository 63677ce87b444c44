"""Exclude: a smaller system that works (Baldwin & Clark 2000, chapter 10); lesions, where it is done to measure."""

from dataclasses import replace
from typing import Literal, TypeAlias, get_args

import torch

from ...protocols.common.checks import flag, one_of
from ...protocols.common.errors import bad
from ..graph import OUTPUT, Graph, Wire
from ..modules import Blocked, Gate, Module, Residual, SyntheticCredit
from .base import Claim, Operated, operator
from .parts import known, reached, readers

Instead: TypeAlias = Literal["through", "blocked"]
"""What comes back where credit was predicted."""


@operator
def exclude(
    graph: Graph,
    what: str | Wire,
    bypass: bool | None = None,
    credit: Instead = "through",
) -> Operated[Graph]:
    """Take a module or a wire out.

    A module is bypassed where types match: its readers hear what it heard at the one input that has the shape, dtype
    and count of what it said (at the first, if it is transparent). Else it is cut: its readers hear zeros in its stead.
    Where a ``SyntheticCredit`` goes, the true gradient comes back through the wire again, or none does if ``credit`` is
    "blocked".

    Args:
        graph: to be made smaller.
        what: a module's name, or a wire.
        bypass: True to insist on it, False to cut, None to bypass where it can be done.
        credit: what comes back where credit was predicted.

    Raises:
        ValueError: if there is no such module or wire, it cannot be bypassed and has to be, an integer port would lose
            its wire, an output its last path from an input, or credit is to be blocked where none was predicted.
    """
    if bypass is not None:
        flag("bypass", bypass)
    one_of("credit", credit, get_args(Instead))
    if credit == "blocked":
        return _block(graph, what)
    if isinstance(what, Wire):
        return _exclude_wire(graph, what)
    known(graph, what)
    module = graph.modules[what]
    around = None if bypass is False else _around(graph, what)
    if bypass and around is None:
        remedy = "Cut it (bypass=False), or substitute a module that fits."
        raise bad(f"{what} is bypassed from one input to outputs of its shape, dtype and count", _ports(module), remedy)
    rest = {name: m for name, m in graph.modules.items() if name != what}
    wires = _without(graph, what, around or {})
    _check(graph, wires, what)
    if around:
        sentence = f"{what} is bypassed: its readers hear what it heard."
        alone = not any(wire.sender == wire.receiver == what for wire in graph.wires)
        exact = alone and (module.transparent or _opens_nothing(module, Residual))
    else:
        sentence = f"{what} is cut: its readers hear zeros in its stead."
        exact = _opens_nothing(module, Gate) or not any(w.sender == what != w.receiver for w in graph.wires)
    claim = Claim("exact" if exact else "measured", sentence)
    return Operated("exclude", graph, replace(graph, modules=rest, wires=wires), claim, readers(graph, what))


def _block(graph: Graph, what: str | Wire) -> Operated[Graph]:
    if isinstance(what, str):
        known(graph, what)
    module = graph.modules[what] if isinstance(what, str) else None
    if not isinstance(module, SyntheticCredit):
        remedy = "Exclude such a module, or augment a wire with Blocked()."
        raise bad('Excluding leaves credit "blocked" where a SyntheticCredit predicted it', str(what), remedy)
    wires = tuple(w for w in graph.wires if w.receiver != what or w.target == f"{what}.x")
    after = replace(graph, modules=graph.modules | {str(what): Blocked(module.inputs["x"].shape)}, wires=wires)
    return Operated("exclude", graph, after, Claim("exact", f"{what} hands on what it hears, and no credit back."), ())


def _exclude_wire(graph: Graph, wire: Wire) -> Operated[Graph]:
    if wire not in graph.wires:
        near = [str(w) for w in graph.wires if w.source == wire.source or w.target == wire.target]
        raise bad("A wire that is excluded is one of the graph", str(wire), f"Near it: {'; '.join(near) or 'none'}.")
    place = graph.wires.index(wire)
    wires = (*graph.wires[:place], *graph.wires[place + 1 :])
    _check(graph, wires, str(wire))
    claim = Claim("measured", f"{wire.target} no longer hears {wire.source}.")
    touched = () if wire.receiver == OUTPUT else (wire.receiver,)
    return Operated("exclude", graph, replace(graph, wires=wires), claim, touched)


def _around(graph: Graph, name: str) -> dict[str, list[Wire]] | None:
    """The wires to hear instead of each end of a module; None where types do not match."""
    module = graph.modules[name]
    around = {}
    for port, said in module.outputs.items():
        out = f"{name}.{port}"
        if not any(w.source == out and w.receiver != name for w in graph.wires):
            continue
        ins = [f"{name}.{p}" for p, heard in module.inputs.items() if heard.fits(said)]
        ins = ins[:1] if module.transparent else ins
        fitting = [heard for end in ins if (heard := [w for w in graph.into(end) if w.sender != name])]
        if len(fitting) != 1:
            return None
        around[out] = fitting[0]
        if any(w.delay and v.delay for w in fitting[0] for v in graph.wires if v.source == out and v.receiver != name):
            return None
    return around or None


def _without(graph: Graph, name: str, around: dict[str, list[Wire]]) -> tuple[Wire, ...]:
    wires: list[Wire] = []
    for wire in graph.wires:
        if wire.receiver == name:
            continue
        if wire.sender != name:
            wires.append(wire)
        else:
            heard = around.get(wire.source, [])
            wires += [Wire(w.source, wire.target, max(w.delay, wire.delay)) for w in heard]
    return tuple(wires)


def _check(graph: Graph, wires: tuple[Wire, ...], what: str) -> None:
    """That no integer port outside loses its wire, and no output all its paths from inputs."""
    left = {wire.target for wire in wires}
    targets = graph.targets()
    for wire in graph.wires:
        if wire.target not in left and targets[wire.target].dtype == "int" and wire.receiver != what:
            remedy = f"Exclude {wire.receiver} first, or lead something else to {wire.target}."
            if wire.receiver == OUTPUT:
                remedy = "Port the rest into a context without that output."
            raise bad(f"An integer port keeps its wire; {what} is the last to {wire.target}", str(wire), remedy)
    for end in sorted(reached(graph.wires) - reached(wires)):
        ends = ", ".join(f"input.{name}" for name in graph.inputs)
        remedy = "Augment the graph with another path first, or port the rest into a context without that output."
        raise bad(f"Every output keeps a path from an input; without {what} none leads to {end}", ends, remedy)


def _opens_nothing(module: Module, cls: type[Gate] | type[Residual]) -> bool:
    if not isinstance(module, cls):
        return False
    gate = module.weight if isinstance(module, Gate) else module.gate
    return not bool(torch.any(gate))


def _ports(module: Module) -> str:
    ins = ", ".join(f"{name} {port}" for name, port in module.inputs.items())
    outs = ", ".join(f"{name} {port}" for name, port in module.outputs.items())
    return f"{ins} to {outs}"
