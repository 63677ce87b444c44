"""A sender that sees an object and speaks, and a receiver that hears and answers: the seats of a referential game."""

from ...protocols.symbols import SymbolCarrier
from ..graph import Graph, Wire
from ..modules import Heads, HearGRU, Linear, Module, Point, Port, SpeakGRU


def sender(size: int, actions: int, carrier: SymbolCarrier, width: int = 256) -> Graph:
    """See, and speak symbol by symbol; there is nothing to do but wait.

    Args:
        size: of what it sees.
        actions: A.
        carrier: of symbols.
        width: of everything between.
    """
    modules: dict[str, Module] = {
        "see": Linear(size, (width,), relu=True),
        "speak": SpeakGRU(width, carrier.length, carrier.vocabulary),
    }
    path = ("input.observation", "see.x", "see.out", "speak.x", "speak.out", "output.emit")
    outputs = {"act": Port((actions,)), "emit": Port(carrier.emit_shape)}
    return Graph({"observation": Port((size,))}, outputs, modules, _along(path))


def receiver(
    size: int, actions: int, carrier: SymbolCarrier, width: int = 256, questions: int = 0, candidates: int = 0
) -> Graph:
    """Hear symbol by symbol, and answer; what it says is silence.

    Args:
        size: of what it sees.
        actions: A.
        carrier: of symbols.
        width: of everything between.
        questions: how many things it may be asked, each with a head of its own; or
        candidates: how many it points at one of.
    """
    answer = Heads(size, questions, width, actions) if questions else Point(candidates, size // candidates, width)
    modules: dict[str, Module] = {
        "hear": HearGRU(1, carrier.length, carrier.vocabulary, width),
        "think": Linear(width, (width,), relu=True),
        "act": answer,
    }
    path = ("input.heard", "hear.heard", "hear.out", "think.x", "think.out", "act.x", "act.out", "output.act")
    inputs = {"observation": Port((size,)), "heard": Port((1, carrier.size))}
    outputs = {"act": Port((actions,)), "emit": Port(carrier.emit_shape)}
    return Graph(inputs, outputs, modules, (*_along(path), Wire("input.observation", "act.seen")))


def _along(path: tuple[str, ...]) -> tuple[Wire, ...]:
    return tuple(Wire(source, target) for source, target in zip(path[::2], path[1::2], strict=True))
