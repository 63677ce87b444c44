"""Small interfaces behind modules that stay as they are: what is re-learned after an operator, beside its controls."""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import nn

from ..agents import Affine, Agent, Graph, Linear, Module, Residual, Series
from ..agents.operators import substitute
from ..protocols.errors import bad
from .digits_study import name_right
from .fitting import LARGEST, Budget, balanced, fit


def bordered(graph: Graph, names: Sequence[str]) -> tuple[Graph, list[nn.Parameter]]:
    """The graph with a scale and a shift for each feature behind some modules, which start as the identity.

    Args:
        graph: whose modules stay, over the same parameters.
        names: modules with one output.

    Returns:
        The graph, and the parameters of the interfaces.

    Raises:
        ValueError: if an interface would have more than 5% of its module's parameters.
    """
    learned: list[nn.Parameter] = []
    for name in names:
        module = graph.modules[name]
        (port,) = module.outputs.values()
        border = Affine(port.shape)
        share = sum(p.numel() for p in border.parameters()) / max(1, sum(p.numel() for p in module.parameters()))
        if share > LARGEST:
            raise bad(
                f"An interface has at most {LARGEST:.0%} of its module's parameters",
                f"{name}: {share:.0%}",
                "Widen it.",
            )
        graph = substitute(graph, name, Series([module, border])).after
        learned += border.parameters()
    return graph, learned


def relearned(
    graph: Graph,
    names: Sequence[str],
    image: Float[np.ndarray, "P 64"],
    digit: Int64[np.ndarray, "P"],
    budget: Budget,
) -> Agent:
    """A reader whose interfaces behind some modules, and nothing else, have learned to name pictures right."""
    made, learned = bordered(graph, names)
    agent = Agent(made).train()

    def loss(rng: np.random.Generator) -> torch.Tensor:
        rows = balanced(digit, rng, budget.batch)
        return name_right(agent, image[rows], digit[rows])

    fit(learned, loss, budget)
    return agent.eval()


def never_trained(graph: Graph, names: Iterable[str], seed: int) -> Graph:
    """The graph with some modules as if they had never learned, each as strong as it became.

    Weights are drawn anew. The gates of a ``Residual`` stay as they are: at their start they are zero, and the control
    would be that of modules removed.
    """
    modules = dict(graph.modules)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for name in names:
            modules[name] = _anew(modules[name])
    for name in names:
        graph = substitute(graph, name, modules[name]).after
    return graph


def _anew(module: Module) -> Module:
    if isinstance(module, Residual):
        made = Residual(_anew(module.parts["part"]))
        made.gate = nn.Parameter(module.gate.detach().clone())
        return made
    if isinstance(module, Series):
        return Series([_anew(part) for part in module.parts.values()])
    return Linear(**module.arguments) if isinstance(module, Linear) else module
