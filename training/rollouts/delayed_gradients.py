"""True gradients that arrive some updates late: predictors of credit learn from them then, senders do not wait.

Jaderberg et al. 2016, arXiv:1608.05343: an update that is locked until the gradient comes, and one that is not.
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
    """What predictors heard in the last updates, and what came back to it: rings of buffers, for checkpoints to hold.

    A predictor learns from what it heard ``gradient_delay`` updates ago, by a prediction made anew; in the first
    ``gradient_delay`` updates from nothing.

    Args:
        credits: whose predictors learn late.
        gradient_delay: how many updates.
        calls: the most that each is called in one update.
        rows: of each call.
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
    def watching(self, update: int) -> Iterator[None]:
        """Within, predictors do not learn at once: what comes back to this update's calls is kept, from call 0 on."""
        for place, credit in enumerate(self._credits):
            credit.keep = _Keeper([ring[update % self.gradient_delay] for ring in self._rings(place)])
        try:
            yield
        finally:
            for credit in self._credits:
                credit.keep = None

    def due(self, update: int) -> Float[Tensor, ""]:
        """The predictors' squared errors in what was heard ``gradient_delay`` updates ago, which is forgotten by this.

        They are summed over calls and numbers, weighted by what arrived, and a mean over rows. To be called before the
        backward pass of this update, which fills the place.
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
    """Takes one predictor's calls of one update, and fills in the gradient of each as it comes back."""

    def __init__(self, slots: Sequence[Tensor]) -> None:
        self.slots, self.calls = slots, 0

    def __call__(self, heard: Float[Tensor, "rows _"], out: Tensor, weight: Tensor) -> None:
        if out.requires_grad:
            out.register_hook(partial(self._arrived, self.calls, heard, weight))
        self.calls += 1

    def _arrived(self, call: int, heard: Tensor, weight: Tensor, grad: Tensor) -> None:
        for slot, value in zip(self.slots, (heard, len(grad) * grad, weight), strict=True):
            slot[call] = value.detach().flatten(1)
