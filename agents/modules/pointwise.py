"""Modules that pass on what they hear: as it is, scaled and shifted, or not yet at all."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .base import Module, Port
from .registry import register_module


@register_module
class Identity(Module):
    """Passes on what it hears."""

    transparent = True

    def __init__(self, shape: tuple[int, ...] | list[int], dtype: str = "float", count: int | None = None) -> None:
        port = Port(tuple(shape), "int" if dtype == "int" else "float", count=count)
        super().__init__({"x": port}, {"out": port}, shape=list(shape), dtype=port.dtype, count=count)

    def forward(self, x: Tensor) -> Tensor:
        return x


@register_module
class Gate(Module):
    """Weighs each number it hears; weights start at zero, so that it starts silent, and learns from there.

    A silent gate gets a gradient, which is what it would let through, and what lies behind it gets none until it opens.
    """

    def __init__(self, shape: tuple[int, ...] | list[int]) -> None:
        port = Port(tuple(shape))
        super().__init__({"x": port}, {"out": port}, shape=list(shape))
        self.weight = nn.Parameter(torch.zeros(tuple(shape)))

    def forward(self, x: Float[Tensor, "rows ..."]) -> Float[Tensor, "rows ..."]:
        return x * self.weight


@register_module
class Affine(Module):
    """Scales and shifts each number by itself; it starts as the identity. A small interface: two numbers a feature."""

    def __init__(self, shape: tuple[int, ...] | list[int]) -> None:
        port = Port(tuple(shape))
        super().__init__({"x": port}, {"out": port}, shape=list(shape))
        self.scale = nn.Parameter(torch.ones(tuple(shape)))
        self.shift = nn.Parameter(torch.zeros(tuple(shape)))

    def forward(self, x: Float[Tensor, "rows ..."]) -> Float[Tensor, "rows ..."]:
        return x * self.scale + self.shift


@register_module
class SymbolMap(Module):
    """Translates one language of symbols into another: a matrix on the last axis.

    On messages that are one-hot it is a code book; on logits it names what is meant in other symbols. It starts as
    ``start`` times the identity: 1 leaves everything as it is; with 0 all symbols begin alike, and it is learned sooner
    where the two languages have nothing in common.
    """

    def __init__(self, shape: tuple[int, ...] | list[int], start: float = 1.0) -> None:
        port = Port(tuple(shape))
        super().__init__({"x": port}, {"out": port}, shape=list(shape), start=start)
        self.weight = nn.Parameter(start * torch.eye(shape[-1]))

    def forward(self, x: Float[Tensor, "rows ..."]) -> Float[Tensor, "rows ..."]:
        return x @ self.weight.T
