"""Modules whose output has the shape of their input: the identity, gates, affine maps, and maps of symbols."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .base import Module, Port
from .registry import register_module


@register_module
class Identity(Module):
    """The identity."""

    transparent = True

    def __init__(self, shape: tuple[int, ...] | list[int], dtype: str = "float", count: int | None = None) -> None:
        port = Port(tuple(shape), "int" if dtype == "int" else "float", count=count)
        super().__init__({"x": port}, {"out": port}, shape=list(shape), dtype=port.dtype, count=count)

    def forward(self, x: Tensor) -> Tensor:
        return x


@register_module
class Gate(Module):
    """Multiplies each number by a weight. The weights start at zero, so that the output is zero at first.

    A closed gate (all weights zero) receives a gradient, but the modules before it receive none until it has opened.
    """

    def __init__(self, shape: tuple[int, ...] | list[int]) -> None:
        port = Port(tuple(shape))
        super().__init__({"x": port}, {"out": port}, shape=list(shape))
        self.weight = nn.Parameter(torch.zeros(tuple(shape)))

    def forward(self, x: Float[Tensor, "rows ..."]) -> Float[Tensor, "rows ..."]:
        return x * self.weight


@register_module
class Affine(Module):
    """A scale and a shift per number, initially the identity: a small interface with two parameters per feature."""

    def __init__(self, shape: tuple[int, ...] | list[int]) -> None:
        port = Port(tuple(shape))
        super().__init__({"x": port}, {"out": port}, shape=list(shape))
        self.scale = nn.Parameter(torch.ones(tuple(shape)))
        self.shift = nn.Parameter(torch.zeros(tuple(shape)))

    def forward(self, x: Float[Tensor, "rows ..."]) -> Float[Tensor, "rows ..."]:
        return x * self.scale + self.shift


@register_module
class SymbolMap(Module):
    """A linear map between two vocabularies: a matrix applied to the last axis, to one-hot symbols or logits.

    Args:
        shape: Shape of one row. The last axis is the vocabulary.
        start: The initial matrix is ``start`` times the identity. With 1, it has no effect at first. With 0, all
            symbols start alike, and a map between unrelated vocabularies is learned sooner.
    """

    def __init__(self, shape: tuple[int, ...] | list[int], start: float = 1.0) -> None:
        port = Port(tuple(shape))
        super().__init__({"x": port}, {"out": port}, shape=list(shape), start=start)
        self.weight = nn.Parameter(start * torch.eye(shape[-1]))

    def forward(self, x: Float[Tensor, "rows ..."]) -> Float[Tensor, "rows ..."]:
        return x @ self.weight.T
