"""Port: a body parted from its context works in another one, behind a border (Baldwin & Clark 2000, chapter 10)."""

from collections.abc import Mapping, Sequence

from ...protocols.common.errors import bad
from ..graph import Graph, Wire
from ..modules import Frozen, Module, Port
from .base import Claim, Operated, operator, type_of
from .parts import are_wires, as_module, fresh, known, several


@operator
def port(
    graph: Graph,
    body: Sequence[str],
    inputs: Mapping[str, Port],
    outputs: Mapping[str, Port],
    borders: Mapping[str, Module],
    wires: Sequence[Wire],
    frozen: bool = True,
) -> Operated[Graph]:
    """Put modules, with the wires between them, into another context.

    Args:
        graph: of which the body is.
        body: names of its modules; they keep their names.
        inputs: of the new context.
        outputs: of the new context.
        borders: small modules that translate between context and body.
        wires: of context and borders: none joins two modules of the body.
        frozen: hold each module of the body in a ``Frozen``, so that it stays as it is whoever learns.

    Raises:
        ValueError: if names are unknown or taken, a wire is the body's, ports do not fit, or an integer port of the
            body is left without its wire.
    """
    several("The modules of a body", body)
    for what, named in {"Inputs": inputs, "Outputs": outputs, "Borders": borders}.items():
        if not isinstance(named, Mapping):
            raise bad(f"{what} of a context have names", type_of(named), 'Write {"x": ...}.')
    known(graph, *body)
    fresh(body, *borders)
    several("Wires", wires)
    are_wires(*wires)
    modules_between = {name: as_module(border) for name, border in borders.items()}
    for wire in wires:
        if wire.sender in body and wire.receiver in body:
            remedy = "Leave it out, or put a border between."
            raise bad("The inside of a ported body stays as it is", str(wire), remedy)
    kept: dict[int, Module] = {id(graph.modules[name]): graph.modules[name] for name in body}
    if frozen:
        kept = {key: module if isinstance(module, Frozen) else Frozen(module) for key, module in kept.items()}
    modules = {name: kept[id(module)] for name, module in graph.modules.items() if name in body}
    inner = [wire for wire in graph.wires if wire.sender in body and wire.receiver in body]
    after = Graph(dict(inputs), dict(outputs), {**modules, **modules_between}, (*inner, *wires))
    claim = Claim("body unchanged", f"As it was, in another context: {', '.join(modules) or 'nothing'}.")
    return Operated("port", graph, after, claim, tuple(borders))
