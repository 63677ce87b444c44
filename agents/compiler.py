"""Turning a graph, once, into a plain torch module with a straight-line forward: nothing is interpreted in it."""

from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from .graph import INPUT, OUTPUT, Graph

Memory: TypeAlias = tuple[Tensor, ...] | None
"""The values on the delayed wires, in the graph's order; None before the first step."""


class Agent(nn.Module):
    """A compiled graph. Its sub-modules are the graph's, under the same names, so state-dict keys are module names.

    ``agent(*inputs, memory) -> (outputs, memory)``: inputs in the order of ``graph.inputs``, each ``[rows, ...]``;
    outputs a dict by name.

    Attributes:
        graph: the structure.
        source: the Python code of ``forward``.
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph = graph
        for name, module in graph.modules.items():
            self.add_module(name, module)
        self.source = source(graph)
        self._forward = _compiled(self.source)

    def forward(self, *inputs: Any) -> tuple[dict[str, Tensor], tuple[Tensor, ...]]:
        """One step of all rows; the last argument is the memory."""
        result: tuple[dict[str, Tensor], tuple[Tensor, ...]] = self._forward(self, *inputs)
        return result

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()  # type: ignore[no-untyped-call]
        return {name: value for name, value in state.items() if name != "_forward"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)  # type: ignore[no-untyped-call]
        self._forward = _compiled(self.source)

    def clone(self) -> "Agent":
        """A copy with parameters of its own."""
        copy = Agent(Graph.from_json(self.graph.to_json()))
        copy.load_state_dict(self.state_dict())
        return copy


def _compiled(source: str) -> Callable[..., Any]:
    names: dict[str, Any] = {"float32": torch.float32}
    exec(compile(source, "<compiled graph>", "exec"), names)
    forward: Callable[..., Any] = names["forward"]
    return forward


def source(graph: Graph) -> str:
    """The straight-line forward of a graph, as Python code."""
    delayed = [wire.target for wire in graph.delayed()]
    names = [f"{INPUT}_{name}" for name in graph.inputs]
    lines = [f"def forward(self, {', '.join([*names, 'memory'])}):"]
    old = [f"old_{i}" for i in range(len(delayed))]
    if old:
        lines.append(f"    {', '.join(old)}, = memory or ({'None, ' * len(old)})")
    for module in graph.order():
        ends = [f"{module}.{port}" for port in graph.modules[module].inputs]
        values = [_value(graph, end, names[0]) for end in ends]
        results = [_name(f"{module}.{port}") for port in graph.modules[module].outputs]
        lines.append(f"    {', '.join(results)} = self.{module}({', '.join(values)})")
    outputs = [f"{name!r}: {_value(graph, f'{OUTPUT}.{name}', names[0])}" for name in graph.outputs]
    memory = "".join(f"{_name(wire.source)}, " for wire in graph.delayed())
    lines.append(f"    return {{{', '.join(outputs)}}}, ({memory})")
    return "\n".join(lines) + "\n"


def _name(end: str) -> str:
    return end.replace(".", "_")


def _value(graph: Graph, end: str, rows: str) -> str:
    """The expression a port reads: the sum of its wires, or zeros."""
    port = graph.targets()[end]
    wires = graph.into(end)
    delayed = graph.delayed()
    zeros = f"{rows}.new_zeros({rows}.shape[0], *{port.shape}, dtype=float32)"
    if port.optional and (not wires or (len(wires) == 1 and wires[0].delay)):
        zeros = "None"
    terms = []
    for wire in wires:
        old = f"old_{delayed.index(wire)}" if wire.delay else ""
        first = f"({zeros} if {old} is None else {old})" if zeros != "None" else old
        terms.append(first if wire.delay else _name(wire.source))
    return " + ".join(terms) or zeros
