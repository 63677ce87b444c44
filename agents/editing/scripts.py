"""Scripts: sequences of operators, as data, that lead from any graph to any other. Every step gives a legal graph."""

import inspect
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from ...protocols.common.errors import invalid, unknown
from ..graph import INPUT, OUTPUT, Graph, Wire
from ..modules import Gate, Module
from ..operators.base import OPERATORS, type_of
from ..operators.parts import check_list, has_ports_of, ports_of, reached_outputs, rename_in_wire, unused_name
from .differences import describe


@dataclass(frozen=True)
class Step:
    """An operator and its arguments, without the structure.

    Attributes:
        operator: Name of the operator.
        arguments: Its arguments by name.
    """

    operator: str
    arguments: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.operator}({', '.join(f'{name}={_to_text(value)}' for name, value in self.arguments.items())})"


def apply(graph: Graph, steps: Iterable[Step]) -> Graph:
    """Apply steps to a graph, one after another.

    Raises:
        ValueError: If an operator is unknown, does not take the arguments, or rejects the request.
    """
    check_list("The steps of a script", steps)
    for step in steps:
        if not isinstance(step, Step):
            remedy = 'Pass steps such as Step("split", {"name": "recall"}).'
            raise invalid("A script must consist of steps", step if isinstance(step, str) else type_of(step), remedy)
        if step.operator not in OPERATORS:
            raise unknown("operator", step.operator, OPERATORS)
        _check_arguments(graph, step)
        graph = OPERATORS[step.operator](graph, **step.arguments).after
    return graph


def _check_arguments(graph: Graph, step: Step) -> None:
    signature = inspect.signature(OPERATORS[step.operator].function_for(graph))
    _, *names = signature.parameters
    rule, remedy = f"The arguments of a step must be those of {step.operator}", f"Pass them by name: {', '.join(names)}"
    if not isinstance(step.arguments, Mapping):
        raise invalid(rule, step.arguments, f"{remedy}.")
    try:
        signature.bind(graph, **step.arguments)
    except TypeError as error:
        raise invalid(rule, list(step.arguments), f"{remedy} ({error}).") from error


def script(a: Graph, b: Graph) -> tuple[Step, ...]:
    """Find steps from ``a`` to ``b``: to the same modules under the same names, and the same wires up to their order.

    If inputs, outputs or integer wires differ, the first step is a ``port``, because no other operator gives an integer
    port another wire. New modules and wires are added before old ones are removed, so that no output is ever
    disconnected. A wire is added by adding a ``Gate``, which is then bypassed. A wire that would close a cycle with old
    wires has a delay until these are removed.

    Args:
        a: The graph to start from.
        b: The graph to reach.

    Raises:
        ValueError: If ``a`` or ``b`` is not a graph.
    """
    for one in (a, b):
        if not isinstance(one, Graph):
            remedy = "Pass the .graph of an agent. For a team, pass one agent at a time."
            raise invalid("A script must lead from one graph to another", type_of(one), remedy)
    plan = _Plan(a)
    if not describe(a, b):
        return ()
    goal, new_names = _rename_conflicts(a, b)
    if not _same_context(a, goal):
        plan.append("port", **_context(a, b))
        goal, new_names = _rename_conflicts(plan.graph, b)
    plan.reach(goal)
    for name, instead in new_names.items():
        plan.append("lift", names=(instead,), into=name)
    return tuple(plan.steps)


class _Plan:
    """The steps so far, and the graph that they lead to."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.steps: list[Step] = []

    def append(self, operator: str, **arguments: Any) -> None:
        step = Step(operator, arguments)
        self.graph = apply(self.graph, [step])
        self.steps.append(step)

    def reach(self, goal: Graph) -> None:
        """Append all steps after the port."""
        cut_off = _unreachable_outputs(goal)
        for wire in self.graph.wires:
            if wire.target in cut_off:
                self.append("exclude", what=wire)
        for name in goal.order():
            if name not in self.graph.modules:
                there = {INPUT, *self.graph.modules, name}
                heard = [w for w in goal.wires if w.receiver == name and w.sender in there]
                self.append("augment", name=name, module=goal.modules[name], wires=tuple(heard))
            elif self.graph.modules[name] is not goal.modules[name]:
                self.append("substitute", name=name, module=goal.modules[name])
        waiting = [wire for wire in self._missing_wires(goal) if wire.target not in cut_off and not self.connect(wire)]
        for wire in waiting:
            self.connect(replace(wire, delay=1))
        for name in reversed(self.graph.order()):
            if name not in goal.modules:
                self.append("exclude", what=name, bypass=False)
        detours = [replace(wire, delay=1) for wire in waiting]
        for wire in ((Counter(self.graph.wires) - Counter(goal.wires)) - Counter(detours)).elements():
            self.append("exclude", what=wire)
        for wire in self._missing_wires(goal):
            self.connect(wire)
        for wire in (Counter(self.graph.wires) - Counter(goal.wires)).elements():
            self.append("exclude", what=wire)

    def connect(self, wire: Wire) -> bool:
        """Add a wire unless it would close a cycle without delay, and return whether it was added."""
        if not wire.delay and self._has_path(wire.receiver, wire.sender):
            return False
        gate = unused_name(self.graph, "gate")
        pair = Wire(wire.source, f"{gate}.x"), Wire(f"{gate}.out", wire.target, wire.delay)
        self.append("augment", name=gate, module=Gate(self.graph.sources()[wire.source].shape), wires=pair)
        self.append("exclude", what=gate, bypass=True)
        return True

    def _missing_wires(self, goal: Graph) -> list[Wire]:
        return list((Counter(goal.wires) - Counter(self.graph.wires)).elements())

    def _has_path(self, start: str, end: str) -> bool:
        """Whether there is a path from one module to another without a delay."""
        onward: dict[str, set[str]] = {}
        for wire in self.graph.wires:
            if not wire.delay:
                onward.setdefault(wire.sender, set()).add(wire.receiver)
        seen, ahead = {start}, [start]
        while ahead:
            found = onward.get(ahead.pop(), set()) - seen
            seen |= found
            ahead += found
        return end in seen


def _rename_conflicts(a: Graph, b: Graph) -> tuple[Graph, dict[str, str]]:
    """``b`` with new names for modules that cannot replace those of ``a``, and the new names by old names."""
    new_names = {
        name: next(other for i in count() if (other := f"{name}_{i}") not in a.modules.keys() | b.modules.keys())
        for name, module in b.modules.items()
        if name in a.modules and not has_ports_of(module, a.modules[name])
    }
    modules = {new_names.get(name, name): module for name, module in b.modules.items()}
    return replace(b, modules=modules, wires=tuple(rename_in_wire(wire, new_names) for wire in b.wires)), new_names


def _same_context(a: Graph, b: Graph) -> bool:
    """Whether no ``port`` step is needed: no integer wire changes, and no output is disconnected."""
    if ports_of(a.inputs) != ports_of(b.inputs) or ports_of(a.outputs) != ports_of(b.outputs):
        return False
    both = {*(name for name in a.modules if name in b.modules), OUTPUT}
    wires = [_integer_wires(graph) for graph in (a, b)]
    before, after = (Counter(w for w in own if w.receiver in both) for own in wires)
    delayed = any(w.delay and w.receiver not in both for own in wires for w in own)
    return before == after and not delayed and reached_outputs(a.wires) <= reached_outputs(b.wires)


def _integer_wires(graph: Graph) -> list[Wire]:
    targets = graph.targets()
    return [wire for wire in graph.wires if targets[wire.target].dtype == "int"]


def _unreachable_outputs(graph: Graph) -> set[str]:
    """The float outputs without a path from any input."""
    floats = {f"{OUTPUT}.{name}" for name, port in graph.outputs.items() if port.dtype == "float"}
    return floats - reached_outputs(graph.wires)


def _context(a: Graph, b: Graph) -> dict[str, Any]:
    """Arguments that port the modules of ``a`` that stay into the context of ``b``.

    The context consists of the inputs, the outputs and the modules that handle integers. Float wires between body and
    borders are added later, because they might close a cycle with the wires inside the body.
    """
    borders = {name: module for name, module in b.modules.items() if _handles_integers(module)}
    stay = {n for n, m in b.modules.items() if n in a.modules and n not in borders and has_ports_of(m, a.modules[n])}
    stay -= {name for name in stay if _handles_integers(a.modules[name])}
    there, cut_off, integers = {INPUT, OUTPUT, *stay, *borders}, _unreachable_outputs(b), _integer_wires(b)
    wires = [
        wire
        for wire in b.wires
        if wire in integers or wire.sender == INPUT or wire.receiver == OUTPUT
        if {wire.sender, wire.receiver} <= there and wire.target not in cut_off
    ]
    return {
        "body": tuple(name for name in a.modules if name in stay),
        "inputs": dict(b.inputs),
        "outputs": dict(b.outputs),
        "borders": borders,
        "wires": tuple(wires),
        "frozen": False,
    }


def _handles_integers(module: Module) -> bool:
    return any(port.dtype == "int" for port in (*module.inputs.values(), *module.outputs.values()))


def _to_text(value: Any) -> str:
    if isinstance(value, Module):
        return f"{value.kind}({', '.join(f'{k}={v!r}' for k, v in value.arguments.items())})"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name}: {_to_text(v)}' for name, v in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_to_text, value))}]"
    return f"'{value}'" if isinstance(value, str) else str(value)
