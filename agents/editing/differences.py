"""What differs between two graphs: modules, wires, parameters."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ..graph import Graph, Wire
from ..modules import Module
from ..operators.parts import ports_of


@dataclass(frozen=True)
class Difference:
    """What was done to a graph, seen from the outside. It is false where nothing differs but the order of wires.

    Attributes:
        added: names of modules that are new.
        removed: names of modules that are gone.
        changed: names under which another module object is.
        shared: names under which the same module object is.
        wires_added: wires that are new; one that is there twice counts twice.
        wires_removed: wires that are gone.
        ports: inputs and outputs of the agent that differ, written ``input.NAME``.
        parameters_added: how many numbers are learned that were not there.
        parameters_removed: how many are gone.
        parameters_shared: how many are in both, as the same tensors.
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
    """What differs between two graphs, by names and by module objects."""
    old, new = before.modules, after.modules
    both = [name for name in new if name in old]
    wires, wires_before = Counter(after.wires), Counter(before.wires)
    ports = [
        f"{side}.{name}"
        for side, one, other in (("input", before.inputs, after.inputs), ("output", before.outputs, after.outputs))
        for theirs, ours in [(dict(ports_of(one)), dict(ports_of(other)))]
        for name in dict.fromkeys([*theirs, *ours])
        if list(theirs) != list(ours) or theirs[name] != ours[name]
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
