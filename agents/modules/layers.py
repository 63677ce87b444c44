"""Feed-forward modules: embeddings, affine maps, and an encoder of summed messages."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from .base import Module, Port
from .registry import register_module


@register_module
class Embed(Module):
    """One learned vector per symbol.

    Args:
        symbols: Number of symbols.
        width: Size of a vector.
    """

    def __init__(self, symbols: int, width: int) -> None:
        symbol = Port((), "int", count=symbols)
        super().__init__({"symbol": symbol}, {"out": Port((width,))}, symbols=symbols, width=width)
        self.table = nn.Embedding(symbols, width)

    def forward(self, symbol: Int[Tensor, "rows"]) -> Float[Tensor, "rows width"]:
        out: Tensor = self.table(symbol)
        return out


@register_module
class Linear(Module):
    """An affine map.

    Args:
        width: Size of the input.
        shape: Shape of a row of the output.
        bias: Whether to add a bias.
        relu: Whether to apply a ReLU to the output.
    """

    def __init__(self, width: int, shape: tuple[int, ...] | list[int], bias: bool = True, relu: bool = False) -> None:
        shape = tuple(shape)
        arguments = {"width": width, "shape": list(shape), "bias": bias, "relu": relu}
        super().__init__({"x": Port((width,))}, {"out": Port(shape)}, **arguments)
        self.map = nn.Linear(width, math.prod(shape), bias=bias)
        self.relu = relu
        self.shape = shape

    def forward(self, x: Float[Tensor, "rows width"]) -> Float[Tensor, "rows ..."]:
        y: Tensor = self.map(x)
        y = y.relu() if self.relu else y
        return y if len(self.shape) == 1 else y.unflatten(-1, self.shape)


@register_module
class Relu(Module):
    """The rectifier: negative numbers become zero."""

    def __init__(self, shape: tuple[int, ...] | list[int]) -> None:
        port = Port(tuple(shape))
        super().__init__({"x": port}, {"out": port}, shape=list(shape))

    def forward(self, x: Float[Tensor, "rows ..."]) -> Float[Tensor, "rows ..."]:
        return x.relu()


@register_module
class SumMessageEncoder(Module):
    """The sum of all messages and their number, followed by an affine map and a ReLU (Foerster et al. 2016).

    Without a message, all inputs are zero, including ``present``, which differs from every message of any carrier. The
    initial weights are normal with standard deviation ``gain``. If a bit has less weight than the embeddings that it is
    added to, its meaning is learned late (see docs/results). The authors' code uses batch normalization instead;
    without it, the behavior of a team does not depend on the number of lanes.

    Args:
        senders: Number of senders (S).
        size: Size of a message.
        width: Size of the output.
        gain: Standard deviation of the initial weights.
    """

    def __init__(self, senders: int, size: int, width: int, gain: float = 3.0) -> None:
        inputs = {"heard": Port((senders, size)), "present": Port((senders,))}
        super().__init__(inputs, {"out": Port((width,))}, senders=senders, size=size, width=width, gain=gain)
        self.map = nn.Linear(1 + size, width)
        nn.init.normal_(self.map.weight, 0.0, gain)
        nn.init.zeros_(self.map.bias)

    def forward(
        self, heard: Float[Tensor, "rows senders size"], present: Float[Tensor, "rows senders"]
    ) -> Float[Tensor, "rows width"]:
        out: Tensor = self.map(torch.cat([present.unsqueeze(-1), heard], -1).sum(-2))
        return out.relu()
