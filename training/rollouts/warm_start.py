"""Warm starts: training that continues from an existing team, such as the result of an operator."""

import copy
from collections.abc import Callable, Mapping, Sequence
from functools import reduce

from ...agents import Agent, Graph, SyntheticGradient, Team
from ...agents.operators import decouple, exclude
from ...protocols.channels.channel import Channel
from ...protocols.common.errors import argument, invalid


def initial_agents(
    start: Team | None,
    fresh: Sequence[Agent],
    channel: Channel,
    with_credit: Callable[[Graph], Graph] = lambda graph: graph,
) -> list[Agent]:
    """The agents at the start of a run: new agents, or copies of those of a team. Shared parameters stay shared.

    The copies adopt the credit of the run: a predictor of synthetic credit before the message output is removed, added,
    or kept if it is the same.

    Args:
        start: The team; None for new agents.
        fresh: New agents, as specified by the settings of the run.
        channel: The channel of the run.
        with_credit: Adds the modules that the credit of the run needs to a graph without a predictor.

    Raises:
        ValueError: if the team has a different number of agents, agents with different ports, or different messages.
    """
    if start is None:
        return list(fresh)
    if type(start.channel.carrier) is not type(channel.carrier):
        remedy = "Choose the recipe that the team was trained with."
        raise invalid(f"Messages of this run must be {channel.carrier}", start.channel.carrier, remedy)
    if len(start.agents) != len(fresh):
        rule = "The team must have as many agents as the settings of the run create"
        remedy = "Set agents to their number and shared to False, or start from one agent that all seats share."
        raise invalid(rule, f"{len(start.agents)} for {len(fresh)}", remedy)
    for name, mine, new in zip(start.names, start.agents, fresh, strict=True):
        if _ports(mine) != _ports(new):
            differ = [port for port in _ports(new) if _ports(mine).get(port) != _ports(new)[port]]
            there, here = ({port: ports.get(port, "none") for port in differ} for ports in (_ports(mine), _ports(new)))
            rule = f"An agent of this run must have the ports {_listed(here)}"
            raise invalid(rule, f"{name} with {_listed(there)}", _remedy(start, channel))
    agents = copy.deepcopy(list(start.agents))
    credited = {id(agent): _credited(agent, with_credit) for agent in agents}
    return [credited[id(agent)] for agent in agents]


def with_synthetic_credit(graph: Graph, context: str, width: int, gradient_prob: float = 1.0) -> Graph:
    """The graph with a predictor of synthetic credit, of two hidden layers, before its message output.

    Args:
        graph: The agent's graph.
        context: The output that the predictor receives in addition to the message, such as "rnn.out".
        width: Width of the hidden layers.
        gradient_prob: Probability that a row's true gradient reaches the predictor.
    """
    (on,) = (wire for wire in graph.wires if wire.target == "output.emit")
    return decouple(graph, "credit", on, context, widths=(width, width), gradient_prob=gradient_prob).after


def _credited(agent: Agent, with_credit: Callable[[Graph], Graph]) -> Agent:
    there = _predictors(agent.graph)
    bare = reduce(lambda graph, name: exclude(graph, name, credit="through").after, there, agent.graph)
    made = with_credit(bare)
    wanted = _predictors(made)
    same = [credit.arguments for credit in there.values()] == [credit.arguments for credit in wanted.values()]
    return agent if same else Agent(made)


def _predictors(graph: Graph) -> dict[str, SyntheticGradient]:
    """The predictors of synthetic credit before the message output."""
    senders = {wire.sender: graph.modules.get(wire.sender) for wire in graph.wires if wire.target == "output.emit"}
    return {name: module for name, module in senders.items() if isinstance(module, SyntheticGradient)}


def _ports(agent: Agent) -> dict[str, str]:
    """The type of each input and output, by its name."""
    return {end: str(port) for ends in (agent.graph.inputs, agent.graph.outputs) for end, port in ends.items()}


def _listed(ports: Mapping[str, str]) -> str:
    return ", ".join(f"{end} {port}" for end, port in ports.items())


def _remedy(start: Team, channel: Channel) -> str:
    """How to make the ports equal: by the messages if they differ, otherwise by the game."""
    there, here = vars(start.channel.carrier), vars(channel.carrier)
    sizes = [argument(name, there[name]) for name in ("vocabulary", "length") if there.get(name) != here.get(name)]
    if sizes:
        return f"Pass {' and '.join(sizes)}, as in the run of the team."
    if start.channel.carrier.signal_shape != channel.carrier.signal_shape:
        return f"Pass the {argument('length')} with which messages are {start.channel.carrier}."
    agents, task, longest = map(argument, ("agents", "task", "longest"))
    return f"Pass the settings of the game that the team plays, such as {agents}, {task} or {longest}."
