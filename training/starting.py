"""Learning that begins from a team: what an operator made is trained on like agents that are new."""

import copy
from collections.abc import Sequence

from ..agents import Agent, Team
from ..protocols.channel import Channel
from ..protocols.errors import bad


def begun(start: Team | None, fresh: Sequence[Agent], channel: Channel) -> list[Agent]:
    """The agents that a run begins with: fresh ones, or copies of a team's; what those share stays shared.

    Args:
        start: the team; None for fresh agents.
        fresh: agents as the run's settings make them.
        channel: of the run.

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
    return copy.deepcopy(list(start.agents))


def _ports(agent: Agent) -> str:
    """Inputs and outputs, in order."""
    sides = {"inputs": agent.graph.inputs, "outputs": agent.graph.outputs}
    said = (f"the {side} {', '.join(f'{end} {port}' for end, port in ends.items())}" for side, ends in sides.items())
    return " and ".join(said)
