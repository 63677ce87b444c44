"""One agent with some of its modules in other orders or left out, as the operators do it, compiled once each."""

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from ...protocols.common.errors import bad
from ..compiler import Agent
from ..graph import Graph
from ..operators import exclude, reorder


def arranged(graph: Graph, names: Sequence[str], order: Sequence[str]) -> Graph:
    """The graph with just these of its modules ``names``, which are in series, in this order.

    Args:
        graph: of which the modules are.
        names: all modules in question, in the order in which they are in series.
        order: some or all of them, in the order in which they will be.

    Raises:
        ValueError: if ``order`` names another module, or one twice.
    """
    if len(set(order)) < len(order) or not set(order) <= set(names):
        raise bad(f"An order has some of {', '.join(names)}, each once", list(order), "Name modules among these.")
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
    """Compiled agents over the same parameters, one an arrangement; the ones used last are kept.

    Args:
        agent: whose modules are arranged; in its own arrangement it stands for itself.
        names: the modules in question, in the order in which they are in series.
        kept: how many compiled agents are kept.
    """

    def __init__(self, agent: Agent, names: Sequence[str], kept: int = 512) -> None:
        self.agent, self.names, self.kept = agent, tuple(names), kept
        self._made: OrderedDict[tuple[str, ...], Agent] = OrderedDict({self.names: agent})

    def __call__(self, order: Sequence[str]) -> Agent:
        """The agent with just these modules, in this order, in the mode in which the whole is.

        Raises:
            ValueError: if ``order`` names another module, or one twice.
        """
        key = tuple(order)
        if key not in self._made:
            self._made[key] = Agent(arranged(self.agent.graph, self.names, key))
            if len(self._made) > self.kept:
                self._made.popitem(last=False)
        self._made.move_to_end(key)
        return self._made[key].train(self.agent.training)

    def draw(self, rng: np.random.Generator, shuffle: bool, leave_out: float) -> Agent:
        """A random one: in an order that is uniform if ``shuffle``, each module left out with chance ``leave_out``."""
        order = rng.permutation(len(self.names)) if shuffle else np.arange(len(self.names))
        stays = rng.random(len(self.names)) >= leave_out
        return self([self.names[i] for i in order if stays[i]])
