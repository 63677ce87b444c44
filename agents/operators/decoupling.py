"""Operators that put a predicted gradient or a predicted value on a wire (Jaderberg et al. 2016, arXiv:1608.05343)."""

from collections.abc import Sequence
from dataclasses import replace

from ...protocols.common.errors import invalid, unknown
from ..graph import Graph, Wire
from ..modules import Port, SyntheticGradient, SyntheticInput
from .augmenting import augment
from .base import Claim, Operator, OperatorResult
from .parts import check_wires


@Operator
def decouple(
    graph: Graph,
    name: str,
    on: Wire,
    context: str | None = None,
    label: str | None = None,
    widths: Sequence[int] = (),
    gradient_prob: float = 1.0,
) -> OperatorResult[Graph]:
    """Put a ``SyntheticGradient`` on a wire. ``exclude`` removes it.

    Args:
        graph: The graph.
        name: Name of the new module.
        on: The wire.
        context: A port whose value the predictor also receives, such as ``rnn.out``.
        label: The port that holds the correct answer, one-hot, such as ``input.label``.
        widths: Widths of the predictor's hidden layers.
        gradient_prob: Probability that the true gradient of a row arrives.

    Raises:
        ValueError: If there is no such wire or port, the name is taken, or a further input of the predictor is not a
            vector of floats.
    """
    check_wires(on)
    contexts, labels = (_width(graph, end) if end else 0 for end in (context, label))
    credit = SyntheticGradient(_source(graph, on.source).shape, contexts, labels, widths, gradient_prob)
    further = [Wire(end, f"{name}.{port}") for end, port in ((context, "context"), (label, "label")) if end]
    return augment(graph, name, credit, further, on)


@Operator
def predict_input(graph: Graph, name: str, on: Wire, context: str, widths: Sequence[int] = ()) -> OperatorResult[Graph]:
    """Put a ``SyntheticInput`` on a wire. After a ``SyntheticGradient``, it unlocks the wire in both directions.

    Args:
        graph: The graph.
        name: Name of the new module.
        on: The wire.
        context: The port from which the prediction is made, such as ``input.observation``.
        widths: Widths of the predictor's hidden layers.

    Raises:
        ValueError: If there is no such wire or port, the name is taken, or the context is not a vector of floats.
    """
    check_wires(on)
    value, width = _source(graph, on.source).shape, _width(graph, context)
    done = augment(graph, name, SyntheticInput(value, width, widths), [Wire(context, f"{name}.context")], on)
    sentence = f"{name} is the identity in evaluation; in training its readers receive its prediction."
    return replace(done, claim=Claim("exact", sentence))


def _width(graph: Graph, end: str) -> int:
    port = _source(graph, end)
    if len(port.shape) != 1 or port.dtype != "float":
        rule = "The further inputs of a predictor must be vectors of floats"
        raise invalid(rule, f"{end} {port}", "Choose a port that holds a vector of floats.")
    return port.shape[0]


def _source(graph: Graph, end: str) -> Port:
    sources = graph.sources()
    if end not in sources:
        raise unknown("source of a wire", end, sources)
    return sources[end]
