"""Augment: add a module, at first without effect (Baldwin & Clark 2000, chapter 10; gates as in Bachlechner 2020)."""

from collections.abc import Sequence
from dataclasses import replace

import torch

from ...protocols.common.errors import invalid
from ..compiler import Agent
from ..graph import Graph, Wire
from ..modules import Affine, Gate, Module, Residual, SymbolMap
from ..teams.team import Team
from .base import Claim, OperatorResult, operator
from .parts import as_module, check_list, check_unused, check_wires
from .team_parts import as_agent, channel_seats, channels_of, cut_channels

FEW = 3
"""The largest number of channels that a claim lists by name."""


@operator
def augment(
    graph: Graph, name: str, module: Module | Agent, wires: Sequence[Wire] = (), on: Wire | None = None
) -> OperatorResult[Graph]:
    """Add a module in parallel to others, or in series on a wire. At first it has exactly no effect.

    In parallel, the outputs of the module reach others through a ``Gate`` called ``NAME_PORT_gate``, whose weights
    start at zero. A new module that is itself a gate needs none. In series, the module is wrapped in a ``Residual``,
    which starts as the identity. A ``transparent`` module (``Identity``, ``SyntheticGradient``) and an untrained
    ``SymbolMap`` or ``Affine`` are already the identity, and are put on the wire without a ``Residual``.

    Args:
        graph: The graph.
        name: Name of the new module.
        module: The new module. An agent is wrapped in a module.
        wires: In parallel, wires to and from the new module. In series, wires to its inputs after the first.
        on: In series, the wire on which the module is put, with its first input.

    Raises:
        ValueError: If a name is taken, a wire does not lead to or from the new module, ``on`` is not a wire of the
            graph, ports do not fit, an integer output would be read, or a cycle without delay would arise.
    """
    check_unused(graph.modules, name)
    module = as_module(module)
    check_list("Wires", wires)
    check_wires(*wires, *([] if on is None else [on]))
    return _parallel(graph, name, module, wires) if on is None else _series(graph, name, module, on, wires)


@augment.register(Team)
def augment_team(
    team: Team, name: str, module: Module | Agent, wires: Sequence[Wire] = (), on: Wire | None = None
) -> OperatorResult[Team]:
    """Add an agent in a new last seat. All its channels are cut except those in ``wires``.

    Args:
        team: The team.
        name: Name of the new agent, ``agent_N`` in a team of N.
        module: The new agent.
        wires: Its open channels, from the ``emit`` of one agent to the ``heard`` of another.
        on: Must be None, because an agent cannot be put on a channel.

    Raises:
        ValueError: If the name is not ``agent_N``, the agent has other ports, a wire is not a channel of the new agent,
            or ``on`` is not None.
    """
    seats = len(team.agents)
    if on is not None:
        remedy = (
            f"Pass its channels as wires, or use inside(team, {team.names[0]!r}, augment, ...) to change one agent."
        )
        raise invalid("A new agent cannot be put on a wire", str(on), remedy)
    if name != f"agent_{seats}":
        remedy = f"Pass agent_{seats}, and reorder the team afterwards."
        raise invalid(f"A new agent must take the seat after the last, agent_{seats}", name, remedy)
    check_list("Wires", wires)
    check_wires(*wires)
    new = as_agent("agent_0", module, team.agents[0])
    grown = replace(team, agents=[*team.agents, new])
    shut = channels_of(seats, seats + 1)
    for wire in wires:
        ends = channel_seats(grown, wire)
        if seats not in ends:
            raise invalid(f"Added channels must lead to or from the new {name}", str(wire), f"Pass channels of {name}.")
        shut = [other for other in shut if other != ends]
    over = ", ".join(map(str, wires)) if len(wires) <= FEW else f"{len(wires)} channels"
    claim = Claim("measured", f"{name} communicates over {over}.")
    if not wires:
        claim = Claim("exact", f"{name} receives no messages, and its messages reach no agent.")
    touched = tuple(dict.fromkeys(wire.receiver for wire in wires)) or (name,)
    return OperatorResult("augment", team, cut_channels(grown, *shut), claim, touched)


def _parallel(graph: Graph, name: str, module: Module, wires: Sequence[Wire]) -> OperatorResult[Graph]:
    silent = isinstance(module, Gate) and not module.weight.any()
    gates: dict[str, Module] = {}
    added = []
    for wire in wires:
        if name not in (wire.sender, wire.receiver):
            remedy = f"Pass wires that lead to or from {name}."
            raise invalid(f"Added wires must lead to or from the new module {name}", str(wire), remedy)
        port = module.outputs.get(wire.source.partition(".")[2]) if wire.sender == name != wire.receiver else None
        if port is None or silent:
            added.append(wire)
            continue
        if port.dtype == "int":
            remedy = "Add a module that embeds the integer, and wire the output of that module."
            raise invalid(
                "The outputs of a new module start at zero, and an integer output cannot be gated to zero",
                str(wire),
                remedy,
            )
        gate = f"{name}_{wire.source.partition('.')[2]}_gate"
        if gate not in gates:
            check_unused(graph.modules, gate)
            gates[gate] = Gate(port.shape)
            added.append(Wire(wire.source, f"{gate}.x"))
        added.append(Wire(f"{gate}.out", wire.target, wire.delay))
    modules = {**graph.modules, name: module, **gates}
    after = replace(graph, modules=modules, wires=(*graph.wires, *added))
    claim = Claim("exact", f"Others receive zeros from {name} until its gates open.")
    return OperatorResult("augment", graph, after, claim, tuple(gates) or (name,))


def _series(graph: Graph, name: str, module: Module, on: Wire, further: Sequence[Wire]) -> OperatorResult[Graph]:
    if on not in graph.wires:
        near = ", ".join(str(w) for w in graph.wires if w.source == on.source) or "there is none"
        remedy = f"Choose a wire from {on.source}: {near}."
        raise invalid("A module in series must be put on a wire of the graph", str(on), remedy)
    added = module if _is_identity(module) else Residual(module)
    (x, *others), (out,), port = added.inputs, added.outputs, graph.sources()[on.source]
    if not added.inputs[x].fits(port):
        received = f"{on.source} {port}, {name}.{x} {added.inputs[x]}"
        remedy = "Pass a module that fits the wire."
        raise invalid("A module in series must have the shape, dtype and count of its wire", received, remedy)
    for wire in further:
        if wire.target not in [f"{name}.{other}" for other in others]:
            ends = ", ".join(f"{name}.{other}" for other in others) or "none"
            remedy = f"Choose among these inputs: {ends}. Or remove `on`, to add the module in parallel."
            raise invalid(f"In series, further wires must lead to other inputs of {name}", str(wire), remedy)
    # The module is put before the delay, so that its readers still receive zeros at the first step.
    two = Wire(on.source, f"{name}.{x}"), Wire(f"{name}.{out}", on.target, on.delay)
    place = graph.wires.index(on)
    wires = (*graph.wires[:place], *two, *graph.wires[place + 1 :], *further)
    after = replace(graph, modules={**graph.modules, name: added}, wires=wires)
    until = "until it is trained" if added is module else "until its gate opens"
    sentence = f"{name} is the identity{'' if added.transparent else f' {until}'}."
    return OperatorResult("augment", graph, after, Claim("exact", sentence), (name,))


def _is_identity(module: Module) -> bool:
    if isinstance(module, SymbolMap):
        return bool(torch.equal(module.weight, torch.eye(len(module.weight), device=module.weight.device)))
    if isinstance(module, Affine):
        return bool((module.scale == 1).all() and (module.shift == 0).all())
    return module.transparent
