"""Modules made of modules: a series of parts, a residual part, a frozen part."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from ...protocols.common.errors import invalid
from ..shared import swap_tensors
from .base import Container, Module, Port
from .registry import register_module


@register_module
class Series(Container):
    """Modules in series. The first may have several inputs and the last several outputs. ``split`` separates them.

    A series within a series is replaced by its parts, so that splitting and joining restores the same structure.

    Args:
        parts: The modules in order.

    Raises:
        ValueError: If there are no parts, or neighbors do not fit each other.
    """

    def __init__(self, parts: Sequence[Module]) -> None:
        parts = [inner for part in parts for inner in (part.parts.values() if isinstance(part, Series) else [part])]
        if not parts:
            raise invalid("A series must have at least one part", [], "Pass one module or more.")
        for before, after in pairwise(parts):
            ends = list(before.outputs.values()), list(after.inputs.values())
            if len(ends[0]) != 1 or len(ends[1]) != 1 or not ends[0][0].fits(ends[1][0]):
                received = f"{before.kind} {_ports(before.outputs)}, {after.kind} {_ports(after.inputs)}"
                remedy = "Add a module between them that fits both, or use a graph."
                rule = "Neighbors in a series must be joined by a single port of equal shape, dtype and count"
                raise invalid(rule, received, remedy)
        super().__init__(parts[0].inputs, parts[-1].outputs, {str(i): part for i, part in enumerate(parts)})

    @classmethod
    def assemble(cls, parts: dict[str, Module], arguments: dict[str, Any]) -> "Series":
        return cls(list(parts.values()), **arguments)

    def forward(self, *inputs: Tensor | None) -> Tensor | tuple[Tensor, ...]:
        first, *others = self.parts.values()
        value: Tensor | tuple[Tensor, ...] = first(*inputs)
        for part in others:
            value = part(value)
        return value


@register_module
class Residual(Container):
    """``x + gate * part(x)``. The gate starts at zero, so that it is the identity (ReZero, Bachlechner et al. 2020).

    Args:
        part: A module with one float input and one output of the same shape.

    Raises:
        ValueError: If the part has other ports.
    """

    def __init__(self, part: Module) -> None:
        ends = [*part.inputs.values(), *part.outputs.values()]
        if (len(part.inputs), len(part.outputs)) != (1, 1) or not ends[0].fits(ends[1]) or ends[0].dtype != "float":
            received = f"{part.kind} {_ports(part.inputs)} to {_ports(part.outputs)}"
            remedy = "Add a module in series that restores the shape."
            rule = "A residual part must have one float input and one output of the same shape"
            raise invalid(rule, received, remedy)
        super().__init__({"x": Port(ends[0].shape)}, {"out": Port(ends[0].shape)}, {"part": part})
        self.gate = nn.Parameter(torch.zeros(ends[0].shape))

    @classmethod
    def assemble(cls, parts: dict[str, Module], arguments: dict[str, Any]) -> "Residual":
        return cls(**parts, **arguments)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.gate * self.parts["part"](x)
        return out


@register_module
class Frozen(Container):
    """A part in evaluation mode. Gradients pass through it, but its parameters receive none.

    Evaluation mode means that there is no dropout, and that running statistics are used.

    The part itself is not changed, so that it can still be trained in another graph.

    Args:
        part: The module.
    """

    def __init__(self, part: Module) -> None:
        super().__init__(part.inputs, part.outputs, {"part": part})

    @classmethod
    def assemble(cls, parts: dict[str, Module], arguments: dict[str, Any]) -> "Frozen":
        return cls(**parts, **arguments)

    def forward(self, *inputs: Tensor | None) -> Tensor | tuple[Tensor, ...]:
        part = self.parts["part"]
        modes = [(module, module.training) for module in part.modules()]
        detached = {name: parameter.detach() for name, parameter in part.named_parameters()}
        try:
            for module, _ in modes:
                module.training = False
            with swap_tensors(part, detached):
                value: Tensor | tuple[Tensor, ...] = part(*inputs)
        finally:
            for module, mode in modes:
                module.training = mode
        return value


def _ports(ports: dict[str, Port]) -> str:
    return ", ".join(f"{name} {port}" for name, port in ports.items())
