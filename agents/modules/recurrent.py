"""Recurrent modules: recall."""

from collections.abc import Iterable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .base import Module, Port, register


class Gates(torch.autograd.Function):
    """The gates of a GRU (Cho et al. 2014, as in cuDNN) and their gradient, in few passes over memory."""

    generate_vmap_rule = True

    @staticmethod
    def forward(
        from_input: Float[Tensor, "rows gates"], from_state: Float[Tensor, "rows gates"], state: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        width = state.shape[-1]
        gates = (from_input[..., : 2 * width] + from_state[..., : 2 * width]).sigmoid_()
        reset, update = gates.split(width, -1)
        new = torch.addcmul(from_input[..., 2 * width :], reset, from_state[..., 2 * width :]).tanh_()
        return torch.lerp(new, state, update), gates, new

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor, Tensor], output: tuple[Tensor, Tensor, Tensor]) -> None:
        _, from_state, state = inputs
        _, gates, new = output
        ctx.mark_non_differentiable(gates, new)
        ctx.save_for_backward(from_state, state, gates, new)
        ctx.set_materialize_grads(False)

    @staticmethod
    def backward(ctx: Any, grad: Tensor, _gates: None, _new: None) -> tuple[Tensor, Tensor, Tensor]:
        from_state, state, gates, new = ctx.saved_tensors
        width = state.shape[-1]
        reset, update = gates.split(width, -1)
        for_state = grad * update
        for_new = (grad - for_state) * (1 - new * new)
        slope = gates * (1 - gates)
        for_reset = for_new * from_state[..., 2 * width :] * slope[..., :width]
        for_update = grad * (state - new) * slope[..., width:]
        for_from_input = torch.cat([for_reset, for_update, for_new], -1)
        for_from_state = torch.cat([for_reset, for_update, for_new * reset], -1)
        return for_from_input, for_from_state, for_state


class GRULayer(nn.Module):
    """One layer: two affine maps, and the gates."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.from_input = nn.Linear(width, 3 * width)
        self.from_state = nn.Linear(width, 3 * width)

    def forward(
        self, x: Float[Tensor, "rows width"], state: Float[Tensor, "rows width"] | None
    ) -> Float[Tensor, "rows width"]:
        """The next state."""
        if state is None:
            state = torch.zeros_like(x)
            recurrent = self.from_state.bias.expand(*x.shape[:-1], 3 * x.shape[-1])
        else:
            recurrent = self.from_state(state)
        new: Tensor = Gates.apply(self.from_input(x), recurrent, state)[0]  # type: ignore[no-untyped-call]
        return new


@register
class GRU(Module):
    """Gated recurrent layers (Cho et al. 2014); all parameters start uniform in +-``bound``.

    The state port holds all layers side by side; without a state the recurrent products are left out.
    """

    def __init__(self, width: int, layers: int = 1, bound: float = 0.08) -> None:
        state = Port((layers * width,), optional=True)
        super().__init__(
            {"x": Port((width,)), "state": state},
            {"out": Port((width,)), "state": Port((layers * width,))},
            width=width,
            layers=layers,
            bound=bound,
        )
        self.width = width
        self.layers = nn.ModuleList(GRULayer(width) for _ in range(layers))
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    @classmethod
    def of(cls, width: int, layers: Iterable[nn.Module], bound: float = 0.08) -> "GRU":
        """Layers that exist already, as one module over the same parameters."""
        kept = nn.ModuleList(layers)
        with torch.device("meta"):
            whole = cls(width, len(kept), bound)
        whole.layers = kept
        return whole

    def forward(
        self, x: Float[Tensor, "rows width"], state: Float[Tensor, "rows memory"] | None
    ) -> tuple[Float[Tensor, "rows width"], Float[Tensor, "rows memory"]]:
        old = [None] * len(self.layers) if state is None else state.split(self.width, -1)
        new: list[Tensor] = []
        for layer, before in zip(self.layers, old, strict=True):
            x = layer(x, before)
            new.append(x)
        return x, torch.cat(new, -1)
