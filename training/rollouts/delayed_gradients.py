"""True gradients that arrive with a delay: credit predictors learn from them on arrival, and senders never wait.

Jaderberg et al. 2016, arXiv:1608.05343, section on update locking.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ...agents import SyntheticGradient


class DelayedGradients(nn.Module):
    """Ring buffers of the inputs and true gradients of credit predictors in the last updates, saved in checkpoints.

    A predictor learns from its inputs of ``gradient_delay`` updates ago, by recomputing its predictions. In the first
    ``gradient_delay`` updates, it does not learn.

    Args:
        credits: The modules whose predictors learn with a delay.
        gradient_delay: The delay, in updates.
        calls: The maximum number of calls of each module per update.
        rows: The number of rows per call.
    """

    def __init__(self, credits: Sequence[SyntheticGradient], gradient_delay: int, calls: int, rows: int) -> None:
        super().__init__()
        self.gradient_delay, self.rows = gradient_delay, rows
        self._credits = list(credits)
        for place, credit in enumerate(credits):
            numbers = math.prod(credit.inputs["x"].shape)
            sizes = {"heard": numbers + sum(credit.extra_inputs.values()), "gradient": numbers, "weight": numbers}
            for name, size in sizes.items():
                self.register_buffer(f"{name}_{place}", torch.zeros(gradient_delay, calls, rows, size))

    @contextmanager
    def recording(self, update: int) -> Iterator[None]:
        """Within the context, record the gradients of this update's calls instead of learning from them."""
        for place, credit in enumerate(self._credits):
            credit.keep = _Keeper([ring[update % self.gradient_delay] for ring in self._rings(place)])
        try:
            yield
        finally:
            for credit in self._credits:
                credit.keep = None

    def due(self, update: int) -> Float[Tensor, ""]:
        """Squared error of the predictors on their inputs of ``gradient_delay`` updates ago, which are then discarded.

        Errors are summed over calls and numbers, weighted by the messages that arrived, and averaged over rows. Call
        this method before the backward pass of this update, which overwrites the buffers.
        """
        total = torch.zeros(())
        for place, credit in enumerate(self._credits):
            heard, gradient, weight = (ring[update % self.gradient_delay] for ring in self._rings(place))
            error = credit.predict(heard.clone()) - gradient.clone()
            total = total + (weight.clone() * error.square()).sum() / self.rows
            weight.zero_()
        return total

    def _rings(self, place: int) -> list[Tensor]:
        return [self.get_buffer(f"{name}_{place}") for name in ("heard", "gradient", "weight")]


class _Keeper:
    """Records the calls of one predictor in one update, and the gradient of each call in the backward pass."""

    def __init__(self, slots: Sequence[Tensor]) -> None:
        self.slots, self.calls = slots, 0

    def __call__(self, heard: Float[Tensor, "rows _"], out: Tensor, weight: Tensor) -> None:
        if out.requires_grad:
            out.register_hook(partial(self._arrived, self.calls, heard, weight))
        self.calls += 1

    def _arrived(self, call: int, heard: Tensor, weight: Tensor, grad: Tensor) -> None:
        for slot, value in zip(self.slots, (heard, len(grad) * grad, weight), strict=True):
            slot[call] = value.detach().flatten(1)
