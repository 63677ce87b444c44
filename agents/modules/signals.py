"""Modules that shape what is put on a channel, or what comes in through the eyes."""

import torch
from jaxtyping import Float
from torch import Tensor

from .base import Module, Port, register


@register
class Standardize(Module):
    """Each row of the last axis gets mean 0 and standard deviation ``scale`` (layer normalization, Ba et al. 2016).

    Logits of symbols then have one size from the first update to the last, so that the noise of a Gumbel-softmax
    neither drowns them nor loses its effect. No weights, and no row depends on others.
    """

    def __init__(self, shape: tuple[int, ...] | list[int], scale: float = 1.0) -> None:
        port = Port(tuple(shape))
        super().__init__({"x": port}, {"out": port}, shape=list(shape), scale=scale)
        self.scale = scale

    def forward(self, x: Float[Tensor, "rows ..."]) -> Float[Tensor, "rows ..."]:
        return self.scale * torch.nn.functional.layer_norm(x, x.shape[-1:])


@register
class Noise(Module):
    """Adds normal noise of standard deviation ``std``, in training only; it draws from torch's generator."""

    def __init__(self, shape: tuple[int, ...] | list[int], std: float = 0.1) -> None:
        port = Port(tuple(shape))
        super().__init__({"x": port}, {"out": port}, shape=list(shape), std=std)
        self.std = std

    def forward(self, x: Float[Tensor, "rows ..."]) -> Float[Tensor, "rows ..."]:
        return x + self.std * torch.randn_like(x) if self.training else x
