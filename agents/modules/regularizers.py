"""Modules that are one thing in training and another in evaluation."""

import math

from jaxtyping import Float
from torch import Tensor, nn

from .base import Module, Port, register


@register
class Norm(Module):
    """Batch normalization without weights (Ioffe & Szegedy 2015): over rows each number gets mean 0.

    Its standard deviation becomes ``scale``. In training by the rows at hand, two at least; in evaluation by running
    statistics: no row depends on others.
    """

    def __init__(self, shape: tuple[int, ...] | list[int], momentum: float = 0.1, scale: float = 1.0) -> None:
        port = Port(tuple(shape))
        super().__init__({"x": port}, {"out": port}, shape=list(shape), momentum=momentum, scale=scale)
        self.norm = nn.BatchNorm1d(math.prod(shape), momentum=momentum, affine=False)
        self.scale = scale

    def forward(self, x: Float[Tensor, "rows ..."]) -> Float[Tensor, "rows ..."]:
        out: Tensor = self.norm(x.flatten(1)).view_as(x)
        return out if self.scale == 1 else self.scale * out


@register
class Dropout(Module):
    """Silences a random ``share`` of the numbers and scales up the others, in training only (Srivastava et al. 2014).

    It draws from torch's generator.
    """

    def __init__(self, shape: tuple[int, ...] | list[int], share: float = 0.5) -> None:
        port = Port(tuple(shape))
        super().__init__({"x": port}, {"out": port}, shape=list(shape), share=share)
        self.dropout = nn.Dropout(share)

    def forward(self, x: Float[Tensor, "rows ..."]) -> Float[Tensor, "rows ..."]:
        out: Tensor = self.dropout(x)
        return out
