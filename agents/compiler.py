"""Compilation of a graph into a torch module whose forward method is straight-line code, without an interpreter."""

import copy
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from ..protocols.common.errors import invalid
from .graph import INPUT, OUTPUT, Graph
from .shared import deduplicate_state_dict

Memory: TypeAlias = tuple[Tensor, ...] | None
"""The values on the delayed wires, in the order of the graph's wires; None before the first step."""


class Forward:
    """The forward function of a graph, compiled from Python source code, and pickled as that source code."""

    def __init__(self, source: str) -> None:
        self.source = source
        names: dict[str, Any] = {"float32": torch.float32, "int64": torch.int64}
        exec(compile(source, "<compiled graph>", "exec"), names)
        self._forward = names["forward"]

    def __call__(self, module: nn.Module, *inputs: Any) -> tuple[dict[str, Tensor], tuple[Tensor, ...]]:
        result: tuple[dict[str, Tensor], tuple[Tensor, ...]] = self._forward(module, *inputs)
        return result

    def __reduce__(self) -> tuple[type["Forward"], tuple[str]]:
        return Forward, (self.source,)


class Agent(nn.Module):
    """A compiled graph. Its submodules are those of the graph, so that state-dict keys begin with module names.

    It is called as ``agent(*inputs, memory) -> (outputs, memory)``. The inputs ``[rows, ...]`` are in the order of
    ``graph.inputs``, the outputs are a dict by name, and the memory is None at the first step. A tensor that several
    modules share appears once in the state dict, under its first name.

    Args:
        graph: The structure.

    Attributes:
        graph: The structure.
        source: The Python code of ``forward``.

    Raises:
        ValueError: If the graph has no input.
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph = graph
        for name, module in graph.modules.items():
            self.add_module(name, module)
        self._forward = Forward(source(graph))
        self.source = self._forward.source
        deduplicate_state_dict(self)

    def forward(self, *inputs: Any) -> tuple[dict[str, Tensor], tuple[Tensor, ...]]:
        """Compute one step for all rows. The last argument is the memory."""
        return self._forward(self, *inputs)

    def clone(self) -> "Agent":
        """A copy with separate parameters. Modules that are shared within the agent are shared within the copy."""
        return copy.deepcopy(self)


def source(graph: Graph) -> str:
    """The straight-line forward function of a graph, as Python source code."""
    if not graph.inputs:
        raise invalid("An agent must have an input, which gives the number of rows", [], "Add an input to the graph.")
    old = {wire: f"old_{i}" for i, wire in enumerate(graph.delayed_wires())}
    count = len(graph.delayed_wires())
    names = [f"{INPUT}_{name}" for name in graph.inputs]
    targets = graph.targets()

    def value(end: str) -> str:
        """The expression that a port reads: the sum of its wires, or zeros."""
        port, wires = targets[end], graph.into(end)
        dtype = "int64" if port.dtype == "int" else "float32"
        zeros = f"{names[0]}.new_zeros({names[0]}.shape[0], *{port.shape}, dtype={dtype})"
        if port.optional and (not wires or (len(wires) == 1 and wires[0].delay)):
            zeros = "None"
        terms = []
        for wire in wires:
            first = f"({zeros} if {old[wire]} is None else {old[wire]})" if wire.delay and zeros != "None" else ""
            terms.append(first or old.get(wire) or _name(wire.source))
        return " + ".join(terms) or zeros

    lines = [f"def forward(self, {', '.join([*names, 'memory'])}):"]
    if count:
        lines.append(f"    {', '.join(f'old_{i}' for i in range(count))}, = memory or ({'None, ' * count})")
    for module in graph.order():
        values = [value(f"{module}.{port}") for port in graph.modules[module].inputs]
        results = [_name(f"{module}.{port}") for port in graph.modules[module].outputs]
        lines.append(f"    {', '.join(results)} = self.{module}({', '.join(values)})")
    outputs = [f"{name!r}: {value(f'{OUTPUT}.{name}')}" for name in graph.outputs]
    memory = "".join(f"{_name(wire.source)}, " for wire in graph.delayed_wires())
    lines.append(f"    return {{{', '.join(outputs)}}}, ({memory})")
    return "\n".join(lines) + "\n"


def _name(end: str) -> str:
    """A variable name for an end, which is unique because module names contain no double underscores."""
    module, _, port = end.partition(".")
    return f"{module}_{port}" if module == INPUT else f"{module}__{port}"
