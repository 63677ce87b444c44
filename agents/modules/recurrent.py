"""Recurrent modules: GRUs with uniform initial parameters, and the layers of GRUs and LSTMs."""

from collections.abc import Iterable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .base import Module, Port
from .registry import register_module


class Gates(torch.autograd.Function):
    """The gates of a GRU (Cho et al. 2014, as in cuDNN) and their gradient, with few passes over memory."""

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


class LSTMGates(torch.autograd.Function):
    """The gates of an LSTM (Hochreiter & Schmidhuber 1997, with a forget gate) and their gradient, with few passes.

    Each tanh is computed from a sigmoid, tanh(x) = 2 sigmoid(2 x) - 1, which is several times faster in torch.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(
        from_input: Float[Tensor, "rows gates"], from_state: Float[Tensor, "rows gates"], cell: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        gates = from_input + from_state
        new = gates[..., 3 * cell.shape[-1] :]
        new *= 2
        gates.sigmoid_()
        new.mul_(2).sub_(1)
        input_gate, forget_gate, output_gate, _ = gates.split(cell.shape[-1], -1)
        after = torch.addcmul(forget_gate * cell, input_gate, new)
        activated = (2 * after).sigmoid_().mul_(2).sub_(1)
        return output_gate * activated, after, gates, activated

    @staticmethod
    def setup_context(
        ctx: Any, inputs: tuple[Tensor, Tensor, Tensor], output: tuple[Tensor, Tensor, Tensor, Tensor]
    ) -> None:
        _, _, gates, activated = output
        ctx.mark_non_differentiable(gates, activated)
        ctx.save_for_backward(inputs[2], gates, activated)
        ctx.set_materialize_grads(False)

    @staticmethod
    def backward(
        ctx: Any, grad: Tensor | None, grad_cell: Tensor | None, _gates: None, _activated: None
    ) -> tuple[Tensor, Tensor, Tensor]:
        cell, gates, activated = ctx.saved_tensors
        input_gate, forget_gate, output_gate, new = gates.split(cell.shape[-1], -1)
        grad = torch.zeros_like(cell) if grad is None else grad
        for_after = grad * output_gate * (1 - activated * activated)
        for_after = for_after if grad_cell is None else for_after + grad_cell
        slopes = [
            input_gate * (1 - input_gate),
            forget_gate * (1 - forget_gate),
            output_gate * (1 - output_gate),
            1 - new * new,
        ]
        factors = [for_after * new, for_after * cell, grad * activated, for_after * input_gate]
        for_gates = torch.cat(list(map(torch.mul, factors, slopes)), -1)
        return for_gates, for_gates, for_after * forget_gate


class GRULayer(nn.Module):
    """One GRU layer: two affine maps and the gates.

    Args:
        width: Size of the state.
        inputs: Size of the input. Defaults to the size of the state.
    """

    def __init__(self, width: int, inputs: int | None = None) -> None:
        super().__init__()
        self.from_input = nn.Linear(inputs or width, 3 * width)
        self.from_state = nn.Linear(width, 3 * width)

    def forward(
        self, x: Float[Tensor, "rows inputs"], state: Float[Tensor, "rows width"] | None
    ) -> Float[Tensor, "rows width"]:
        """The next state."""
        return self.step(x, None if state is None else (state,))[0]

    def step(self, x: Float[Tensor, "rows inputs"], state: tuple[Tensor, ...] | None) -> tuple[Tensor, ...]:
        """The next state, as a tuple."""
        product = self.from_input(x)
        if state is None:
            before = product.new_zeros(*product.shape[:-1], self.from_state.in_features)
            recurrent = self.from_state.bias.expand_as(product)
        else:
            (before,) = state
            recurrent = self.from_state(before)
        return (Gates.apply(product, recurrent, before)[0],)  # type: ignore[no-untyped-call]


class LSTMLayer(nn.Module):
    """One LSTM layer. Its state consists of its output and its cell.

    Args:
        width: Size of the output and of the cell.
        inputs: Size of the input. Defaults to the size of the output.
    """

    def __init__(self, width: int, inputs: int | None = None) -> None:
        super().__init__()
        self.from_input = nn.Linear(inputs or width, 4 * width)
        self.from_state = nn.Linear(width, 4 * width, bias=False)

    def step(self, x: Float[Tensor, "rows inputs"], state: tuple[Tensor, ...] | None) -> tuple[Tensor, ...]:
        """The next state, (output, cell). If the previous state has no cell, zeros are used."""
        product = self.from_input(x)
        recurrent = self.from_state(state[0]) if state else product.new_zeros(()).expand_as(product)
        zeros = product.new_zeros(*product.shape[:-1], self.from_state.in_features)
        cell = state[1] if state and len(state) > 1 else zeros
        out, cell, _, _ = LSTMGates.apply(product, recurrent, cell)  # type: ignore[no-untyped-call]
        return out, cell


@register_module
class GRU(Module):
    """GRU layers (Cho et al. 2014). Without a state, the recurrent products are skipped.

    Args:
        width: Size of the input, of the output, and of each layer's state.
        layers: Number of layers, whose states are concatenated in the port ``state``.
        bound: All parameters are initialized uniformly in [-bound, bound].
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
    def from_layers(cls, width: int, layers: Iterable[nn.Module], bound: float = 0.08) -> "GRU":
        """A GRU of existing layers, with the same parameters."""
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
