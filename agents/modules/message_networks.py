"""Messages said and heard: symbol by symbol, by the recurrent ends of a sender and a receiver, or all at once."""

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
    """Says symbol after symbol: a recurrence whose state starts as what is to be said (Havrylov and Titov 2017).

    At each place but the first it hears how likely it just made each symbol, not which one was drawn: so symbols are
    drawn apart, and a carrier draws all of them at once.

    Args:
        width: of the state.
        length: L.
        vocabulary: V.
        cell: "gru" or "lstm".
    """

    def __init__(self, width: int, length: int, vocabulary: int, cell: Cell = "gru") -> None:
        arguments = {"width": width, "length": length, "vocabulary": vocabulary, "cell": cell}
        super().__init__({"x": Port((width,))}, {"out": Port((length, vocabulary))}, **arguments)
        self.length, self.vocabulary = length, vocabulary
        self.rnn = _layer(cell, width, vocabulary)
        self.logits = nn.Linear(width, vocabulary)

    def forward(self, x: Float[Tensor, "rows width"]) -> Float[Tensor, "rows length vocabulary"]:
        heard, said = x.new_zeros(len(x), self.vocabulary), []
        state: tuple[Tensor, ...] = (x,)
        for _ in range(self.length):
            state = self.rnn.step(heard, state)
            said.append(self.logits(state[0]))
            heard = said[-1].softmax(-1)
        return torch.stack(said, 1)


@register_module
class RNNMessageEncoder(Module):
    """Hears symbol after symbol: a recurrence for each sender, with the same parameters, and the sum of where they end.

    A place that is absent changes nothing, such as those after the end of a message, or all of a message that did not
    arrive; one that is partly there, as in a soft message, changes the state by that part.

    Args:
        senders: S.
        length: L.
        vocabulary: V.
        width: of the state.
        cell: "gru" or "lstm".
        end: messages may end early; else they are absent as a whole or not at all, which is faster to hear.
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
        there = symbols.sum(-1, keepdim=True)
        state: tuple[Tensor, ...] | None = None
        for place in range(self.length):
            new = self.rnn.step(symbols[:, place], state)
            if self.end:
                old = state or tuple(map(torch.zeros_like, new))
                new = tuple(torch.lerp(was, now, there[:, place]) for was, now in zip(old, new, strict=True))
            state = new
        assert state
        where_it_ends = state[0] if self.end else state[0] * there[:, 0]
        heard_in_all: Tensor = where_it_ends.unflatten(0, heard.shape[:2]).sum(1)
        return heard_in_all


@register_module
class LinearMessageEncoder(Module):
    """Hears all places at once: an affine map of a message, and ReLU; the sum over senders.

    Args:
        senders: S.
        size: of a message.
        width: of what comes out.
    """

    def __init__(self, senders: int, size: int, width: int) -> None:
        arguments = {"senders": senders, "size": size, "width": width}
        super().__init__({"heard": Port((senders, size))}, {"out": Port((width,))}, **arguments)
        self.map = nn.Linear(size, width)

    def forward(self, heard: Float[Tensor, "rows senders size"]) -> Float[Tensor, "rows width"]:
        out: Tensor = self.map(heard).relu().sum(1)
        return out


def _layer(cell: Cell, width: int, symbols: int) -> GRULayer | LSTMLayer:
    """A layer that hears symbols: as one symbol weighs as much as all of a state, its weights start larger."""
    layer = GRULayer(width, symbols) if cell == "gru" else LSTMLayer(width, symbols)
    nn.init.normal_(layer.from_input.weight, 0.0, 0.5)
    return layer
