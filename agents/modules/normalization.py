"""Normalization without weights, dropout, and noise."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .base import Module, Port
from .registry import register_module


@register_module
class BatchNorm(Module):
    """Batch normalization without weights (Ioffe & Szegedy 2015): each number has mean 0 over rows.

    In training, it uses the statistics of the batch, which must have at least two rows. In evaluation, it uses running
    statistics, so that no row depends on others.

    Args:
        shape: Shape of one row.
        momentum: Weight of the batch in the running statistics.
        scale: Standard deviation of each number after normalization.
    """

    def __init__(self, shape: tuple[int, ...] | list[int], momentum: float = 0.1, scale: float = 1.0) -> None:
        port = Port(tuple(shape))
        super().__init__({"x": port}, {"out": port}, shape=list(shape), momentum=momentum, scale=scale)
        self.norm = nn.BatchNorm1d(math.prod(shape), momentum=momentum, affine=False)
        self.scale = scale

    def forward(self, x: Float[Tensor, "rows ..."]) -> Float[Tensor, "rows ..."]:
        out: Tensor = self.norm(x.flatten(1)).view_as(x)
        return out if self.scale == 1 else self.scale * out


@register_module
class LayerNorm(Module):
    """Layer normalization without weights (Ba et al. 2016): the last axis has mean 0 and standard deviation ``scale``.

    Applied to the logits of symbols, it keeps their size constant throughout training, so that the noise of a
    Gumbel-softmax neither dominates them nor becomes negligible. No row depends on others.

    Args:
        shape: Shape of one row.
        scale: Standard deviation after normalization.
    """

    def __init__(self, shape: tuple[int, ...] | list[int], scale: float = 1.0) -> None:
        port = Port(tuple(shape))
        super().__init__({"x": port}, {"out": port}, shape=list(shape), scale=scale)
        self.scale = scale

    def forward(self, x: Float[Tensor, "rows ..."]) -> Float[Tensor, "rows ..."]:
        return self.scale * torch.nn.functional.layer_norm(x, x.shape[-1:])


@register_module
class Dropout(Module):
    """Dropout (Srivastava et al. 2014), in training only. It draws from torch's global random generator.

    Args:
        shape: Shape of one row.
        share: Probability that a number is set to zero. The others are scaled up.
    """

    def __init__(self, shape: tuple[int, ...] | list[int], share: float = 0.5) -> None:
        port = Port(tuple(shape))
        super().__init__({"x": port}, {"out": port}, shape=list(shape), share=share)
        self.dropout = nn.Dropout(share)

    def forward(self, x: Float[Tensor, "rows ..."]) -> Float[Tensor, "rows ..."]:
        out: Tensor = self.dropout(x)
        return out


@register_module
class Noise(Module):
    """Additive Gaussian noise, in training only. It draws from torch's global random generator.

    Args:
        shape: Shape of one row.
        std: Standard deviation of the noise.
    """

    def __init__(self, shape: tuple[int, ...] | list[int], std: float = 0.1) -> None:
        port = Port(tuple(shape))
        super().__init__({"x": port}, {"out": port}, shape=list(shape), std=std)
        self.std = std

    def forward(self, x: Float[Tensor, "rows ..."]) -> Float[Tensor, "rows ..."]:
        return x + self.std * torch.randn_like(x) if self.training else x
