"""Differences between two graphs: modules, wires and parameters."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ..graph import Graph, Wire
from ..modules import Module
from ..operators.parts import ports_of


@dataclass(frozen=True)
class Difference:
    """The differences between two graphs. Its truth value is False if they differ at most in the order of wires.

    Attributes:
        added: Names of modules that only the second graph has.
        removed: Names of modules that only the first graph has.
        changed: Names that refer to different module objects in the two graphs.
        shared: Names that refer to the same module object in both graphs.
        wires_added: Wires that only the second graph has. Wires that occur twice are counted twice.
        wires_removed: Wires that only the first graph has.
        ports: Inputs and outputs of the agent that differ, written ``input.NAME``.
        parameters_added: Number of scalar parameters that only the second graph has.
        parameters_removed: Number of parameters that only the first graph has.
        parameters_shared: Number of parameters in tensors that both graphs have.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    shared: tuple[str, ...]
    wires_added: tuple[Wire, ...]
    wires_removed: tuple[Wire, ...]
    ports: tuple[str, ...]
    parameters_added: int
    parameters_removed: int
    parameters_shared: int

    def __bool__(self) -> bool:
        return any((self.added, self.removed, self.changed, self.wires_added, self.wires_removed, self.ports))

    def __str__(self) -> str:
        parts = [
            ("modules added", self.added),
            ("modules removed", self.removed),
            ("modules changed", self.changed),
            ("wires added", self.wires_added),
            ("wires removed", self.wires_removed),
            ("ports changed", self.ports),
        ]
        lines = [f"{what}: {', '.join(map(str, things))}" for what, things in parts if things]
        counts = f"{self.parameters_shared} shared, {self.parameters_added} added, {self.parameters_removed} removed"
        return "\n".join([*lines, f"parameters: {counts}"])


def describe(before: Graph, after: Graph) -> Difference:
    """Compare two graphs, by names and by module objects."""
    old, new = before.modules, after.modules
    both = [name for name in new if name in old]
    wires, wires_before = Counter(after.wires), Counter(before.wires)
    ports = [
        f"{side}.{name}"
        for side, one, other in (("input", before.inputs, after.inputs), ("output", before.outputs, after.outputs))
        for first, second in [(dict(ports_of(one)), dict(ports_of(other)))]
        for name in dict.fromkeys([*first, *second])
        if list(first) != list(second) or first[name] != second[name]
    ]
    sizes, sizes_before = _sizes(new.values()), _sizes(old.values())
    return Difference(
        added=tuple(name for name in new if name not in old),
        removed=tuple(name for name in old if name not in new),
        changed=tuple(name for name in both if new[name] is not old[name]),
        shared=tuple(name for name in both if new[name] is old[name]),
        wires_added=tuple((wires - wires_before).elements()),
        wires_removed=tuple((wires_before - wires).elements()),
        ports=tuple(ports),
        parameters_added=sum(size for key, size in sizes.items() if key not in sizes_before),
        parameters_removed=sum(size for key, size in sizes_before.items() if key not in sizes),
        parameters_shared=sum(size for key, size in sizes.items() if key in sizes_before),
    )


def _sizes(modules: Iterable[Module]) -> dict[int, int]:
    return {id(p): p.numel() for module in modules for p in module.parameters()}
