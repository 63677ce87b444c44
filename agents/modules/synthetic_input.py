"""An input that is predicted, so that what lies behind a wire need not wait for what lies before it.

Jaderberg et al. 2016, arXiv:1608.05343: synthetic inputs; with ``SyntheticGradient``, a full unlock.
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ...protocols.common.checks import sizes, whole
from .base import Module, Port
from .registry import register_module
from .synthetic_gradient import perceptron


class Anticipated(torch.autograd.Function):
    """Hands on a prediction of the value, which learns from the value; backward the value gets what comes back.

    The prediction gets the gradient of its squared error, summed over numbers and averaged over rows.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, predicted: Tensor) -> Tensor:
        return predicted.view_as(predicted)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor], output: Tensor) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        x, predicted = ctx.saved_tensors
        return grad, 2 * (predicted - x) / len(x)


@register_module
class SyntheticInput(Module):
    """In training what lies behind hears a prediction of the value, made from ``context``; in evaluation the value.

    The prediction learns from the value alone, and what comes back passes on as the value's own gradient: before a
    ``SyntheticGradient`` nobody waits in either direction. One backward pass trains all.

    Args:
        shape: of the value.
        context: how many numbers the predictor hears, such as the network's own input.
        widths: of its hidden layers; none for a linear one.
    """

    transparent = True

    def __init__(self, shape: Sequence[int], context: int, widths: Sequence[int] = ()) -> None:
        whole("context of SyntheticInput", context, 1)
        widths = sizes("widths of SyntheticInput", widths)
        port = Port(sizes("sizes of the shape of SyntheticInput", shape))
        inputs = {"x": port, "context": Port((context,), optional=True)}
        super().__init__(inputs, {"out": port}, shape=list(shape), context=context, widths=list(widths))
        self.context = context
        self.predict: nn.Sequential = perceptron([context, *widths, math.prod(port.shape)])

    def forward(
        self, x: Float[Tensor, "rows ..."], context: Float[Tensor, "rows _"] | None
    ) -> Float[Tensor, "rows ..."]:
        if not (self.training and torch.is_grad_enabled()):
            return x
        told = x.new_zeros(len(x), self.context) if context is None else context.detach()
        predicted = self.predict(told).view_as(x)
        out: Tensor = Anticipated.apply(x, predicted)  # type: ignore[no-untyped-call]
        return out
