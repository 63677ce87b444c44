"""Learning that begins from a team: what an operator made is trained on like agents that are new."""

import copy
from collections.abc import Callable, Sequence
from functools import reduce

from ...agents import Agent, Graph, SyntheticGradient, Team
from ...agents.operators import exclude
from ...protocols.channels.channel import Channel
from ...protocols.common.errors import bad


def initial_agents(
    start: Team | None,
    fresh: Sequence[Agent],
    channel: Channel,
    speaker: Callable[[Graph], Graph] = lambda graph: graph,
) -> list[Agent]:
    """The agents that a run begins with: fresh ones, or copies of a team's; what those share stays shared.

    Copies get the run's way for credit to come back: a predictor at the mouth goes, comes, or stays if it is the same.

    Args:
        start: the team; None for fresh agents.
        fresh: agents as the run's settings make them.
        channel: of the run.
        speaker: puts what the run needs at the mouth of a graph without a predictor there.

    Raises:
        ValueError: if the team has another number of agents, or one whose ports or messages are not the run's.
    """
    if start is None:
        return list(fresh)
    if type(start.channel.carrier) is not type(channel.carrier):
        remedy = "Choose the recipe that the team was trained with."
        raise bad(f"Messages of this run are {channel.carrier}", start.channel.carrier, remedy)
    if len(start.agents) != len(fresh):
        remedy = "Set agents to their number and shared to False; or begin from one agent that all seats share."
        raise bad(
            "A run begins from as many agents as its settings make", f"{len(start.agents)} for {len(fresh)}", remedy
        )
    for name, mine, new in zip(start.names, start.agents, fresh, strict=True):
        if _ports(mine) != _ports(new):
            remedy = "Give the settings of the game that the team plays, such as --agents, --task or --longest."
            raise bad(f"An agent of this run has {_ports(new)}", f"{name}: {_ports(mine)}", remedy)
    agents = copy.deepcopy(list(start.agents))
    credited = {id(agent): _credited(agent, speaker) for agent in agents}
    return [credited[id(agent)] for agent in agents]


def _credited(agent: Agent, speaker: Callable[[Graph], Graph]) -> Agent:
    there = _at_mouth(agent.graph)
    silent = reduce(lambda graph, name: exclude(graph, name, credit="through").after, there, agent.graph)
    made = speaker(silent)
    wanted = _at_mouth(made)
    same = [credit.arguments for credit in there.values()] == [credit.arguments for credit in wanted.values()]
    return agent if same else Agent(made)


def _at_mouth(graph: Graph) -> dict[str, SyntheticGradient]:
    """The predictors through which an agent speaks."""
    senders = {wire.sender: graph.modules.get(wire.sender) for wire in graph.wires if wire.target == "output.emit"}
    return {name: module for name, module in senders.items() if isinstance(module, SyntheticGradient)}


def _ports(agent: Agent) -> str:
    """Inputs and outputs, in order."""
    sides = {"inputs": agent.graph.inputs, "outputs": agent.graph.outputs}
    said = (f"the {side} {', '.join(f'{end} {port}' for end, port in ends.items())}" for side, ends in sides.items())
    return " and ".join(said)
