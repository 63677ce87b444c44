"""Credit on a wire: what lies before it learns from a prediction of its gradient, or learns nothing (``StopGradient``).

Jaderberg et al. 2016, arXiv:1608.05343: decoupled neural interfaces, with synthetic gradients.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ...protocols.common.checks import number, sizes, whole
from ...protocols.common.errors import bad
from .base import Module, Port
from .registry import register_module


class Decoupled(torch.autograd.Function):
    """Hands a value on. Backward it gets a predicted gradient, and the prediction learns from the true one.

    The value's gradient is ``predicted``, whatever came back; ``predicted`` gets the gradient of its squared error,
    summed over numbers, weighted, and averaged over rows, as a loss is. Predictions are of one row's loss: what comes
    back is scaled up by ``rows``, the number of which the loss is a mean, and what is sent on is scaled down
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
    """Affine maps from size to size, with ReLU between them."""
    layers = [layer for a, b in pairwise(sizes) for layer in (nn.ReLU(), nn.Linear(a, b))]
    return nn.Sequential(*layers[1:])


@register_module
class SyntheticGradient(Module):
    """The identity, behind which nobody is waited for: what lies before it learns from a predicted gradient.

    The predictor hears the value, ``context`` beside it, and, if there are ``labels``, the right answer, which makes it
    privileged in training (cDNI). In evaluation it hears nothing, so that both may be None there; in training, None is
    zeros. No gradient leaves it that way. Its last layer starts at zero: at first, what lies before it learns nothing.
    Its own loss needs no step of its own: one backward pass trains all.

    Args:
        shape: of the value.
        context: how many more numbers the predictor hears.
        labels: how many answers there are, to hear the right one, one-hot; 0 to hear none.
        widths: of hidden layers; none for a linear predictor.
        gradient_prob: the chance that a row's true gradient arrives, to be learned from.

    Attributes:
        rows: of how many the loss is a mean, where that is not the number of rows in each call; not saved, for whoever
            trains the module says it.
        keep: is handed what the predictor heard, the value that went on and the weights, and the predictor does not
            learn: for a learner that does it later.
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
        number("arrives of SyntheticGradient", gradient_prob, 0, 1)
        for name, count in (("context", context), ("labels", labels)):
            whole(f"{name} of SyntheticGradient", count, 0)
        widths = sizes("widths of SyntheticGradient", widths)
        port = Port(sizes("sizes of the shape of SyntheticGradient", shape))
        beside = {name: size for name, size in (("context", context), ("label", labels)) if size}
        inputs = {"x": port} | {name: Port((size,), optional=True) for name, size in beside.items()}
        arguments = {"context": context, "labels": labels, "widths": list(widths), "gradient_prob": gradient_prob}
        super().__init__(inputs, {"out": port}, shape=list(shape), **arguments)
        self.gradient_prob = gradient_prob
        self.beside = beside
        self.predict = perceptron([math.prod(port.shape) + context + labels, *widths, math.prod(port.shape)])
        last = self.predict[-1]
        assert isinstance(last, nn.Linear)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def forward(
        self, x: Float[Tensor, "rows ..."], *beside: Float[Tensor, "rows _"] | None
    ) -> Float[Tensor, "rows ..."]:
        if not (self.training and torch.is_grad_enabled()):
            return x
        weight = torch.ones_like(x)
        if self.gradient_prob < 1:
            weight = weight * (torch.rand(len(x), *(1 for _ in x.shape[1:]), device=x.device) < self.gradient_prob)
        heard = self._heard(x, *beside)
        predicted = self.predict(heard).view_as(x)
        rows = self.rows or len(x)
        out: Tensor = Decoupled.apply(x, predicted.detach() if self.keep else predicted, weight, rows)  # type: ignore[no-untyped-call]
        if self.keep:
            self.keep(heard, out, weight)
        return out

    def predicted(
        self, x: Float[Tensor, "rows ..."], *beside: Float[Tensor, "rows _"] | None
    ) -> Float[Tensor, "rows ..."]:
        """The synthetic gradient: that of each row's own loss, by the value."""
        out: Tensor = self.predict(self._heard(x, *beside))
        return out.view_as(x)

    def _heard(self, x: Float[Tensor, "rows ..."], *beside: Float[Tensor, "rows _"] | None) -> Float[Tensor, "rows _"]:
        sizes = self.beside.values()
        fits = len(beside) == len(sizes) and all(
            v is None or v.shape[1:] == (size,) for v, size in zip(beside, sizes, strict=True)
        )
        if not fits:
            hears = ", ".join(f"{name} [rows, {size}]" for name, size in self.beside.items()) or "nothing"
            received = [None if v is None else list(v.shape) for v in beside]
            rule = f"Beside the value a predictor hears {hears}"
            raise bad(rule, received, "Give that, labels one-hot; None for zeros.")
        told = [x.new_zeros(len(x), size) if v is None else v for v, size in zip(beside, sizes, strict=True)]
        return torch.cat([value.detach().flatten(1) for value in (x, *told)], -1)


@register_module
class StopGradient(Module):
    """The identity, behind which no gradient comes back."""

    transparent = True

    def __init__(self, shape: Sequence[int]) -> None:
        port = Port(sizes("sizes of the shape of StopGradient", shape))
        super().__init__({"x": port}, {"out": port}, shape=list(shape))

    def forward(self, x: Float[Tensor, "rows ..."]) -> Float[Tensor, "rows ..."]:
        return x.detach()
