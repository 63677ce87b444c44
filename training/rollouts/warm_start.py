"""Warm starts: training that continues from an existing team, such as the result of an operator."""

import copy
from collections.abc import Callable, Mapping, Sequence
from functools import reduce

from ...agents import Agent, Graph, SyntheticGradient, Team
from ...agents.operators import decouple, exclude
from ...protocols.channels.channel import Channel
from ...protocols.common.errors import argument, invalid, phrase

GAME_SETTINGS = ("agents", "task", "longest", "attributes", "values", "candidates", "game_options")
"""Settings that can change the ports of an agent, in the recipes that have them."""


def initial_agents(
    start: Team | None,
    fresh: Sequence[Agent],
    channel: Channel,
    settings: Mapping[str, object],
    with_credit: Callable[[Graph], Graph] = lambda graph: graph,
) -> list[Agent]:
    """The agents at the start of a run: new agents, or copies of those of a team. Shared parameters stay shared.

    The copies adopt the credit of the run: a predictor of synthetic credit before the message output is removed, added,
    or kept if it is the same.

    Args:
        start: The team; None for new agents.
        fresh: New agents, as specified by the settings of the run.
        channel: The channel of the run.
        settings: The settings of the run by name, which errors recommend to change.
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
        raise invalid(rule, f"{len(start.agents)} for {len(fresh)}", _remedy_of_number(start, len(fresh), settings))
    for name, mine, new in zip(start.names, start.agents, fresh, strict=True):
        if _ports(mine) != _ports(new):
            there, here = _ports(mine), _ports(new)
            differ = [end for end in {**here, **there} if there.get(end) != here.get(end)]
            rule = f"An agent of this run must have the ports {_listed(here, differ)}"
            remedy = _remedy_of_ports(start, channel, there, here, settings)
            raise invalid(rule, f"{name} with {_listed(there, differ)}", remedy)
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


def _listed(ports: Mapping[str, str], ends: Sequence[str]) -> str:
    return ", ".join(f"{end} {ports.get(end, 'none')}" for end in ends)


def _remedy_of_number(start: Team, agents: int, settings: Mapping[str, object]) -> str:
    """How to make the numbers of agents equal."""
    if len(start.agents) == 1:
        return phrase(f"Pass shared=True, or start=team.spread({agents}).", "Pass --shared.")
    return f"Pass {argument('shared', False) if settings['shared'] else argument('agents', len(start.agents))}."


def _remedy_of_ports(
    start: Team, channel: Channel, there: Mapping[str, str], here: Mapping[str, str], settings: Mapping[str, object]
) -> str:
    """How to make the ports equal: by the messages if they differ, otherwise by the critic, the memory or the game."""
    mine, its = vars(start.channel.carrier), vars(channel.carrier)
    sizes = [argument(name, mine[name]) for name in ("vocabulary", "length") if mine.get(name) != its.get(name)]
    if sizes:
        return f"Pass {' and '.join(sizes)}, as in the run of the team."
    if start.channel.carrier.signal_shape != channel.carrier.signal_shape:
        return f"Pass the {argument('length')} with which messages are {start.channel.carrier}."
    if "critic" in settings and ("value" in there) != ("value" in here):
        return f"Pass {argument('critic', 'local' if 'value' in there else 'central')}, as in the run of the team."
    if "layers" in settings and ("action" in there) != ("action" in here):
        return f"Pass the {argument('layers')} of the run of the team."
    names = ", ".join(argument(name) for name in GAME_SETTINGS if name in settings)
    return f"Pass the settings of the game that the team plays ({names})."
