"""Extract: make a part of a structure a separate structure, such as an encoder without its decoder."""

from collections.abc import Sequence

from ...protocols.common.errors import invalid
from ..graph import INPUT, Graph, Wire
from ..modules import Port
from ..teams.team import Team
from .base import Claim, OperatorResult, operator
from .excluding import exclude
from .parts import check_list, check_modules
from .team_parts import seat


@operator
def extract(graph: Graph, names: Sequence[str]) -> OperatorResult[Graph]:
    """Extract modules, with the wires between them, as a graph.

    Values that the modules received from outside become inputs. Outputs that were read outside, or not at all, become
    outputs. An input of the whole graph keeps its name. Others are named after the port that they replace: ``rnn.out``
    becomes ``rnn_out``. Wrapped in a ``Subgraph``, the part is a module for other graphs.

    Args:
        graph: The graph.
        names: Names of the modules.

    Raises:
        ValueError: If a module is unknown, no module is named, or the part would have no input or no output.
    """
    check_list("Names", names)
    check_modules(graph, *names)
    sources = graph.sources()
    inputs: dict[str, Port] = {}
    stands_for: dict[str, str] = {}
    wires = []
    for wire in graph.wires:
        if wire.receiver not in names:
            continue
        source = wire.source
        if wire.sender not in names:
            name = source.split(".")[1] if wire.sender == INPUT else source.replace(".", "_")
            if stands_for.setdefault(name, source) != source:
                remedy = "Choose another name for the module or the input."
                raise invalid("The inputs of a part must have different names", [stands_for[name], source], remedy)
            inputs[name] = sources[source]
            source = f"{INPUT}.{name}"
        wires.append(Wire(source, wire.target, wire.delay))
    inside = {w.source for w in graph.wires if w.receiver in names}
    outside = {w.source for w in graph.wires if w.receiver not in names}
    ends = [f"{m}.{p}" for m in graph.modules if m in names for p in graph.modules[m].outputs]
    ends = [end for end in ends if end in outside or end not in inside]
    if not names:
        raise invalid("A part must have at least one module", list(names), f"Choose among: {', '.join(graph.modules)}.")
    if not inputs or not ends:
        received = f"inputs {list(inputs)}, outputs {ends}"
        rule = f"A part must have inputs and outputs, and that of {', '.join(names)} does not"
        raise invalid(rule, received, "Add modules to the part.")
    outputs = {end.replace(".", "_"): sources[end] for end in ends}
    wires += [Wire(end, f"output.{end.replace('.', '_')}") for end in ends]
    modules = {name: module for name, module in graph.modules.items() if name in names}
    claim = Claim("exact", "On the same inputs, the part has the outputs that it had in the whole.")
    return OperatorResult("extract", graph, Graph(inputs, outputs, modules, tuple(wires)), claim, ())


@extract.register(Team)
def extract_agents(team: Team, names: Sequence[str]) -> OperatorResult[Team]:
    """Extract agents as a smaller team.

    The agents keep the order of the team, whatever the order of the names. A channel between two of them that is cut
    stays cut between their new seats.

    Args:
        team: The team.
        names: Names of at least two agents.

    Raises:
        ValueError: If an agent is unknown, or fewer than two are named.
    """
    check_list("Names", names)
    seats = {seat(team, name) for name in names}
    kept = [name for place, name in enumerate(team.names) if place in seats]
    if len(kept) < 2:
        remedy = "Pass two names or more, or use team.agents[seat] for a single agent."
        raise invalid("A team that is extracted must have at least two agents", list(names), remedy)
    after = team
    for name in reversed([name for name in team.names if name not in kept]):
        after = exclude(after, name).after
    claim = Claim("measured", f"{', '.join(kept)} play the game of {len(after.agents)} agents.")
    return OperatorResult("extract", team, after, claim, tuple(after.names))
