"""Substitute: another design behind the same interface (Baldwin & Clark 2000, chapter 10)."""

from dataclasses import replace

from ..compiler import Agent
from ..graph import Graph
from ..modules import Module
from .base import Claim, Operated, operator
from .parts import as_module, equal, known, same_ports


@operator
def substitute(graph: Graph, name: str, module: Module | Agent) -> Operated[Graph]:
    """Put another module in a module's place, and leave it where else it is used.

    Args:
        graph: of which the module is.
        name: the place.
        module: offers the same ports. Further float inputs read zeros until they are wired. An agent is one, too.

    Raises:
        ValueError: if a port is missing, or has another shape, dtype or count.
    """
    known(graph, name)
    module, old = as_module(module), graph.modules[name]
    same_ports(name, old, module)
    if equal(old, module):
        claim = Claim("exact", f"The new {name} is a copy of the old one.")
    else:
        claim = Claim("ports exact", f"{name} hears and says what has the same shapes, and may say other values.")
    after = replace(graph, modules=graph.modules | {name: module})
    return Operated("substitute", graph, after, claim, (name,))
