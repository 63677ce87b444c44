"""Functions that operators on graphs share: checks, unused names, renamed wires, equal modules, and paths."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch

from ...protocols.common.errors import invalid, unknown
from ..compiler import Agent
from ..graph import INPUT, OUTPUT, Graph, Wire
from ..modules import Module, Port
from ..modules.structure import modules_to_json
from ..subgraph import Subgraph
from .base import type_of


def check_modules(graph: Graph, *names: str) -> None:
    """Check that modules exist.

    Raises:
        ValueError: If no module has one of the names.
    """
    for name in names:
        if not isinstance(name, str) or name not in graph.modules:
            raise unknown("module", name, graph.modules)


def check_unused(taken: Iterable[str], *names: str) -> None:
    """Check that names are not taken and differ from each other.

    Raises:
        ValueError: If a name is taken, or is not a string.
    """
    names_taken = list(taken)
    for name in names:
        if not isinstance(name, str):
            raise invalid("A module's name must be a string", name, "Pass the name in quotes.")
        if name in names_taken:
            remedy = f"Choose a name other than {', '.join(names_taken)}."
            raise invalid("The name of a new module must be unused", name, remedy)
        names_taken.append(name)


def unused_name(graph: Graph, stem: str) -> str:
    """A name that begins with ``stem`` and that no module has."""
    return next(name for i in range(len(graph.modules) + 1) if (name := f"{stem}_{i}") not in graph.modules)


def as_module(module: Module | Agent) -> Module:
    """The module itself, or a module that wraps the agent.

    Raises:
        ValueError: If it is neither a module nor an agent.
    """
    if isinstance(module, Agent):
        return Subgraph(module.graph)
    if isinstance(module, Module):
        return module
    remedy = "Pass a module with ports, such as Linear(4, (4,))."
    if isinstance(module, type):
        remedy = f"Pass an instance: {module.__name__}(...)."
    elif isinstance(module, Graph):
        remedy = "Pass Agent(graph) or Subgraph(graph)."
    raise invalid("Only a Module or an Agent can be put into a graph", type_of(module), remedy)


def check_wires(*wires: Wire) -> None:
    """Check that all arguments are wires.

    Raises:
        ValueError: If one of them is anything else, such as a string.
    """
    for wire in wires:
        if not isinstance(wire, Wire):
            raise invalid("Ports must be joined by a Wire", wire, 'Pass Wire("a.out", "b.x").')


def check_list(what: str, values: object) -> None:
    """Check that a value is an iterable but not a string.

    Raises:
        ValueError: If it is not.
    """
    scalar = isinstance(values, np.ndarray | torch.Tensor) and not values.ndim
    if isinstance(values, str) or not isinstance(values, Iterable) or scalar:
        raise invalid(f"{what} must be a list", values, "Pass [...], even for a single item.")


def check_distinct(names: Sequence[str]) -> None:
    """Check that there is at least one name, and that no name occurs twice.

    Raises:
        ValueError: If there is no name, or a name occurs twice.
    """
    if not names or len(set(names)) < len(names):
        raise invalid("lift needs different modules", list(names), "Pass the name of each copy once.")


def part_names(name: str, into: object) -> tuple[str, str]:
    """The names of the two parts of a split.

    Raises:
        ValueError: If ``into`` is neither None nor two different strings.
    """
    if into is None:
        return f"{name}_0", f"{name}_1"
    pair = tuple(into) if isinstance(into, tuple | list) else ()
    if len(pair) != 2 or not all(isinstance(part, str) for part in pair) or pair[0] == pair[1]:
        raise invalid("The parts of a split must have two different names", into, 'Pass into=("low", "high").')
    return pair


def check_split_point(name: str, at: object, count: int, what: str) -> None:
    """Check that a module with ``count`` parts can be split after the first ``at`` parts.

    Raises:
        ValueError: If it cannot be split there.
    """
    whole = isinstance(at, int | np.integer) and not isinstance(at, bool)
    if not whole or not 0 < at < count:  # type: ignore[operator]
        remedy = f"Choose 1 to {count - 1}." if count > 1 else f"Choose a module with two {what} or more."
        rule = f"Both parts of {name} must have a whole number of its {count} {what}, at least one"
        raise invalid(rule, at, remedy)


def check_same_ports(name: str, old: Module, new: Module, other: str = "") -> None:
    """Check that one module has all ports of another.

    Args:
        name: Name of the module to be replaced.
        old: The module to be replaced.
        new: The other module.
        other: Name of the other module, if it has one.

    Raises:
        ValueError: If a port is missing, or has another shape, dtype or count.
    """
    for wanted, offered in ((old.inputs, new.inputs), (old.outputs, new.outputs)):
        for port in wanted:
            if port not in offered or not wanted[port].fits(offered[port]):
                received = f"{name}.{port} {wanted[port]}, {other or new.kind}.{port} {offered.get(port, 'missing')}"
                remedy = "Pass a module with these ports, or put it in series with a module that adapts its ports."
                raise invalid("The replacement of a module must have its ports", received, remedy)


def has_ports_of(new: Module, old: Module) -> bool:
    """Whether one module has all ports of another, with the same counts."""
    pairs = ((dict(ports_of(a)), dict(ports_of(b))) for a, b in ((old.inputs, new.inputs), (old.outputs, new.outputs)))
    return all(offered.get(name) == port for wanted, offered in pairs for name, port in wanted.items())


def equal_modules(a: Module, b: Module) -> bool:
    """Whether two modules are copies: they have the same structure, and equal parameters and buffers."""
    if a is b:
        return True
    if modules_to_json({"m": a}) != modules_to_json({"m": b}):
        return False
    one, two = a.state_dict(), b.state_dict()
    return one.keys() == two.keys() and all(
        tensor.device == two[name].device and torch.equal(tensor, two[name]) for name, tensor in one.items()
    )


def rename_in_wire(wire: Wire, names: Mapping[str, str]) -> Wire:
    """Rename modules in a wire."""
    return replace(wire, source=rename_end(wire.source, names), target=rename_end(wire.target, names))


def rename_end(end: str, names: Mapping[str, str]) -> str:
    """Rename modules in one end of a wire."""
    module, _, port = end.partition(".")
    return f"{names.get(module, module)}.{port}"


def replace_module(modules: Mapping[str, Module], name: str, *others: tuple[str, Module]) -> dict[str, Module]:
    """Replace a module with others, in its position."""
    return dict(pair for old in modules.items() for pair in (others if old[0] == name else (old,)))


def readers(graph: Graph, *names: str) -> tuple[str, ...]:
    """The modules that read outputs of these modules, each once, except these modules themselves."""
    found = [w.receiver for w in graph.wires if w.sender in names and w.receiver not in (*names, OUTPUT)]
    return tuple(dict.fromkeys(found))


def ports_of(ports: Mapping[str, Port]) -> list[tuple[str, Port]]:
    """Ports in the order in which an agent takes them, for a comparison that ignores ``optional``."""
    return [(name, replace(port, optional=False)) for name, port in ports.items()]


def reached_outputs(wires: Iterable[Wire]) -> set[str]:
    """The outputs, written ``output.NAME``, that have a path from an input, within a step or over several steps."""
    onward: dict[str, list[Wire]] = {}
    for wire in wires:
        onward.setdefault(wire.sender, []).append(wire)
    ends, seen, ahead = set(), {INPUT}, [INPUT]
    while ahead:
        for wire in onward.get(ahead.pop(), []):
            if wire.receiver == OUTPUT:
                ends.add(wire.target)
            elif wire.receiver not in seen:
                seen.add(wire.receiver)
                ahead.append(wire.receiver)
    return ends
