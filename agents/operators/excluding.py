"""Exclude: leave a smaller system that works (Baldwin & Clark 2000, chapter 10), or a lesion whose loss is measured."""

from dataclasses import replace
from typing import Literal, TypeAlias, get_args

import torch

from ...protocols.common.checks import check_bool, check_choice
from ...protocols.common.errors import invalid, unknown
from ..graph import OUTPUT, Graph, Wire
from ..modules import Gate, Module, Residual, StopGradient, SyntheticGradient
from ..teams.team import Team
from .base import Claim, OperatorResult, operator
from .parts import check_modules, reached_outputs, readers
from .team_parts import channel_seats, channels_of, cut_channels, seat

CreditAfter: TypeAlias = Literal["through", "blocked"]
"""The gradient on a wire from which a ``SyntheticGradient`` is excluded: the true gradient or none."""


@operator
def exclude(
    graph: Graph,
    what: str | Wire,
    bypass: bool | None = None,
    credit: CreditAfter = "through",
) -> OperatorResult[Graph]:
    """Remove a module, a wire or an output.

    A module is bypassed if types match: its readers receive what it received at the one input that has the shape, dtype
    and count of its output (at the first input, if it is transparent). Otherwise it is cut: its readers receive zeros
    instead. If a ``SyntheticGradient`` is removed, the true gradient passes the wire again. With ``credit="blocked"``,
    no gradient does.

    Args:
        graph: The graph.
        what: Name of a module, a wire, or an output of the agent, such as ``output.picture``.
        bypass: True requires a bypass, False cuts, and None bypasses if types match.
        credit: The gradient on a wire from which a ``SyntheticGradient`` is removed.

    Raises:
        ValueError: If there is no such module, wire or output, a required bypass is impossible, an integer port would
            lose its wire, an output would lose its last path from an input, or ``credit`` is "blocked" for anything
            other than a ``SyntheticGradient``.
    """
    _check_options(bypass, credit)
    if credit == "blocked":
        return _block(graph, what)
    if isinstance(what, Wire):
        return _exclude_wire(graph, what)
    if isinstance(what, str) and what.startswith(f"{OUTPUT}."):
        return _exclude_output(graph, what)
    check_modules(graph, what)
    module = graph.modules[what]
    around = None if bypass is False else _bypass_wires(graph, what)
    if bypass and around is None:
        remedy = "Use bypass=False to cut it, or substitute a module that fits."
        rule = f"A bypass of {what} needs a single input with the shape, dtype and count of its outputs"
        raise invalid(rule, _ports(module), remedy)
    rest = {name: m for name, m in graph.modules.items() if name != what}
    wires = _wires_without(graph, what, around or {})
    _check(graph, wires, what)
    if around:
        sentence = f"{what} is bypassed: its readers receive its input."
        alone = not any(wire.sender == wire.receiver == what for wire in graph.wires)
        exact = alone and (module.transparent or _is_closed(module, Residual))
    else:
        sentence = f"{what} is cut: its readers receive zeros instead."
        exact = _is_closed(module, Gate) or not any(w.sender == what != w.receiver for w in graph.wires)
    claim = Claim("exact" if exact else "measured", sentence)
    return OperatorResult("exclude", graph, replace(graph, modules=rest, wires=wires), claim, readers(graph, what))


@exclude.register(Team)
def exclude_agent(
    team: Team,
    what: str | Wire,
    bypass: bool | None = None,
    credit: CreditAfter = "through",
) -> OperatorResult[Team]:
    """Remove an agent or a channel.

    By default, an agent leaves its seat, the agents after it move up, and the rest play the game with one agent fewer.
    With ``bypass=False``, it is cut: it keeps its seat, and no message passes to or from it. Neither messages nor
    gradients pass a channel that is cut. All other channels keep their credit.

    Args:
        team: The team.
        what: Name of an agent, or a channel such as ``Wire("agent_0.emit", "agent_1.heard")``.
        bypass: False cuts the agent; True and None remove it from its seat.
        credit: Must be "through", because there is no predicted gradient between agents to block.

    Raises:
        ValueError: If there is no such agent, only one would be left, the wire is not an open channel between two
            agents, or ``credit`` is "blocked".
    """
    _check_options(bypass, credit)
    if credit == "blocked":
        remedy = f'Use inside(team, {team.names[0]!r}, exclude, name, credit="blocked") for a module of one agent.'
        raise invalid('credit="blocked" needs a SyntheticGradient inside an agent to remove', str(what), remedy)
    if isinstance(what, Wire):
        ends = channel_seats(team, what)
        claim = Claim("measured", f"{what.receiver} no longer receives the messages of {what.sender}.")
        return OperatorResult("exclude", team, cut_channels(team, ends), claim, (what.receiver,))
    place = seat(team, what)
    others = tuple(name for name in team.names if name != what)
    if bypass is False:
        claim = Claim("measured", f"{what} is cut: it keeps its seat, and no message passes to or from it.")
        after = cut_channels(team, *channels_of(place, len(team.agents)))
        return OperatorResult("exclude", team, after, claim, others)
    if len(others) < 2:
        remedy = "Use bypass=False to cut it, or substitute another agent for it."
        if len(team.agents) == 1:
            remedy = "Use team.spread(3) in a game of three agents, to give each seat a name."
        raise invalid("A team must keep at least two agents", f"{what} out of {', '.join(team.names)}", remedy)
    moved = {old: old - (old > place) for old in range(len(team.agents)) if old != place}
    still_cut = tuple((moved[a], moved[b]) for a, b in team.channel.cut if place not in (a, b))
    agents = [agent for other, agent in enumerate(team.agents) if other != place]
    after = Team(agents, replace(team.channel, cut=still_cut))
    claim = Claim("measured", f"{what} is removed, and the rest play the game of {len(agents)} agents.")
    return OperatorResult("exclude", team, after, claim, tuple(after.names))


def _check_options(bypass: object, credit: object) -> None:
    if bypass is not None:
        check_bool("bypass", bypass)
    check_choice("credit", credit, get_args(CreditAfter))


def _block(graph: Graph, what: str | Wire) -> OperatorResult[Graph]:
    if isinstance(what, str):
        check_modules(graph, what)
    module = graph.modules[what] if isinstance(what, str) else None
    if not isinstance(module, SyntheticGradient):
        remedy = "Choose such a module, or augment a wire with StopGradient()."
        raise invalid('credit="blocked" needs a SyntheticGradient to remove', str(what), remedy)
    wires = tuple(w for w in graph.wires if w.receiver != what or w.target == f"{what}.x")
    after = replace(graph, modules=graph.modules | {str(what): StopGradient(module.inputs["x"].shape)}, wires=wires)
    return OperatorResult(
        "exclude", graph, after, Claim("exact", f"{what} is the identity, and passes no gradient."), ()
    )


def _exclude_wire(graph: Graph, wire: Wire) -> OperatorResult[Graph]:
    if wire not in graph.wires:
        near = [str(w) for w in graph.wires if w.source == wire.source or w.target == wire.target]
        remedy = f"Choose a wire of the graph. Near it: {'; '.join(near) or 'none'}."
        raise invalid("Only a wire of the graph can be excluded", str(wire), remedy)
    place = graph.wires.index(wire)
    wires = (*graph.wires[:place], *graph.wires[place + 1 :])
    _check(graph, wires, str(wire))
    claim = Claim("measured", f"{wire.target} no longer receives {wire.source}.")
    touched = () if wire.receiver == OUTPUT else (wire.receiver,)
    return OperatorResult("exclude", graph, replace(graph, wires=wires), claim, touched)


def _exclude_output(graph: Graph, what: str) -> OperatorResult[Graph]:
    name = what.removeprefix(f"{OUTPUT}.")
    if name not in graph.outputs:
        raise unknown("output", name, graph.outputs)
    outputs = {other: port for other, port in graph.outputs.items() if other != name}
    after = replace(graph, outputs=outputs, wires=tuple(wire for wire in graph.wires if wire.target != what))
    return OperatorResult("exclude", graph, after, Claim("exact", f"All outputs other than {name} are the same."), ())


def _bypass_wires(graph: Graph, name: str) -> dict[str, list[Wire]] | None:
    """The wires that replace each output of a module in a bypass; None if types do not match."""
    module = graph.modules[name]
    around = {}
    for output, port in module.outputs.items():
        out = f"{name}.{output}"
        if not any(w.source == out and w.receiver != name for w in graph.wires):
            continue
        ins = [f"{name}.{x}" for x, candidate in module.inputs.items() if candidate.fits(port)]
        ins = ins[:1] if module.transparent else ins
        fitting = [wires for end in ins if (wires := [w for w in graph.into(end) if w.sender != name])]
        if len(fitting) != 1:
            return None
        around[out] = fitting[0]
        if any(w.delay and v.delay for w in fitting[0] for v in graph.wires if v.source == out and v.receiver != name):
            return None
    return around or None


def _wires_without(graph: Graph, name: str, around: dict[str, list[Wire]]) -> tuple[Wire, ...]:
    wires: list[Wire] = []
    for wire in graph.wires:
        if wire.receiver == name:
            continue
        if wire.sender != name:
            wires.append(wire)
        else:
            instead = around.get(wire.source, [])
            wires += [Wire(w.source, wire.target, max(w.delay, wire.delay)) for w in instead]
    return tuple(wires)


def _check(graph: Graph, wires: tuple[Wire, ...], what: str) -> None:
    """Check that no integer port outside loses its wire, and no output its last path from an input."""
    left = {wire.target for wire in wires}
    targets = graph.targets()
    for wire in graph.wires:
        if wire.target not in left and targets[wire.target].dtype == "int" and wire.receiver != what:
            remedy = f"Remove {wire.receiver} first, or add another wire to {wire.target}."
            if wire.receiver == OUTPUT:
                remedy = "Use port to move the rest into a context without that output."
            rule = f"An integer port must keep its wire, and {what} is the last to {wire.target}"
            raise invalid(rule, str(wire), remedy)
    for end in sorted(reached_outputs(graph.wires) - reached_outputs(wires)):
        ends = ", ".join(f"input.{name}" for name in graph.inputs)
        remedy = "Add another path first, or use port to move the rest into a context without that output."
        raise invalid(f"Every output needs a path from an input, and without {what} none leads to {end}", ends, remedy)


def _is_closed(module: Module, cls: type[Gate] | type[Residual]) -> bool:
    """Whether a module is a gate of this class whose weights are all zero."""
    if not isinstance(module, cls):
        return False
    gate = module.weight if isinstance(module, Gate) else module.gate
    return not bool(torch.any(gate))


def _ports(module: Module) -> str:
    ins = ", ".join(f"{name} {port}" for name, port in module.inputs.items())
    outs = ", ".join(f"{name} {port}" for name, port in module.outputs.items())
    return f"{ins} to {outs}"
