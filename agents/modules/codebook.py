"""A learned codebook for quantized carriers (van den Oord et al. 2017, VQ-VAE)."""

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias, get_args

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ...protocols.common.checks import check_choice, check_integer, check_number
from .base import Module, Port
from .registry import register_module

Learning: TypeAlias = Literal["average", "loss"]


class Nearest(torch.autograd.Function):
    """Returns the nearest code, one-hot. In the backward pass, adds the gradients of two loss terms.

    The gradient of ``x`` is the straight-through gradient plus that of the loss terms. Receivers receive a symbol and
    may look up its code; ``back``, the pseudo-inverse of the codes, turns the gradient of the symbol into that of its
    code. The loss terms are ``|sg(x) - code|^2 + commitment |x - sg(code)|^2`` (van den Oord et al. 2017, equation 3),
    summed over numbers and averaged over rows.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, codes: Tensor, nearest: Tensor, back: Tensor, commitment: Tensor) -> tuple[Tensor, Tensor]:
        return nearest.clone(), x - nearest @ codes

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, ...], output: tuple[Tensor, Tensor]) -> None:
        _, _, nearest, back, commitment = inputs
        ctx.mark_non_differentiable(output[1])
        ctx.save_for_backward(output[1], nearest, back, commitment)

    @staticmethod
    def backward(ctx: Any, grad: Tensor, _: Tensor) -> tuple[Tensor, Tensor, None, None, None]:
        off, nearest, back, commitment = ctx.saved_tensors
        pull = 2 * off / len(off)
        for_codes = -(nearest.flatten(0, 1).T @ pull.flatten(0, 1))
        return grad @ back.T + commitment * pull, for_codes, None, None, None


@register_module
class Quantize(Module):
    """Vector quantization: the one-hot index of the nearest code for each vector. The sender's part of ``Quantized``.

    The modules before it are trained as if the code had been sent. This is exact if receivers look up codes in the same
    codebook and there are as many codes as numbers in a code; otherwise it holds in the sense of least squares. The
    gradient includes that of the loss terms, so that one backward pass trains everything. If credit is blocked, there
    are no loss terms. In each training step, at most one code that is rarely used moves to the vector that is farthest
    from its code.

    Args:
        shape: Number of vectors (L), and the size of each.
        codes: Number of codes, which is the vocabulary of the carrier.
        learning: "average" moves codes to the running average of the vectors nearest to them; "loss" trains codes with
            the gradient of the loss.
        decay: Decay per training step of the running averages of codes and of their frequencies.
        commitment: Weight of the loss term that draws vectors to their codes.
        revive: A code is rarely used if its share of vectors is below this fraction of an equal share. With 0, no code
            moves.
    """

    def __init__(
        self,
        shape: Sequence[int],
        codes: int,
        learning: Learning = "average",
        decay: float = 0.99,
        commitment: float = 0.25,
        revive: float = 0.01,
    ) -> None:
        length, width = shape
        check_integer("codes of Quantize", codes, 1)
        check_choice("update rule of a codebook", learning, get_args(Learning))
        check_number("decay of Quantize", decay, 0, 1)
        check_number("commitment of Quantize", commitment, 0)
        check_number("revive of Quantize", revive, 0, 1)
        super().__init__(
            {"x": Port((length, width))},
            {"out": Port((length, codes))},
            shape=[length, width],
            codes=codes,
            learning=learning,
            decay=decay,
            commitment=commitment,
            revive=revive,
        )
        self.learning, self.decay, self.commitment, self.revive = learning, decay, commitment, revive
        start = torch.randn(codes, width)
        self.codes: Tensor = nn.Parameter(start) if learning == "loss" else nn.Buffer(start)
        self.used: Tensor = nn.Buffer(torch.full((codes,), 1 / codes))

    def forward(self, x: Float[Tensor, "rows length width"]) -> Float[Tensor, "rows length codes"]:
        codes = self.codes
        away = (codes.detach() ** 2).sum(-1) - 2 * x.detach() @ codes.detach().T
        nearest = torch.zeros_like(away).scatter(-1, away.argmin(-1, keepdim=True), 1.0)
        if not torch.is_grad_enabled():
            return nearest
        back = torch.linalg.pinv(codes.detach())
        weight = torch.full_like(away[:1, 0, 0], self.commitment if self.training else 0.0)
        out: Tensor
        out, off = Nearest.apply(x, codes, nearest, back, weight)  # type: ignore[no-untyped-call]
        if self.training:
            with torch.no_grad():
                self._follow(x.flatten(0, 1), nearest.flatten(0, 1), off.flatten(0, 1))
        return out

    def _follow(self, x: Float[Tensor, "M width"], nearest: Float[Tensor, "M codes"], off: Tensor) -> None:
        """Move codes to the running averages of their vectors, and a rarely used code to the farthest vector."""
        codes, count = self.codes, len(self.codes)
        share = nearest.mean(0)
        used = self.decay * self.used + (1 - self.decay) * share
        if self.learning == "average":
            mean = nearest.T @ x / len(x)
            step = (mean - share[:, None] * codes) / used.clamp(min=1e-12)[:, None]
            codes = codes + (1 - self.decay) * step
        least = used.argmin()
        dead = (torch.arange(count, device=x.device) == least) & (used < self.revive / count)
        farthest = x.index_select(0, off.square().sum(-1).argmax().unsqueeze(0))
        self.codes.copy_(torch.where(dead[:, None], farthest, codes))
        self.used.copy_(torch.where(dead, 1 / count, used))
