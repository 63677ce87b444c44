"""An agent's structure: named modules, and wires between their ports."""

from dataclasses import dataclass, field, replace
from typing import Any

from ..protocols.errors import bad, unknown
from .modules import Module, Port, build

INPUT, OUTPUT = "input", "output"


@dataclass(frozen=True)
class Wire:
    """Joins an output port to an input port, each written ``module.port``.

    The graph's own ports are ``input.NAME`` and ``output.NAME``. With ``delay`` 1 the wire carries the value of the
    step before, zeros at the first: that value is the agent's recurrent state.
    """

    source: str
    target: str
    delay: int = 0


@dataclass(frozen=True)
class Graph:
    """Named modules on wires. Editing makes a new graph over the same modules, so over the same parameters.

    Attributes:
        inputs: the agent's inputs by name, in the order in which the compiled agent takes them.
        outputs: the agent's outputs by name.
        modules: by name.
        wires: all of them. Wires into one float port are summed; an unwired float port reads zeros.

    Raises:
        ValueError: if a wire names a port that does not exist, joins ports that do not fit, an integer port has not
            exactly one wire, or a cycle has no delay.
    """

    inputs: dict[str, Port]
    outputs: dict[str, Port]
    modules: dict[str, Module]
    wires: tuple[Wire, ...] = field(default=())

    def __post_init__(self) -> None:
        for name in self.modules:
            if not name.isidentifier() or name in (INPUT, OUTPUT) or name.startswith("_"):
                raise bad("A module's name is a plain identifier, not input or output", name, "Rename it.")
        for wire in self.wires:
            self._check_wire(wire)
        for end, port in self.targets().items():
            wires = self.into(end)
            if port.dtype == "int" and len(wires) != 1:
                remedy = "Wire one source to it."
                raise bad(f"The integer port {end} takes exactly one wire", [w.source for w in wires], remedy)
        self.order()

    def sources(self) -> dict[str, Port]:
        """Every end a wire can start from."""
        ends = {f"{INPUT}.{name}": port for name, port in self.inputs.items()}
        return ends | {f"{m}.{p}": port for m, module in self.modules.items() for p, port in module.outputs.items()}

    def targets(self) -> dict[str, Port]:
        """Every end a wire can lead to."""
        ends = {f"{m}.{p}": port for m, module in self.modules.items() for p, port in module.inputs.items()}
        return ends | {f"{OUTPUT}.{name}": port for name, port in self.outputs.items()}

    def into(self, target: str) -> list[Wire]:
        """The wires that lead to one end."""
        return [wire for wire in self.wires if wire.target == target]

    def delayed(self) -> list[Wire]:
        """The wires with a delay: the recurrent state, in order."""
        return [wire for wire in self.wires if wire.delay]

    def order(self) -> list[str]:
        """Module names, each after all it depends on within a step.

        Raises:
            ValueError: if modules depend on each other in a circle without a delay.
        """
        needs = {
            name: {
                w.source.split(".")[0]
                for w in self.wires
                if not w.delay and w.target.split(".")[0] == name and not w.source.startswith(f"{INPUT}.")
            }
            for name in self.modules
        }
        ordered: list[str] = []
        while len(ordered) < len(needs):
            ready = [name for name in needs if name not in ordered and needs[name] <= set(ordered)]
            if not ready:
                circle = sorted(set(needs) - set(ordered))
                raise bad("A cycle needs a wire with delay 1", circle, "Give one wire of the cycle delay=1.")
            ordered += ready
        return ordered

    def with_wires(self, *wires: Wire) -> "Graph":
        """The same modules with more wires."""
        return replace(self, wires=(*self.wires, *wires))

    def to_json(self) -> dict[str, Any]:
        """Structure without weights, by registered names and arguments."""
        return {
            "inputs": {name: [list(port.shape), port.dtype] for name, port in self.inputs.items()},
            "outputs": {name: [list(port.shape), port.dtype] for name, port in self.outputs.items()},
            "modules": {name: [module.kind, module.arguments] for name, module in self.modules.items()},
            "wires": [[wire.source, wire.target, wire.delay] for wire in self.wires],
        }

    @staticmethod
    def from_json(structure: dict[str, Any]) -> "Graph":
        """The graph of ``to_json``, with fresh parameters.

        Raises:
            ValueError: if it names a kind of module that is not registered, or is no graph.
        """
        try:
            return Graph(
                inputs={name: Port(tuple(shape), dtype) for name, (shape, dtype) in structure["inputs"].items()},
                outputs={name: Port(tuple(shape), dtype) for name, (shape, dtype) in structure["outputs"].items()},
                modules={name: build(kind, arguments) for name, (kind, arguments) in structure["modules"].items()},
                wires=tuple(Wire(*wire) for wire in structure["wires"]),
            )
        except (KeyError, TypeError) as error:
            raise bad("A graph has inputs, outputs, modules and wires", str(error), "Save it with to_json.") from error

    def _check_wire(self, wire: Wire) -> None:
        sources, targets = self.sources(), self.targets()
        if wire.source not in sources:
            raise unknown("end to start a wire from", wire.source, sources)
        if wire.target not in targets:
            raise unknown("end to lead a wire to", wire.target, targets)
        if not sources[wire.source].fits(targets[wire.target]):
            ends = f"{wire.source} {sources[wire.source]}, {wire.target} {targets[wire.target]}"
            raise bad("A wire joins ports of one shape and dtype", ends, "Put a module between that fits both.")
        if wire.delay not in (0, 1):
            raise bad("A wire's delay is 0 or 1", wire.delay, "Chain modules for a longer one.")
