"""Substitute: replace a module with another design that has the same interface (Baldwin & Clark 2000, chapter 10)."""

from dataclasses import replace

from ..compiler import Agent
from ..graph import Graph
from ..modules import Module
from ..teams.team import Team
from .base import Claim, OperatorResult, operator
from .parts import as_module, check_modules, check_same_ports, equal_modules
from .team_parts import as_agent, equal_agents, seat


@operator
def substitute(graph: Graph, name: str, module: Module | Agent) -> OperatorResult[Graph]:
    """Replace a module in one place. Other places that use the same module keep it.

    Args:
        graph: The graph.
        name: Name of the module to replace.
        module: The new module, with the ports of the old one. Additional float inputs read zeros until they are wired.
            An agent is wrapped in a module.

    Raises:
        ValueError: If a port is missing, or has another shape, dtype or count.
    """
    check_modules(graph, name)
    module, old = as_module(module), graph.modules[name]
    check_same_ports(name, old, module)
    if equal_modules(old, module):
        claim = Claim("exact", f"The new {name} is a copy of the old one.")
    else:
        claim = Claim("ports exact", f"{name} has the same ports; its outputs may differ.")
    after = replace(graph, modules=graph.modules | {name: module})
    return OperatorResult("substitute", graph, after, claim, (name,))


@substitute.register(Team)
def substitute_agent(team: Team, name: str, module: Module | Agent) -> OperatorResult[Team]:
    """Put another agent in a seat.

    Args:
        team: The team.
        name: Name of the agent to replace, in this seat only.
        module: The new agent, with the inputs and outputs of the old one.

    Raises:
        ValueError: If there is no such seat, or the new agent has other inputs or outputs.
    """
    place = seat(team, name)
    new = as_agent(name, module, team.agents[place])
    agents = [new if other == place else agent for other, agent in enumerate(team.agents)]
    if equal_agents(team.agents[place], new):
        claim = Claim("exact", f"The new {name} is a copy of the old one.")
    else:
        claim = Claim("ports exact", f"{name} has the same inputs and outputs; its behavior may differ.")
    return OperatorResult("substitute", team, replace(team, agents=agents), claim, (name,))
