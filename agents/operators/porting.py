"""Port: reuse a body from one context in another through border modules (Baldwin & Clark 2000, chapter 10)."""

from collections.abc import Mapping, Sequence

from ...protocols.common.errors import invalid
from ..compiler import Agent
from ..graph import INPUT, Graph, Wire
from ..modules import Frozen, Module, Port
from ..subgraph import Subgraph
from ..teams.team import Team
from .base import Claim, OperatorResult, operator, type_of
from .parts import as_module, check_list, check_modules, check_unused, check_wires
from .team_parts import memory_wires, seat


@operator
def port(
    graph: Graph,
    body: Sequence[str],
    inputs: Mapping[str, Port],
    outputs: Mapping[str, Port],
    borders: Mapping[str, Module],
    wires: Sequence[Wire],
    frozen: bool = True,
) -> OperatorResult[Graph]:
    """Put modules, with the wires between them, into another context.

    Args:
        graph: The graph from which the body is taken.
        body: Names of the modules of the body. The modules keep them.
        inputs: Inputs of the new context.
        outputs: Outputs of the new context.
        borders: Small modules, by name, that translate between context and body.
        wires: Wires of the context and the borders. None of them may join two modules of the body.
        frozen: Whether each module of the body is held in a ``Frozen``, so that training does not change it.

    Raises:
        ValueError: If a name is unknown or taken, a wire lies within the body, ports do not fit, or an integer port of
            the body is left without a wire.
    """
    check_list("The modules of a body", body)
    _check_named(inputs=inputs, outputs=outputs, borders=borders)
    check_modules(graph, *body)
    check_unused(body, *borders)
    check_list("Wires", wires)
    check_wires(*wires)
    modules_between = {name: as_module(border) for name, border in borders.items()}
    for wire in wires:
        if wire.sender in body and wire.receiver in body:
            remedy = "Remove the wire, or add a border between the two modules."
            raise invalid("The inside of a ported body must stay unchanged", str(wire), remedy)
    kept: dict[int, Module] = {id(graph.modules[name]): graph.modules[name] for name in body}
    if frozen:
        kept = {key: module if isinstance(module, Frozen) else Frozen(module) for key, module in kept.items()}
    modules = {name: kept[id(module)] for name, module in graph.modules.items() if name in body}
    inner = [wire for wire in graph.wires if wire.sender in body and wire.receiver in body]
    after = Graph(dict(inputs), dict(outputs), {**modules, **modules_between}, (*inner, *wires))
    claim = Claim("body unchanged", f"Unchanged, in another context: {', '.join(modules) or 'nothing'}.")
    return OperatorResult("port", graph, after, claim, tuple(borders))


@port.register(Team)
def port_agents(
    team: Team,
    body: Sequence[str],
    inputs: Mapping[str, Port],
    outputs: Mapping[str, Port],
    borders: Mapping[str, Module],
    wires: Sequence[Wire],
    frozen: bool = True,
) -> OperatorResult[Team]:
    """Put whole agents, as modules, into another context. The result is a team of one agent.

    Each agent keeps its memory: ``NAME.memory`` is fed back to the agent automatically.

    Args:
        team: The team from which the body is taken.
        body: Names of the agents of the body. As modules, the agents keep these names.
        inputs: Inputs of the new agent.
        outputs: Outputs of the new agent.
        borders: Small modules, by name, that translate between the new agent's ports and the old agents.
        wires: Wires of the context and the borders. None of them may join two agents of the body.
        frozen: Whether each agent of the body is held in a ``Frozen``, so that training does not change it.

    Raises:
        ValueError: As for a graph.
    """
    check_list("The agents of a body", body)
    held: dict[str, Module] = {name: Subgraph(team.agents[seat(team, name)].graph) for name in body}
    integers = {f"{n}.{x}": end for n, m in held.items() for x, end in m.inputs.items() if end.dtype == "int"}
    ends = {place.replace(".", "_"): end for place, end in integers.items()}
    received = [Wire(f"{INPUT}.{name}", place) for name, place in zip(ends, integers, strict=True)]
    whole = Graph(ends, {}, held, (*received, *memory_wires(held)))
    done = port(whole, body, inputs, outputs, borders, wires, frozen)
    return OperatorResult("port", team, Team([Agent(done.after)], team.channel), done.claim, done.touched)


def _check_named(**by_name: object) -> None:
    for what, named in by_name.items():
        if not isinstance(named, Mapping):
            raise invalid(f"{what.capitalize()} of a context must have names", type_of(named), 'Pass {"x": ...}.')
