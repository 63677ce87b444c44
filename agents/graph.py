"""The structure of an agent: named modules and the wires between their ports."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from keyword import iskeyword
from typing import Annotated, Any, Literal, NotRequired, TypeAlias, TypedDict

from torch import nn

from ..protocols.common.errors import invalid, unknown
from ..protocols.common.limits import MAX_INTEGER
from ..protocols.common.schemas import Range, check_json
from .modules import Module, Port
from .modules.structure import check_all_savable, find_ties, modules_from_json, modules_to_json, tie

INPUT, OUTPUT = "input", "output"
_ATTRIBUTES = {"arguments", "assemble", "clone", "graph", "inputs", "kind", "outputs", "parts", "source", "training"}
TAKEN = {INPUT, OUTPUT} | _ATTRIBUTES | set(dir(nn.Module))
"""Names that a module in a graph cannot have, because graphs or torch modules use them for something else."""

SavedPort: TypeAlias = tuple[
    list[Annotated[int, Range(0, MAX_INTEGER)]], Literal["float", "int"], Annotated[int, Range(1, MAX_INTEGER)] | None
]
"""Shape, dtype and count of a port in JSON."""


class SavedContext(TypedDict):
    """A graph without its modules, in JSON."""

    inputs: dict[str, SavedPort]
    outputs: dict[str, SavedPort]
    wires: list[tuple[str, str, Literal[0, 1]]]


class SavedGraph(SavedContext):
    """A graph in JSON, without weights."""

    modules: dict[str, Any]
    tied: NotRequired[dict[str, str]]


@dataclass(frozen=True)
class Wire:
    """A connection from an output port to an input port, each written ``module.port``.

    The inputs and outputs of the graph are written ``input.NAME`` and ``output.NAME``. With ``delay`` 1, the wire is
    part of the agent's recurrent state: it carries the value of the previous step, and zeros at the first step.

    Attributes:
        source: The output port that the wire starts from.
        target: The input port that the wire leads to.
        delay: The delay in steps, 0 or 1.
    """

    source: str
    target: str
    delay: int = 0

    @property
    def sender(self) -> str:
        """The module that the wire starts from, or ``input``."""
        return self.source.split(".")[0]

    @property
    def receiver(self) -> str:
        """The module that the wire leads to, or ``output``."""
        return self.target.split(".")[0]

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}" + (" a step later" if self.delay else "")


@dataclass(frozen=True)
class Graph:
    """Named modules joined by wires. Edits return a new graph over the same modules, hence over the same parameters.

    Attributes:
        inputs: Inputs of the agent by name, in the order in which the compiled agent takes them.
        outputs: Outputs of the agent by name.
        modules: Modules by name.
        wires: All wires. Wires into the same float port are summed; a float port without wires reads zeros.

    Raises:
        ValueError: If a name is not allowed, a wire refers to a port that does not exist or joins ports that do not
            fit, an integer port does not have exactly one wire, or a cycle has no delay.
    """

    inputs: dict[str, Port]
    outputs: dict[str, Port]
    modules: dict[str, Module]
    wires: tuple[Wire, ...] = field(default=())

    def __post_init__(self) -> None:
        for name in self.modules:
            plain = name.isidentifier() and not iskeyword(name) and "__" not in f"_{name}_"
            if not plain or name in TAKEN:
                rule = (
                    "A module's name must be a plain identifier, unused by torch, without outer or double underscores"
                )
                raise invalid(rule, name, "Choose another name.")
        for name, port in (*self.inputs.items(), *self.outputs.items()):
            if not name.isidentifier() or not name.isascii():
                rule = "The name of an agent's input or output must be a plain identifier"
                raise invalid(rule, name, "Choose another name.")
            if not isinstance(port, Port):
                raise invalid(f"An agent's input or output {name} must be a Port", port, "Pass Port((4,)).")
        sources, targets = self.sources(), self.targets()
        for wire in self.wires:
            _check_wire(wire, sources, targets)
        for end, port in targets.items():
            wires = self.into(end)
            if port.dtype == "int" and len(wires) != 1:
                remedy = "Add a wire, or remove all wires but one."
                raise invalid(f"The integer port {end} must have exactly one wire", [w.source for w in wires], remedy)
        self.order()

    def sources(self) -> dict[str, Port]:
        """All ports that a wire can start from, by name."""
        ends = {f"{INPUT}.{name}": port for name, port in self.inputs.items()}
        return ends | {f"{m}.{p}": port for m, module in self.modules.items() for p, port in module.outputs.items()}

    def targets(self) -> dict[str, Port]:
        """All ports that a wire can lead to, by name."""
        ends = {f"{m}.{p}": port for m, module in self.modules.items() for p, port in module.inputs.items()}
        return ends | {f"{OUTPUT}.{name}": port for name, port in self.outputs.items()}

    def into(self, target: str) -> list[Wire]:
        """The wires that lead to this target."""
        return list(self._into.get(target, ()))

    def delayed_wires(self) -> list[Wire]:
        """The wires with a delay, in order. Their values are the recurrent state."""
        return [wire for wire in self.wires if wire.delay]

    def order(self) -> list[str]:
        """Names of modules in the order of computation: each after all modules that it depends on within a step.

        Raises:
            ValueError: If there is a cycle without delay.
        """
        needs: dict[str, set[str]] = {name: set() for name in self.modules}
        for wire in self.wires:
            if not wire.delay and wire.sender != INPUT and wire.receiver != OUTPUT:
                needs[wire.receiver].add(wire.sender)
        place = {name: i for i, name in enumerate(needs)}
        sorter, ordered = TopologicalSorter(needs), list[str]()
        try:
            sorter.prepare()
        except CycleError as error:
            cycle = sorted(set(error.args[1]))
            remedy = "Set delay=1 on one wire of the cycle."
            raise invalid("A cycle needs a wire with delay 1", cycle, remedy) from None
        while sorter.is_active():
            ready = sorted(sorter.get_ready(), key=place.__getitem__)
            sorter.done(*ready)
            ordered += ready
        return ordered

    def clone(self) -> "Graph":
        """A copy with separate parameters."""
        return copy.deepcopy(self)

    def with_wires(self, *wires: Wire) -> "Graph":
        """A copy of the graph with additional wires, over the same modules."""
        return replace(self, wires=(*self.wires, *wires))

    def to_json(self) -> dict[str, Any]:
        """The structure without weights: registered names of modules and their arguments.

        Raises:
            ValueError: If a module could not be rebuilt from them; see ``register_module``.
        """
        check_all_savable(self.modules)
        structure = self.context_to_json() | {"modules": modules_to_json(self.modules)}
        ties = find_ties(self.modules)
        return structure | {"tied": ties} if ties else structure

    def context_to_json(self) -> dict[str, Any]:
        """Inputs, outputs and wires, without modules."""
        return {
            "inputs": _ports_to_json(self.inputs),
            "outputs": _ports_to_json(self.outputs),
            "wires": [[wire.source, wire.target, wire.delay] for wire in self.wires],
        }

    @staticmethod
    def from_json(structure: dict[str, Any]) -> "Graph":
        """Build a graph from the output of ``to_json``, with fresh parameters.

        Raises:
            ValueError: If the class of a module is not registered, or the structure is not that of a graph.
        """
        check_json(structure, SavedGraph, "A saved graph", "Use to_json to save it.")
        modules = modules_from_json(structure["modules"])
        tie(modules, structure.get("tied", {}))
        return Graph.from_context(modules, structure)

    @staticmethod
    def from_context(modules: dict[str, Module], context: Mapping[str, Any]) -> "Graph":
        """The graph of these modules, with the inputs, outputs and wires from ``context_to_json``."""
        return Graph(
            inputs=_ports_from_json(context["inputs"]),
            outputs=_ports_from_json(context["outputs"]),
            modules=modules,
            wires=tuple(Wire(*wire) for wire in context["wires"]),
        )

    @cached_property
    def _into(self) -> dict[str, list[Wire]]:
        into: dict[str, list[Wire]] = {}
        for wire in self.wires:
            into.setdefault(wire.target, []).append(wire)
        return into


def _ports_to_json(ports: Mapping[str, Port]) -> dict[str, Any]:
    return {name: [list(port.shape), port.dtype, port.count] for name, port in ports.items()}


def _ports_from_json(ports: Mapping[str, Any]) -> dict[str, Port]:
    return {name: Port(tuple(shape), dtype, count=count) for name, (shape, dtype, count) in ports.items()}


def _check_wire(wire: Wire, sources: dict[str, Port], targets: dict[str, Port]) -> None:
    if wire.source not in sources:
        raise unknown("source of a wire", wire.source, sources)
    if wire.target not in targets:
        raise unknown("target of a wire", wire.target, targets)
    if not sources[wire.source].fits(targets[wire.target]):
        ends = f"{wire.source} {sources[wire.source]}, {wire.target} {targets[wire.target]}"
        remedy = "Add a module between them that fits both."
        raise invalid("A wire must join ports of the same shape, dtype and count", ends, remedy)
    if wire.delay not in (0, 1):
        remedy = "Use several wires with delay 1, joined by Identity modules, for a longer delay."
        raise invalid("A wire's delay must be 0 or 1", wire.delay, remedy)
