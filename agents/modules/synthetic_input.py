"""A module on a wire that replaces its value with a prediction, so that the modules after it run without the value.

See Jaderberg et al. 2016, arXiv:1608.05343: synthetic inputs. With ``SyntheticGradient``, they give a full unlock.
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ...protocols.common.checks import check_integer, check_sizes
from .base import Module, Port
from .registry import register_module
from .synthetic_gradient import perceptron


class PredictedInput(torch.autograd.Function):
    """Returns a prediction of the value. In the backward pass, the value receives the gradient of the output.

    The prediction receives the gradient of its squared error, summed over numbers and averaged over rows.
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
    """In training, the output is a prediction of the value from ``context``. In evaluation, it is the value itself.

    The prediction is trained with the value alone, and the gradient of the output passes to the value. Together with a
    ``SyntheticGradient``, the forward and the backward pass are decoupled. One backward pass trains everything.

    Args:
        shape: Shape of the value.
        context: Size of the vector that the prediction is made from, such as the input of the network.
        widths: Widths of the predictor's hidden layers. Without any, the predictor is linear.
    """

    transparent = True

    def __init__(self, shape: Sequence[int], context: int, widths: Sequence[int] = ()) -> None:
        check_integer("context of SyntheticInput", context, 1)
        widths = check_sizes("widths of SyntheticInput", widths)
        port = Port(check_sizes("sizes of the shape of SyntheticInput", shape))
        inputs = {"x": port, "context": Port((context,), optional=True)}
        super().__init__(inputs, {"out": port}, shape=list(shape), context=context, widths=list(widths))
        self.context = context
        self.predict: nn.Sequential = perceptron([context, *widths, math.prod(port.shape)])

    def forward(
        self, x: Float[Tensor, "rows ..."], context: Float[Tensor, "rows _"] | None
    ) -> Float[Tensor, "rows ..."]:
        if not (self.training and torch.is_grad_enabled()):
            return x
        inputs = x.new_zeros(len(x), self.context) if context is None else context.detach()
        predicted = self.predict(inputs).view_as(x)
        out: Tensor = PredictedInput.apply(x, predicted)  # type: ignore[no-untyped-call]
        return out
