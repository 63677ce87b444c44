"""Operators inside one agent of a team, and functions that operators on teams share.

In a team, a module is a whole agent: ``agent_0``, ``agent_1``, and so on. A wire is a channel, written from the
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
    """Apply an operator to the graph of one agent, in all seats that this agent takes.

    Args:
        team: The team.
        name: Name of the agent, such as ``agent_1``.
        operator: The operator.
        args: Arguments of the operator after the graph.
        kwargs: Keyword arguments of the operator.

    Raises:
        ValueError: If there is no such agent, or the operator rejects the request.
    """
    if not isinstance(team, Team):
        remedy = "Pass a team, or call the operator itself on a graph."
        raise invalid("inside needs an agent of a Team", type_of(team), remedy)
    if not isinstance(operator, Operator):
        raise invalid("inside needs an operator", type_of(operator), "Pass an operator such as split.")
    place = seat(team, name)
    done: OperatorResult[Graph] = operator(team.agents[place].graph, *args, **kwargs)
    new = Agent(done.after).train(team.agents[place].training)
    agents = [new if agent is team.agents[place] else agent for agent in team.agents]
    touched = tuple(f"{name}.{module}" for module in done.touched)
    return OperatorResult(done.operator, team, replace(team, agents=agents), done.claim, touched)


def seat(team: Team, name: str) -> int:
    """The seat of the agent with this name.

    Raises:
        ValueError: If there is no such agent.
    """
    if name in team.names:
        return team.names.index(name)
    agent, dot, module = name.partition(".") if isinstance(name, str) else ("", "", "")
    if dot and agent in team.names:
        remedy = f"Use inside(team, {agent!r}, operator, {module!r}, ...) for a module of an agent."
        raise invalid("A module of a team must be a whole agent", name, remedy)
    if len(team.agents) == 1:
        remedy = "Use team.spread(3) in a game of three agents, to give each seat a name."
        raise invalid("In a team whose seats share one agent, its name must be agent_0", name, remedy)
    raise unknown("agent", name, team.names)


def channel_seats(team: Team, wire: Wire) -> tuple[int, int]:
    """The seats (sender, receiver) of a channel.

    Raises:
        ValueError: If the wire is not a channel between two agents, or the channel is cut.
    """
    seats = seat(team, wire.sender), seat(team, wire.receiver)
    ends = wire.source.partition(".")[2], wire.target.partition(".")[2]
    if ends != ("emit", "heard") or seats[0] == seats[1] or wire.delay:
        remedy = 'Pass Wire("agent_0.emit", "agent_1.heard").'
        raise invalid("A channel must lead from the emit of one agent to the heard of another", str(wire), remedy)
    if seats in team.channel.cut:
        raise invalid("A channel must be open", str(wire), "Choose a channel that is not cut.")
    return seats


def cut_channels(team: Team, *pairs: tuple[int, int]) -> Team:
    """Cut further channels of a team, each of them a pair of seats (sender, receiver)."""
    channel: Channel = replace(team.channel, cut=tuple(sorted({*team.channel.cut, *pairs})))
    return replace(team, channel=channel)


def channels_of(place: int, seats: int) -> list[tuple[int, int]]:
    """All channels to and from a seat in a team with this number of seats."""
    return [ends for other in range(seats) if other != place for ends in ((place, other), (other, place))]


def as_agent(name: str, new: Module | Agent, old: Agent) -> Agent:
    """Check that an agent may take the seat ``name``, because it has the inputs and outputs of ``old``, and return it.

    Raises:
        ValueError: If it is not an agent, or has other inputs or outputs.
    """
    if not isinstance(new, Agent):
        raise invalid("Only an Agent can take a seat", type_of(new), "Pass Agent(graph).")
    for wanted, offered in ((old.graph.inputs, new.graph.inputs), (old.graph.outputs, new.graph.outputs)):
        for end in wanted.keys() | offered.keys():
            if end not in wanted or end not in offered or not wanted[end].fits(offered[end]):
                received = f"{name} {end} {wanted.get(end, 'missing')}, the new one {offered.get(end, 'missing')}"
                remedy = "Use port with borders to move it into such a context first."
                raise invalid("All agents of a team must have the same inputs and outputs", received, remedy)
    return new


def equal_agents(a: Agent, b: Agent) -> bool:
    """Whether two agents are identical or copies: they have the same structure and equal weights."""
    return a is b or equal_modules(Subgraph(a.graph), Subgraph(b.graph))


def memory_wires(agents: Mapping[str, Module]) -> list[Wire]:
    """The delayed wires that feed the memory of each agent, wrapped in a module, back to it."""
    return [Wire(f"{name}.memory", f"{name}.memory", 1) for name, agent in agents.items() if "memory" in agent.outputs]
