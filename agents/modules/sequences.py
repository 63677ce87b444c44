"""Messages said and heard symbol by symbol: the recurrent ends of a sender and a receiver."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .base import Module, Port, register
from .recurrent import GRULayer


@register
class SpeakGRU(Module):
    """Says symbol after symbol: a GRU whose state starts as what is to be said (Havrylov and Titov 2017).

    At each place it hears how likely it just made each symbol, not which one was drawn: so symbols are drawn apart, and
    a carrier draws all of them at once.
    """

    def __init__(self, width: int, length: int, vocabulary: int) -> None:
        arguments = {"width": width, "length": length, "vocabulary": vocabulary}
        super().__init__({"x": Port((width,))}, {"out": Port((length, vocabulary))}, **arguments)
        self.length = length
        self.begin = nn.Parameter(torch.randn(width) / width**0.5)
        self.recall = GRULayer(width)
        self.choose = nn.Linear(width, vocabulary)
        self.hear = nn.Linear(vocabulary, width, bias=False)

    def forward(self, x: Float[Tensor, "rows width"]) -> Float[Tensor, "rows length vocabulary"]:
        state, heard, said = x, self.begin.expand_as(x), []
        for _ in range(self.length):
            state = self.recall(heard, state)
            said.append(self.choose(state))
            heard = self.hear(said[-1].softmax(-1))
        return torch.stack(said, 1)


@register
class HearGRU(Module):
    """Hears symbol after symbol: a GRU for each sender, with the same parameters, and the sum of where they end.

    A place that is absent changes nothing, such as those after the end of a message, or all of a message that did not
    arrive; one that is partly there, as in a soft message, changes the state by that part.
    """

    def __init__(self, senders: int, length: int, vocabulary: int, width: int) -> None:
        arguments = {"senders": senders, "length": length, "vocabulary": vocabulary, "width": width}
        super().__init__({"heard": Port((senders, length * vocabulary))}, {"out": Port((width,))}, **arguments)
        self.length = length
        self.hear = nn.Linear(vocabulary, width)
        self.recall = GRULayer(width)

    def forward(self, heard: Float[Tensor, "rows senders size"]) -> Float[Tensor, "rows width"]:
        symbols = heard.flatten(0, 1).unflatten(-1, (self.length, -1))
        there = symbols.sum(-1, keepdim=True)
        seen = self.hear(symbols)
        state = torch.zeros_like(seen[:, 0])
        for place in range(self.length):
            new = self.recall(seen[:, place], state if place else None)
            state = torch.lerp(state, new, there[:, place])
        heard_in_all: Tensor = state.unflatten(0, heard.shape[:2]).sum(1)
        return heard_in_all
