"""Conversion of the agents of a team into one network for the rows of all seats, and back into separate agents."""

from collections.abc import Sequence
from typing import TypeAlias

from ...agents import Agent, SeparateAgents, StackedAgents

TeamNetwork: TypeAlias = Agent | StackedAgents | SeparateAgents


def join_team(agents: Sequence[Agent], stacked: bool = True) -> TeamNetwork:
    """One network for all seats, stacked if allowed and if agents have equal structures without shared parameters."""
    if len(agents) == 1:
        return agents[0]
    tensors = [id(p) for agent in agents for p in agent.parameters()]
    alike = all(agent.graph.to_json() == agents[0].graph.to_json() for agent in agents)
    return StackedAgents(agents) if stacked and alike and len(set(tensors)) == len(tensors) else SeparateAgents(agents)


def split_team(network: TeamNetwork) -> list[Agent]:
    """Copies of the agents of a network, in evaluation mode, on the CPU. Shared parameters stay shared."""
    agents = [network.clone()] if isinstance(network, Agent) else network.agents()
    return [agent.cpu().eval() for agent in agents]
