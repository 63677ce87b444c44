"""Agents with some modules reordered or left out by operators, each compiled once."""

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from ...protocols.common.errors import invalid
from ..compiler import Agent
from ..graph import Graph
from ..operators import exclude, reorder


def rearrange(graph: Graph, names: Sequence[str], order: Sequence[str]) -> Graph:
    """The graph with some of its modules in series left out, and the others in another order.

    Args:
        graph: The graph.
        names: Names of the modules in series, in their order.
        order: Some or all of these names, in the new order.

    Raises:
        ValueError: if ``order`` contains another name, or one twice.
    """
    if len(set(order)) < len(order) or not set(order) <= set(names):
        raise invalid(
            f"An order must list some of {', '.join(names)}, each once", list(order), "Name modules among these."
        )
    for name in names:
        if name not in order:
            graph = exclude(graph, name, bypass=True).after
    now = [name for name in names if name in order]
    for place, name in enumerate(order):
        if now[place] != name:
            graph = reorder(graph, now[place], name).after
            now[now.index(name)] = now[place]
            now[place] = name
    return graph


class Arrangements:
    """Compiled agents over the same parameters, one per order of modules, of which the most recently used are kept.

    Args:
        agent: The agent whose modules are arranged, which is returned for its present order.
        names: Names of the modules in series, in their order.
        kept: Number of compiled agents that are kept.
    """

    def __init__(self, agent: Agent, names: Sequence[str], kept: int = 512) -> None:
        self.agent, self.names, self.kept = agent, tuple(names), kept
        self._made: OrderedDict[tuple[str, ...], Agent] = OrderedDict({self.names: agent})

    def __call__(self, order: Sequence[str]) -> Agent:
        """The agent with these modules in this order, in the mode (training or evaluation) of the original.

        Raises:
            ValueError: if ``order`` contains another name, or one twice.
        """
        key = tuple(order)
        if key not in self._made:
            self._made[key] = Agent(rearrange(self.agent.graph, self.names, key))
            if len(self._made) > self.kept:
                self._made.popitem(last=False)
        self._made.move_to_end(key)
        return self._made[key].train(self.agent.training)

    def draw(self, rng: np.random.Generator, shuffle: bool, leave_out: float) -> Agent:
        """A random arrangement.

        Args:
            rng: Source of random numbers.
            shuffle: Whether the order is drawn uniformly.
            leave_out: Probability with which each module is left out.
        """
        order = rng.permutation(len(self.names)) if shuffle else np.arange(len(self.names))
        stays = rng.random(len(self.names)) >= leave_out
        return self([self.names[i] for i in order if stays[i]])
