"""A sender that sees an object and speaks, and a receiver that hears and answers: the seats of a referential game."""

from typing import Literal, TypeAlias

from ...protocols.channels.symbols import SymbolCarrier
from ..graph import Graph, Wire
from ..modules import Heads, HearAll, HearRNN, Linear, Module, Norm, Point, Port, SpeakRNN

Architecture: TypeAlias = Literal["mlp", "gru", "lstm"]


def sender(
    size: int, actions: int, carrier: SymbolCarrier, width: int = 256, network: Architecture = "mlp", scale: float = 3.0
) -> Graph:
    """See and speak; there is nothing to do but wait.

    Args:
        size: of what it sees.
        actions: A.
        carrier: of symbols.
        width: of everything between.
        network: says all symbols at once ("mlp"), or one after another ("gru", "lstm").
        scale: standard deviation of each symbol's logit over the batch.
    """
    modules: dict[str, Module] = {
        "see": Linear(size, (width,), relu=True),
        "speak": Linear(width, carrier.emit_shape)
        if network == "mlp"
        else SpeakRNN(width, carrier.length, carrier.vocabulary, network),
        "voice": Norm(carrier.emit_shape, scale=scale),
    }
    path = ("input.observation", "see.x", "see.out", "speak.x", "speak.out", "voice.x", "voice.out", "output.emit")
    outputs = {"act": Port((actions,)), "emit": Port(carrier.emit_shape)}
    return Graph({"observation": Port((size,))}, outputs, modules, _along(path))


def receiver(
    size: int,
    actions: int,
    carrier: SymbolCarrier,
    width: int = 256,
    network: Architecture = "mlp",
    questions: int = 0,
    candidates: int = 0,
) -> Graph:
    """Hear and answer; what it says is silence.

    Args:
        size: of what it sees.
        actions: A.
        carrier: of symbols.
        width: of everything between.
        network: hears all symbols at once ("mlp"), or one after another ("gru", "lstm").
        questions: how many things it may be asked, each with a head of its own; or
        candidates: how many it points at one of.
    """
    answer = Heads(size, questions, width, actions) if questions else Point(candidates, size // candidates, width)
    modules: dict[str, Module] = {
        "hear": HearAll(1, carrier.size, width)
        if network == "mlp"
        else HearRNN(1, carrier.length, carrier.vocabulary, width, network, carrier.end),
        "act": answer,
    }
    path = ("input.heard", "hear.heard", "hear.out", "act.x", "act.out", "output.act")
    inputs = {"observation": Port((size,)), "heard": Port((1, carrier.size))}
    outputs = {"act": Port((actions,)), "emit": Port(carrier.emit_shape)}
    return Graph(inputs, outputs, modules, (*_along(path), Wire("input.observation", "act.seen")))


def _along(path: tuple[str, ...]) -> tuple[Wire, ...]:
    return tuple(Wire(source, target) for source, target in zip(path[::2], path[1::2], strict=True))
