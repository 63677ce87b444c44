"""Operators inside one agent of a team, and what the team versions of operators share.

On a team a module is a whole agent, ``agent_0``, ``agent_1``, ...; a wire is a channel, written as a wire from the
sender's output to the receiver's input: ``agent_0.emit -> agent_2.heard``.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...protocols.channels.channel import Channel
from ...protocols.common.errors import invalid, unknown
from ..compiler import Agent
from ..graph import Graph, Wire
from ..modules import Module
from ..subgraph import Subgraph
from ..teams.team import Team
from .base import Operator, OperatorResult, type_of
from .parts import equal_modules


def inside(team: Team, name: str, operator: Operator[...], *args: Any, **kwargs: Any) -> OperatorResult[Team]:
    """Apply an operator to the graph of one agent, in all seats of that agent.

    Args:
        team: The team.
        name: Name of the agent, such as ``agent_1``.
        operator: The operator.
        args: Arguments of the operator after the graph.
        kwargs: Keyword arguments of the operator.

    Raises:
        ValueError: if there is no such agent, or the operator refuses the request.
    """
    if not isinstance(team, Team):
        remedy = "Pass a team; call the operator itself on a graph."
        raise invalid("inside applies an operator to an agent of a Team", type_of(team), remedy)
    if not isinstance(operator, Operator):
        raise invalid("inside applies an operator", type_of(operator), "Pass one, such as split.")
    place = seat(team, name)
    done: OperatorResult[Graph] = operator(team.agents[place].graph, *args, **kwargs)
    new = Agent(done.after).train(team.agents[place].training)
    agents = [new if agent is team.agents[place] else agent for agent in team.agents]
    touched = tuple(f"{name}.{module}" for module in done.touched)
    return OperatorResult(done.operator, team, replace(team, agents=agents), done.claim, touched)


def seat(team: Team, name: str) -> int:
    """The seat of the agent with this name.

    Raises:
        ValueError: if there is none; with a remedy for names of modules, and for teams whose seats share one agent.
    """
    if name in team.names:
        return team.names.index(name)
    agent, dot, module = name.partition(".") if isinstance(name, str) else ("", "", "")
    if dot and agent in team.names:
        remedy = f"For a module in an agent, apply it inside: inside(team, {agent!r}, operator, {module!r}, ...)."
        raise invalid("A module of a team is a whole agent", name, remedy)
    if len(team.agents) == 1:
        remedy = "Use one name per seat: team.spread(3) for a game of three."
        raise invalid("A team whose seats share one agent has only agent_0", name, remedy)
    raise unknown("agent", name, team.names)


def pair(team: Team, wire: Wire) -> tuple[int, int]:
    """The seats (sender, receiver) of a channel.

    Raises:
        ValueError: if the wire is no channel between two agents, or the channel is cut.
    """
    seats = seat(team, wire.sender), seat(team, wire.receiver)
    ends = wire.source.partition(".")[2], wire.target.partition(".")[2]
    if ends != ("emit", "heard") or seats[0] == seats[1] or wire.delay:
        remedy = "Write it as agent_0.emit -> agent_1.heard."
        raise invalid("A channel must lead from the emit of one agent to the heard of another", str(wire), remedy)
    if seats in team.channel.cut:
        raise invalid("A named channel must be open", str(wire), "It is cut already.")
    return seats


def cut(team: Team, *pairs: tuple[int, int]) -> Team:
    """The team with further channels cut, each given as seats (sender, receiver)."""
    channel: Channel = replace(team.channel, cut=tuple(sorted({*team.channel.cut, *pairs})))
    return replace(team, channel=channel)


def channels_of(place: int, seats: int) -> list[tuple[int, int]]:
    """All channels to and from a seat, for this number of seats."""
    return [ends for other in range(seats) if other != place for ends in ((place, other), (other, place))]


def as_agent(name: str, new: Module | Agent, old: Agent) -> Agent:
    """An agent that may take the seat ``name``: one with the inputs and outputs of ``old``.

    Raises:
        ValueError: if it is not an agent, or has other inputs or outputs.
    """
    if not isinstance(new, Agent):
        raise invalid("Only an Agent can take a seat", type_of(new), "Compile a graph: Agent(graph).")
    for ours, theirs in ((old.graph.inputs, new.graph.inputs), (old.graph.outputs, new.graph.outputs)):
        for end in ours.keys() | theirs.keys():
            if end not in ours or end not in theirs or not ours[end].fits(theirs[end]):
                received = f"{name} {end} {ours.get(end, 'missing')}, the new one {theirs.get(end, 'missing')}"
                remedy = "Port it into such a context first, behind a border."
                raise invalid("All agents of a team must have the same inputs and outputs", received, remedy)
    return new


def equal_agents(a: Agent, b: Agent) -> bool:
    """Whether two agents are the same one or copies: the same structure, and equal weights."""
    return a is b or equal_modules(Subgraph(a.graph), Subgraph(b.graph))


def memory_wires(agents: Mapping[str, Module]) -> list[Wire]:
    """The delayed wires that feed the memory of each agent, held as a module, back to it."""
    return [Wire(f"{name}.memory", f"{name}.memory", 1) for name, agent in agents.items() if "memory" in agent.outputs]
