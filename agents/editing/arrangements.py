"""Agents whose modules are reordered or left out by operators. Each arrangement is compiled once."""

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from ...protocols.common.errors import invalid
from ..compiler import Agent
from ..graph import Graph
from ..operators import exclude, reorder


def rearrange(graph: Graph, names: Sequence[str], order: Sequence[str]) -> Graph:
    """Leave out some of the modules in series of a graph, and put the others into another order.

    Args:
        graph: The graph.
        names: Names of the modules in series, in their order.
        order: Some or all of these names, in the new order.

    Raises:
        ValueError: If ``order`` contains another name, or a name twice.
    """
    if len(set(order)) < len(order) or not set(order) <= set(names):
        rule = f"An order must consist of names among {', '.join(names)}, each at most once"
        raise invalid(rule, list(order), "Pass each of these names at most once.")
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
    """A cache of compiled agents over the same parameters, one per order; the least recently used is dropped first.

    Args:
        agent: The agent whose modules are arranged. It is returned for its original order.
        names: Names of the modules in series, in their order.
        kept: Number of compiled agents to keep.
    """

    def __init__(self, agent: Agent, names: Sequence[str], kept: int = 512) -> None:
        self.agent, self.names, self.kept = agent, tuple(names), kept
        self._made: OrderedDict[tuple[str, ...], Agent] = OrderedDict({self.names: agent})

    def __call__(self, order: Sequence[str]) -> Agent:
        """The agent with these modules in this order, in the mode (training or evaluation) of the original.

        Raises:
            ValueError: If ``order`` contains another name, or a name twice.
        """
        key = tuple(order)
        if key not in self._made:
            self._made[key] = Agent(rearrange(self.agent.graph, self.names, key))
            if len(self._made) > self.kept:
                self._made.popitem(last=False)
        self._made.move_to_end(key)
        return self._made[key].train(self.agent.training)

    def draw(self, rng: np.random.Generator, shuffle: bool, leave_out: float) -> Agent:
        """Draw a random arrangement.

        Args:
            rng: The random generator.
            shuffle: Whether the order is drawn uniformly.
            leave_out: Probability with which each module is left out.
        """
        order = rng.permutation(len(self.names)) if shuffle else np.arange(len(self.names))
        stays = rng.random(len(self.names)) >= leave_out
        return self([self.names[i] for i in order if stays[i]])
