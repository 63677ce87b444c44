"""A wire whose credit is predicted: the module for it, sized by the graph's ports, and put on the wire."""

import math
from collections.abc import Sequence

from ..protocols.errors import unknown
from .graph import Graph, Wire
from .modules import SyntheticCredit
from .operators import Operated, augment


def decouple(
    graph: Graph,
    name: str,
    on: Wire,
    context: str | None = None,
    label: str | None = None,
    widths: Sequence[int] = (),
    arrives: float = 1.0,
) -> Operated[Graph]:
    """Put a ``SyntheticCredit`` on a wire: ``exclude`` takes it out again.

    Args:
        graph: of which the wire is.
        name: of the new module.
        on: the wire.
        context: an end that the predictor hears beside the value, such as ``recall.out``.
        label: the end where the right answer stands, one-hot, such as ``input.label``.
        widths: of the predictor's hidden layers.
        arrives: the chance that a row's true gradient arrives.

    Raises:
        ValueError: if there is no such wire or end, or the name is taken.
    """
    sources = graph.sources()
    for end in (on.source, context, label):
        if end is not None and end not in sources:
            raise unknown("end to start a wire from", end, sources)
    told, answers = (math.prod(sources[end].shape) if end else 0 for end in (context, label))
    credit = SyntheticCredit(sources[on.source].shape, told, answers, widths, arrives)
    beside = [Wire(end, f"{name}.{port}") for end, port in ((context, "context"), (label, "label")) if end]
    return augment(graph, name, credit, beside, on)
