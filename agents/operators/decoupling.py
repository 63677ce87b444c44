"""Wires whose credit or value is predicted: the module for it, sized by the graph's ports, and put on the wire."""

from collections.abc import Sequence
from dataclasses import replace

from ...protocols.common.errors import bad, unknown
from ..graph import Graph, Wire
from ..modules import Port, SyntheticCredit, SyntheticInput
from . import Claim, Operated, Operator, augment
from .parts import are_wires


@Operator
def decouple(
    graph: Graph,
    name: str,
    on: Wire,
    context: str | None = None,
    label: str | None = None,
    widths: Sequence[int] = (),
    gradient_prob: float = 1.0,
) -> Operated[Graph]:
    """Put a ``SyntheticCredit`` on a wire: ``exclude`` takes it out again.

    Args:
        graph: of which the wire is.
        name: of the new module.
        on: the wire.
        context: an end that the predictor hears beside the value, such as ``recall.out``.
        label: the end where the right answer stands, one-hot, such as ``input.label``.
        widths: of the predictor's hidden layers.
        gradient_prob: the chance that a row's true gradient arrives.

    Raises:
        ValueError: if there is no such wire or end, the name is taken, or an end that the predictor hears is no row of
            numbers.
    """
    are_wires(on)
    told, answers = (_width(graph, end) if end else 0 for end in (context, label))
    credit = SyntheticCredit(_starting(graph, on.source).shape, told, answers, widths, gradient_prob)
    beside = [Wire(end, f"{name}.{port}") for end, port in ((context, "context"), (label, "label")) if end]
    return augment(graph, name, credit, beside, on)


@Operator
def anticipate(graph: Graph, name: str, on: Wire, context: str, widths: Sequence[int] = ()) -> Operated[Graph]:
    """Put a ``SyntheticInput`` on a wire; behind a ``SyntheticCredit`` the wire is unlocked both ways.

    Args:
        graph: of which the wire is.
        name: of the new module.
        on: the wire.
        context: the end that the prediction is made from, such as ``input.observation``.
        widths: of the predictor's hidden layers.

    Raises:
        ValueError: if there is no such wire or end, the name is taken, or an end that the predictor hears is no row of
            numbers.
    """
    are_wires(on)
    value, told = _starting(graph, on.source).shape, _width(graph, context)
    done = augment(graph, name, SyntheticInput(value, told, widths), [Wire(context, f"{name}.context")], on)
    sentence = f"{name} is the identity in evaluation; in training what lies behind hears its prediction."
    return replace(done, claim=Claim("exact", sentence))


def _width(graph: Graph, end: str) -> int:
    port = _starting(graph, end)
    if len(port.shape) != 1 or port.dtype != "float":
        raise bad("What a predictor hears beside the value is a row of numbers", f"{end} {port}", "Name such an end.")
    return port.shape[0]


def _starting(graph: Graph, end: str) -> Port:
    sources = graph.sources()
    if end not in sources:
        raise unknown("end to start a wire from", end, sources)
    return sources[end]
