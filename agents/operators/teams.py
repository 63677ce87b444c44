"""The same operators on a team: a module there is a whole agent, ``agent_0``, ``agent_1``, ...; a wire is a channel.

A channel is written as a wire from what one agent says to what another one hears: ``agent_0.emit -> agent_2.heard``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...protocols.channels.channel import Channel
from ...protocols.common.checks import flag
from ...protocols.common.errors import bad, unknown
from ..compiler import Agent
from ..graph import INPUT, OUTPUT, Graph, Wire
from ..modules import Module, Port
from ..subgraph import Subgraph
from ..teams.team import Team
from .augmenting import augment
from .base import Claim, Operated, Operator, type_of
from .excluding import exclude
from .extracting import extract
from .lifting import lift
from .parts import are_wires, check_apart, different, equal, halves, same_ports, several
from .porting import port
from .reordering import reorder
from .splitting import split
from .substituting import substitute

FEW = 3
"""How many channels a claim names one by one."""


def inside(team: Team, name: str, operator: Operator[...], *args: Any, **kwargs: Any) -> Operated[Team]:
    """Apply an operator to the graph of one agent, wherever that agent sits.

    Args:
        team: of which the agent is.
        name: the agent.
        operator: what to do.
        args: of the operator, after the graph.
        kwargs: of the operator.

    Raises:
        ValueError: if there is no such agent, or the operator's request is not legal.
    """
    if not isinstance(team, Team):
        remedy = "Give a team; an operator takes a graph by itself."
        raise bad("What has an inside with agents is a Team", type_of(team), remedy)
    if not isinstance(operator, Operator):
        raise bad("What is done inside of a team is an operator", type_of(operator), "Give one, such as split.")
    seat = _seat(team, name)
    done: Operated[Graph] = operator(team.agents[seat].graph, *args, **kwargs)
    new = Agent(done.after).train(team.agents[seat].training)
    agents = [new if agent is team.agents[seat] else agent for agent in team.agents]
    touched = tuple(f"{name}.{module}" for module in done.touched)
    return Operated(done.operator, team, replace(team, agents=agents), done.claim, touched)


@exclude.register(Team)
def exclude_agent(team: Team, what: str | Wire, bypass: bool | None = None) -> Operated[Team]:
    """Take an agent or a channel out.

    An agent is bypassed where the game can be played by fewer: it leaves its seat, and those after it move up. It is
    cut if asked for: it keeps its seat, and nothing passes to or from it.

    Raises:
        ValueError: if there is no such agent, it is the last but one, or the wire is no channel between two agents.
    """
    if isinstance(what, Wire):
        pair = _pair(team, what)
        claim = Claim("measured", f"{what.receiver} no longer hears {what.sender}.")
        return Operated("exclude", team, _cut(team, pair), claim, (what.receiver,))
    if bypass is not None:
        flag("bypass", bypass)
    seat = _seat(team, what)
    others = tuple(name for name in team.names if name != what)
    if bypass is False:
        pairs = [pair for other in range(len(team.agents)) if other != seat for pair in ((seat, other), (other, seat))]
        claim = Claim("measured", f"{what} is cut: it keeps its seat, hears nothing and is not heard.")
        return Operated("exclude", team, _cut(team, *pairs), claim, others)
    if len(others) < 2:
        remedy = "Cut it (bypass=False), or substitute another agent for it."
        if len(team.agents) == 1:
            remedy = "If all seats share it, name it once a seat: team.spread(3) for a game of three."
        raise bad("A team that goes on has two agents", f"{what} out of {', '.join(team.names)}", remedy)
    moved = {old: old - (old > seat) for old in range(len(team.agents)) if old != seat}
    cut = tuple((moved[a], moved[b]) for a, b in team.channel.cut if seat not in (a, b))
    agents = [agent for place, agent in enumerate(team.agents) if place != seat]
    after = Team(agents, replace(team.channel, cut=cut))
    claim = Claim("measured", f"{what} is gone, and the rest play the game of {len(agents)} agents.")
    return Operated("exclude", team, after, claim, tuple(after.names))


@reorder.register(Team)
def reorder_agents(team: Team, a: str, b: str) -> Operated[Team]:
    """Let two agents change seats: each meets the partners that the other had. Twice is the identity.

    Raises:
        ValueError: if a name is unknown, or the two have different ports.
    """
    first, second = _seat(team, a), _seat(team, b)
    _agent(a, team.agents[second], team.agents[first])
    agents = list(team.agents)
    agents[first], agents[second] = agents[second], agents[first]
    alike = _alike(team.agents[first], team.agents[second])
    sentence = f"{a} and {b} are copies." if alike else f"{a} and {b} have changed seats, and so partners."
    claim = Claim("exact" if alike else "measured", sentence)
    return Operated("reorder", team, replace(team, agents=agents), claim, tuple(team.names))


@substitute.register(Team)
def substitute_agent(team: Team, name: str, module: Module | Agent) -> Operated[Team]:
    """Put another agent in a seat.

    Raises:
        ValueError: if there is no such seat, or the new agent has other ports.
    """
    seat = _seat(team, name)
    new = _agent(name, module, team.agents[seat])
    agents = [new if place == seat else agent for place, agent in enumerate(team.agents)]
    if _alike(team.agents[seat], new):
        claim = Claim("exact", f"The new {name} is a copy of the old one.")
    else:
        claim = Claim("ports exact", f"{name} sees, hears, says and does what has the same shapes.")
    return Operated("substitute", team, replace(team, agents=agents), claim, (name,))


@augment.register(Team)
def augment_team(
    team: Team, name: str, module: Module | Agent, wires: Sequence[Wire] = (), on: Wire | None = None
) -> Operated[Team]:
    """Add an agent in a new last seat; it hears nobody and is not heard but over the channels that are named.

    Args:
        team: to be added to.
        name: of the new agent, ``agent_N``.
        module: the new agent.
        wires: its channels, open at once: from one agent's ``emit`` to another's ``heard``.
        on: not for teams.

    Raises:
        ValueError: for another name, an agent of other ports, or wires that are no channels of the new agent.
    """
    seat = len(team.agents)
    if on is not None:
        remedy = f"Give its channels as wires; to add to one agent, inside(team, {team.names[0]!r}, augment, ...)."
        raise bad("A new agent sits on no wire", str(on), remedy)
    if name != f"agent_{seat}":
        remedy = "Reorder the team afterwards."
        raise bad(f"A new agent takes the seat after the last, agent_{seat}", name, remedy)
    several("Wires", wires)
    are_wires(*wires)
    new = _agent("agent_0", module, team.agents[0])
    grown = replace(team, agents=[*team.agents, new])
    shut = [pair for other in range(seat) for pair in ((seat, other), (other, seat))]
    for wire in wires:
        pair = _pair(grown, wire)
        if seat not in pair:
            raise bad(f"What is added are channels of the new {name}", str(wire), f"Wires lead to {name} or from it.")
        shut = [other for other in shut if other != pair]
    over = ", ".join(map(str, wires)) if len(wires) <= FEW else f"{len(wires)} channels"
    claim = Claim("measured", f"{name} takes part over {over}.")
    if not wires:
        claim = Claim("exact", f"{name} hears nobody and is not heard.")
    touched = tuple(dict.fromkeys(wire.receiver for wire in wires)) or (name,)
    return Operated("augment", team, _cut(grown, *shut), claim, touched)


@split.register(Team)
def split_agent(team: Team, name: str, at: int = 1, into: tuple[str, str] | None = None) -> Operated[Team]:
    """Make two agents of one, that share its seat: the first tells the second one thing, and nobody else.

    Args:
        team: of which the agent is.
        name: the agent.
        at: how many of its modules, in the order in which the graph names them, make up the first.
        into: names of the two; by default ``NAME_0`` and ``NAME_1``.

    Raises:
        ValueError: if there is no such agent, or the first half says more than one thing, or hears the second.
    """
    agent = team.agents[_seat(team, name)]
    graph, order = agent.graph, list(agent.graph.modules)
    names = halves(name, into)
    check_apart(name, at, len(order), "modules")
    lower, upper = order[:at], order[at:]
    across = [w for w in graph.wires if w.sender in lower and w.receiver not in lower]
    back = [w for w in graph.wires if w.sender in upper and w.receiver in lower]
    if len({w.source for w in across}) != 1 or back or any(w.delay or w.receiver == OUTPUT for w in across):
        received = [str(wire) for wire in (*across, *back)]
        remedy = f"Choose another place among: {', '.join(order)}."
        raise bad(f"The first half ({', '.join(lower)}) says one thing, and to the second half alone", received, remedy)
    first, second = extract(graph, lower).after, extract(graph, upper).after
    graphs = dict(zip(names, (first, second), strict=True))
    parts: dict[str, Module] = {half: Subgraph(part) for half, part in graphs.items()}
    heard = [(half, x) for half, part in graphs.items() for x in part.inputs if x in graph.inputs]
    wires = [Wire(f"{INPUT}.{x}", f"{half}.{x}") for half, x in heard]
    said = across[0].source.replace(".", "_")
    wires.append(Wire(f"{names[0]}.{said}", f"{names[1]}.{said}"))
    wires += _memories(parts)
    wires += [Wire(f"{names[1]}.{w.source.replace('.', '_')}", w.target) for w in graph.wires if w.receiver == OUTPUT]
    new = Agent(Graph(graph.inputs, graph.outputs, parts, tuple(wires))).train(agent.training)
    agents = [new if other is agent else other for other in team.agents]
    claim = Claim("exact", f"{names[0]} tells {names[1]} what {across[0].source} says, over the same parameters.")
    return Operated("split", team, replace(team, agents=agents), claim, tuple(f"{name}.{half}" for half in names))


@lift.register(Team)
def lift_in_team(team: Team, names: Sequence[str], into: str | None = None) -> Operated[Team]:
    """Put one module in the place of private copies in several agents, or one agent in several seats.

    Args:
        team: of which the agents are.
        names: modules, written ``agent_0.see``, ``agent_1.see``, ...; or agents. The first one's parameters stay, and
            learn from all places.
        into: not for teams: places keep their names.

    Raises:
        ValueError: if a name is unknown, or ports differ.
    """
    if into is not None:
        raise bad("In a team places keep their names", into, "Leave it out.")
    several("Names", names)
    different(names)
    first, *others = names
    after = team
    alike = True
    for name in others:
        (one, place), (two, there) = _place(team, first), _place(team, name)
        if (place is None) != (there is None):
            raise bad("What is lifted are modules, or whole agents", list(names), "Name the one or the other.")
        if place is None or there is None:
            done = substitute_agent(after, name, team.agents[one])
            alike, after = alike and done.claim.kind == "exact", done.after
        else:
            mine, theirs = team.agents[one].graph.modules[place], team.agents[two].graph.modules[there]
            same_ports(first, mine, theirs, name)
            alike = alike and equal(mine, theirs)
            after = inside(after, f"agent_{two}", substitute, there, mine).after
    sentence = f"{', '.join(names)} are one"
    claim = Claim("exact", f"{sentence}, and were equal.") if alike else Claim("measured", f"{sentence}: {first}.")
    return Operated("lift", team, after, claim, tuple(names))


@port.register(Team)
def port_agents(
    team: Team,
    body: Sequence[str],
    inputs: Mapping[str, Port],
    outputs: Mapping[str, Port],
    borders: Mapping[str, Module],
    wires: Sequence[Wire],
    frozen: bool = True,
) -> Operated[Team]:
    """Put whole agents, as modules, into another context: what comes of it is a team of one agent.

    Each agent keeps its memory: ``NAME.memory`` is led back to itself, and needs no wire.

    Raises:
        ValueError: as for a graph.
    """
    several("The agents of a body", body)
    held: dict[str, Module] = {name: Subgraph(team.agents[_seat(team, name)].graph) for name in body}
    integers = {f"{n}.{x}": end for n, m in held.items() for x, end in m.inputs.items() if end.dtype == "int"}
    old = {place.replace(".", "_"): end for place, end in integers.items()}
    heard = [Wire(f"{INPUT}.{name}", place) for name, place in zip(old, integers, strict=True)]
    whole = Graph(old, {}, held, (*heard, *_memories(held)))
    done = port(whole, body, inputs, outputs, borders, wires, frozen)
    return Operated("port", team, Team([Agent(done.after)], team.channel), done.claim, done.touched)


@extract.register(Team)
def extract_agents(team: Team, names: Sequence[str]) -> Operated[Team]:
    """Take agents out, as a team of their own.

    They sit in the order of the team, whatever the order of the names. A channel between two of them that is cut stays
    cut, between their new seats; the channels of the others go.

    Raises:
        ValueError: for an unknown name, or fewer than two.
    """
    several("Names", names)
    seats = {_seat(team, name) for name in names}
    taken = [name for seat, name in enumerate(team.names) if seat in seats]
    if len(taken) < 2:
        remedy = "Take two or more; one alone is team.agents[seat]."
        raise bad("What is taken from a team is a team of two agents at least", list(names), remedy)
    after = team
    for name in reversed([name for name in team.names if name not in taken]):
        after = exclude(after, name).after
    claim = Claim("measured", f"{', '.join(taken)} play the game of {len(after.agents)} agents.")
    return Operated("extract", team, after, claim, tuple(after.names))


def _seat(team: Team, name: str) -> int:
    if name in team.names:
        return team.names.index(name)
    agent, dot, module = name.partition(".") if isinstance(name, str) else ("", "", "")
    if dot and agent in team.names:
        remedy = f"For a module in an agent, apply it inside: inside(team, {agent!r}, operator, {module!r}, ...)."
        raise bad("A module of a team is a whole agent", name, remedy)
    if len(team.agents) == 1:
        remedy = "Name it once a seat: team.spread(3) for a game of three."
        raise bad("A team whose seats share one agent has agent_0 alone", name, remedy)
    raise unknown("agent", name, team.names)


def _place(team: Team, name: str) -> tuple[int, str | None]:
    """The seat, and the module there if one is named."""
    agent, _, module = name.partition(".") if isinstance(name, str) else (name, "", "")
    seat = _seat(team, agent)
    if module and module not in team.agents[seat].graph.modules:
        raise unknown(f"module of {agent}", module, team.agents[seat].graph.modules)
    return seat, module or None


def _memories(agents: Mapping[str, Module]) -> list[Wire]:
    """The wires that lead the memory of each agent back to it."""
    return [Wire(f"{name}.memory", f"{name}.memory", 1) for name, agent in agents.items() if "memory" in agent.outputs]


def _pair(team: Team, wire: Wire) -> tuple[int, int]:
    pair = _seat(team, wire.sender), _seat(team, wire.receiver)
    ends = wire.source.partition(".")[2], wire.target.partition(".")[2]
    if ends != ("emit", "heard") or pair[0] == pair[1] or wire.delay:
        remedy = "Write it as agent_0.emit -> agent_1.heard."
        raise bad("A channel leads from what one agent emits to what another one heard", str(wire), remedy)
    if pair in team.channel.cut:
        raise bad("A channel that is named is open", str(wire), "It is cut already.")
    return pair


def _cut(team: Team, *pairs: tuple[int, int]) -> Team:
    channel: Channel = replace(team.channel, cut=tuple(sorted({*team.channel.cut, *pairs})))
    return replace(team, channel=channel)


def _agent(name: str, new: Module | Agent, old: Agent) -> Agent:
    """What takes a seat, if it is an agent with the ports of another one.

    Raises:
        ValueError: if it is not.
    """
    if not isinstance(new, Agent):
        raise bad("Who takes a seat is an Agent", type_of(new), "Compile a graph: Agent(graph).")
    for ours, theirs in ((old.graph.inputs, new.graph.inputs), (old.graph.outputs, new.graph.outputs)):
        for end in ours.keys() | theirs.keys():
            if end not in ours or end not in theirs or not ours[end].fits(theirs[end]):
                received = f"{name} {end} {ours.get(end, 'missing')}, the new one {theirs.get(end, 'missing')}"
                remedy = "Port it into such a context first, behind a border."
                raise bad("Who takes a seat has the inputs and outputs of the others", received, remedy)
    return new


def _alike(a: Agent, b: Agent) -> bool:
    return a is b or equal(Subgraph(a.graph), Subgraph(b.graph))
