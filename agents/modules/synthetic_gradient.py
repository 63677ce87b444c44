"""Modules on a wire that replace its gradient with a prediction, or stop it.

See Jaderberg et al. 2016, arXiv:1608.05343: decoupled neural interfaces with synthetic gradients.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ...protocols.common.checks import check_integer, check_number, check_sizes
from ...protocols.common.errors import invalid
from .base import Module, Port
from .registry import register_module


class Decoupled(torch.autograd.Function):
    """The identity. In the backward pass, the value receives a predicted gradient, which is trained with the true one.

    The gradient of the value is ``predicted``. The gradient of ``predicted`` is that of its squared error, summed over
    numbers, weighted, and averaged over rows. Predictions are gradients of the loss of a single row: the true gradient
    is multiplied by ``rows``, the number of rows over which the loss is averaged, and the prediction is divided by it
    (equations 2 and 3).
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, predicted: Tensor, weight: Tensor, rows: int) -> Tensor:
        return x.view_as(x)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor, Tensor, int], output: Tensor) -> None:
        _, predicted, weight, ctx.rows = inputs
        ctx.save_for_backward(predicted, weight)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None, None]:
        predicted, weight = ctx.saved_tensors
        rows = ctx.rows
        return predicted / rows, 2 * weight * (predicted - rows * grad) / rows, None, None


def perceptron(sizes: Sequence[int]) -> nn.Sequential:
    """A multi-layer perceptron with ReLUs and layers of these sizes."""
    layers = [layer for a, b in pairwise(sizes) for layer in (nn.ReLU(), nn.Linear(a, b))]
    return nn.Sequential(*layers[1:])


@register_module
class SyntheticGradient(Module):
    """The identity, with a predicted gradient for the modules before it, which are updated without the true gradient.

    The predictor receives the value, ``context``, and, with ``labels``, the correct answer, which is privileged
    information in training (cDNI). In training, None stands for zeros. In evaluation, nothing is predicted, and
    ``context`` and ``label`` may be None. No gradient flows into the inputs of the predictor. Its last layer starts at
    zero, so that the modules before it receive no gradient at first. The backward pass also trains the predictor.

    Args:
        shape: Shape of the value.
        context: Size of the additional vector that the predictor receives; 0 for none.
        labels: Number of possible answers. The predictor receives the correct answer, one-hot; 0 for none.
        widths: Widths of the predictor's hidden layers. Without any, the predictor is linear.
        gradient_prob: Probability that the true gradient of a row arrives and trains the predictor.

    Attributes:
        rows: Number of rows over which the loss is averaged, if it is not the number of rows of each call. The learner
            sets it. It is not saved.
        keep: If set, it is called with the inputs of the predictor, the output value and the weights. The predictor is
            then not trained in the backward pass, but later by the learner.
    """

    transparent = True
    rows: int | None = None
    keep: Callable[[Tensor, Tensor, Tensor], None] | None = None

    def __init__(
        self,
        shape: Sequence[int],
        context: int = 0,
        labels: int = 0,
        widths: Sequence[int] = (),
        gradient_prob: float = 1.0,
    ) -> None:
        check_number("gradient_prob of SyntheticGradient", gradient_prob, 0, 1)
        for name, count in (("context", context), ("labels", labels)):
            check_integer(f"{name} of SyntheticGradient", count, 0)
        widths = check_sizes("widths of SyntheticGradient", widths)
        port = Port(check_sizes("sizes of the shape of SyntheticGradient", shape))
        extra = {name: size for name, size in (("context", context), ("label", labels)) if size}
        inputs = {"x": port} | {name: Port((size,), optional=True) for name, size in extra.items()}
        arguments = {"context": context, "labels": labels, "widths": list(widths), "gradient_prob": gradient_prob}
        super().__init__(inputs, {"out": port}, shape=list(shape), **arguments)
        self.gradient_prob = gradient_prob
        self.extra_inputs = extra
        self.predict = perceptron([math.prod(port.shape) + context + labels, *widths, math.prod(port.shape)])
        last = self.predict[-1]
        assert isinstance(last, nn.Linear)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def forward(
        self, x: Float[Tensor, "rows ..."], *extra: Float[Tensor, "rows _"] | None
    ) -> Float[Tensor, "rows ..."]:
        if not (self.training and torch.is_grad_enabled()):
            return x
        weight = torch.ones_like(x)
        if self.gradient_prob < 1:
            weight = weight * (torch.rand(len(x), *(1 for _ in x.shape[1:]), device=x.device) < self.gradient_prob)
        inputs = self._inputs(x, *extra)
        predicted = self.predict(inputs).view_as(x)
        rows = self.rows or len(x)
        out: Tensor = Decoupled.apply(x, predicted.detach() if self.keep else predicted, weight, rows)  # type: ignore[no-untyped-call]
        if self.keep:
            self.keep(inputs, out, weight)
        return out

    def predict_gradient(
        self, x: Float[Tensor, "rows ..."], *extra: Float[Tensor, "rows _"] | None
    ) -> Float[Tensor, "rows ..."]:
        """The synthetic gradient: the predicted gradient of each row's loss with respect to the value."""
        out: Tensor = self.predict(self._inputs(x, *extra))
        return out.view_as(x)

    def _inputs(self, x: Float[Tensor, "rows ..."], *extra: Float[Tensor, "rows _"] | None) -> Float[Tensor, "rows _"]:
        sizes = self.extra_inputs.values()
        fits = len(extra) == len(sizes) and all(
            v is None or v.shape[1:] == (size,) for v, size in zip(extra, sizes, strict=True)
        )
        if not fits:
            expected = ", ".join(f"{name} [rows, {size}]" for name, size in self.extra_inputs.items()) or "nothing"
            received = [None if v is None else list(v.shape) for v in extra]
            rule = f"The extra inputs of the predictor must be {expected}"
            raise invalid(rule, received, "Pass tensors of these shapes, with labels one-hot, or None for zeros.")
        filled = [x.new_zeros(len(x), size) if v is None else v for v, size in zip(extra, sizes, strict=True)]
        return torch.cat([value.detach().flatten(1) for value in (x, *filled)], -1)


@register_module
class StopGradient(Module):
    """The identity, without a gradient."""

    transparent = True

    def __init__(self, shape: Sequence[int]) -> None:
        port = Port(check_sizes("sizes of the shape of StopGradient", shape))
        super().__init__({"x": port}, {"out": port}, shape=list(shape))

    def forward(self, x: Float[Tensor, "rows ..."]) -> Float[Tensor, "rows ..."]:
        return x.detach()
