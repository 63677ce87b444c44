"""Networks that produce and read messages: symbol by symbol with an RNN, or the whole message in one map."""

from typing import Literal, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .base import Module, Port
from .recurrent import GRULayer, LSTMLayer
from .registry import register_module

Cell: TypeAlias = Literal["gru", "lstm"]


@register_module
class RNNMessageDecoder(Module):
    """An RNN that emits the logits of a message symbol by symbol (Havrylov and Titov 2017).

    Its initial state is the input. After the first symbol, it receives the probabilities of the previous symbol instead
    of the sampled symbol: symbols are independent given the input, and a carrier samples all of them in parallel.

    Args:
        width: Size of the state.
        length: Number of symbols (L).
        vocabulary: Number of different symbols (V).
        cell: "gru" or "lstm".
    """

    def __init__(self, width: int, length: int, vocabulary: int, cell: Cell = "gru") -> None:
        arguments = {"width": width, "length": length, "vocabulary": vocabulary, "cell": cell}
        super().__init__({"x": Port((width,))}, {"out": Port((length, vocabulary))}, **arguments)
        self.length, self.vocabulary = length, vocabulary
        self.rnn = _layer(cell, width, vocabulary)
        self.logits = nn.Linear(width, vocabulary)

    def forward(self, x: Float[Tensor, "rows width"]) -> Float[Tensor, "rows length vocabulary"]:
        probabilities, logits = x.new_zeros(len(x), self.vocabulary), []
        state: tuple[Tensor, ...] = (x,)
        for _ in range(self.length):
            state = self.rnn.step(probabilities, state)
            logits.append(self.logits(state[0]))
            probabilities = logits[-1].softmax(-1)
        return torch.stack(logits, 1)


@register_module
class RNNMessageEncoder(Module):
    """An RNN that reads messages symbol by symbol. The output is the sum of the final states over senders.

    A position without a symbol, because the message has ended or did not arrive, leaves the state unchanged. In a
    relaxed message, a position changes the state in proportion to the sum of its entries.

    Args:
        senders: Number of senders (S), whose messages are read with the same parameters.
        length: Number of symbols (L).
        vocabulary: Number of different symbols (V).
        width: Size of the state.
        cell: "gru" or "lstm".
        end: Whether messages may end early. If not, a message arrives as a whole or not at all, which is faster.
    """

    def __init__(
        self, senders: int, length: int, vocabulary: int, width: int, cell: Cell = "gru", end: bool = True
    ) -> None:
        sizes = {"senders": senders, "length": length, "vocabulary": vocabulary, "width": width}
        inputs, outputs = {"heard": Port((senders, length * vocabulary))}, {"out": Port((width,))}
        super().__init__(inputs, outputs, **sizes, cell=cell, end=end)
        self.length, self.end = length, end
        self.rnn = _layer(cell, width, vocabulary)

    def forward(self, heard: Float[Tensor, "rows senders size"]) -> Float[Tensor, "rows width"]:
        symbols = heard.flatten(0, 1).unflatten(-1, (self.length, -1))
        present = symbols.sum(-1, keepdim=True)
        state: tuple[Tensor, ...] | None = None
        for place in range(self.length):
            new = self.rnn.step(symbols[:, place], state)
            if self.end:
                old = state or tuple(map(torch.zeros_like, new))
                new = tuple(torch.lerp(was, now, present[:, place]) for was, now in zip(old, new, strict=True))
            state = new
        assert state
        final = state[0] if self.end else state[0] * present[:, 0]
        summed: Tensor = final.unflatten(0, heard.shape[:2]).sum(1)
        return summed


@register_module
class LinearMessageEncoder(Module):
    """An affine map of each message, by default with a ReLU, summed over senders.

    Args:
        senders: Number of senders (S).
        size: Size of a message.
        width: Size of the output.
        relu: Whether to apply a ReLU to each map.
    """

    def __init__(self, senders: int, size: int, width: int, relu: bool = True) -> None:
        arguments = {"senders": senders, "size": size, "width": width, "relu": relu}
        super().__init__({"heard": Port((senders, size))}, {"out": Port((width,))}, **arguments)
        self.map = nn.Linear(size, width)
        self.relu = relu

    def forward(self, heard: Float[Tensor, "rows senders size"]) -> Float[Tensor, "rows width"]:
        each: Tensor = self.map(heard)
        return (each.relu() if self.relu else each).sum(1)


def _layer(cell: Cell, width: int, symbols: int) -> GRULayer | LSTMLayer:
    """A layer that reads symbols, with larger initial input weights, so that a symbol weighs as much as the state."""
    layer = GRULayer(width, symbols) if cell == "gru" else LSTMLayer(width, symbols)
    nn.init.normal_(layer.from_input.weight, 0.0, 0.5)
    return layer
