"""A graph as one module of another graph."""

import math
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ..protocols.common.errors import invalid
from .compiler import Forward, source
from .graph import Graph
from .modules import Module, Port, register_module
from .modules.base import Container

_DTYPES = {"float": torch.float32, "int": torch.int64}


@register_module
class Subgraph(Container):
    """A graph as a module. Its ports are the inputs and outputs, and ``memory``, the concatenated recurrent values.

    In the outer graph, a wire with delay 1 feeds ``memory`` back to ``memory``, as for the state of a GRU. Without this
    wire, the memory is reset at each step. Integers in the memory are stored as floats, which is exact up to 2 ** 24.

    Args:
        graph: The graph.

    Raises:
        ValueError: If the graph has no input, or is recurrent and has an input or output called ``memory``.
    """

    def __init__(self, graph: Graph) -> None:
        sources = graph.sources()
        self._recurrent = [sources[wire.source] for wire in graph.delayed_wires()]
        self._sizes = [math.prod(port.shape) for port in self._recurrent]
        inputs = {name: replace(port, optional=False) for name, port in graph.inputs.items()}
        outputs = dict(graph.outputs)
        if self._recurrent:
            if "memory" in inputs or "memory" in outputs:
                remedy = "Choose another name for it."
                raise invalid("A recurrent graph cannot have an input or output called memory", "memory", remedy)
            inputs["memory"] = Port((sum(self._sizes),), optional=True)
            outputs["memory"] = Port((sum(self._sizes),))
        super().__init__(inputs, outputs, graph.modules)
        self.arguments = graph.context_to_json()
        self.graph = graph
        self._forward = Forward(source(graph))

    @classmethod
    def assemble(cls, parts: dict[str, Module], arguments: dict[str, Any]) -> "Subgraph":
        return cls(Graph.from_context(parts, arguments))

    def forward(self, *inputs: Any) -> Tensor | tuple[Tensor, ...]:
        values, memory = inputs[: len(self.graph.inputs)], None
        if self._recurrent and inputs[-1] is not None:
            flat = zip(inputs[-1].split(self._sizes, -1), self._recurrent, strict=True)
            memory = tuple(x.reshape(len(x), *port.shape).to(_DTYPES[port.dtype]) for x, port in flat)
        outputs, memory = self._forward(self, *values, memory)
        results = [*outputs.values()]
        if self._recurrent:
            results.append(torch.cat([x.reshape(len(x), -1).float() for x in memory], -1))
        return results[0] if len(results) == 1 else tuple(results)
