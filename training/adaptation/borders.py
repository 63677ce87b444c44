"""Small interfaces behind modules that stay as they are: what a reader re-learns after an operator, and its control."""

from collections.abc import Iterable, Sequence

import torch
from torch import nn

from ...agents import Affine, Agent, Graph, Linear, Module, Residual, Series, Team
from ...agents.operators import augment, substitute
from ...envs.pictures.images import digits
from ...protocols import Channel
from ...protocols.common.errors import bad
from .batch_losses import digits_batch_loss
from .classifiers import accuracy
from .fitting import LARGEST, Budget
from .relearn import Relearned, relearn_interfaces


def bordered(graph: Graph, names: Sequence[str]) -> tuple[Graph, list[str]]:
    """The graph with a scale and a shift for each feature behind some modules, which start as the identity.

    Args:
        graph: whose modules stay, over the same parameters.
        names: modules with one output, from which one wire leads.

    Returns:
        The graph, and the names of the interfaces.

    Raises:
        ValueError: if an interface would have more than 5% of its module's parameters.
    """
    borders = []
    for name in names:
        module = graph.modules[name]
        (port,) = module.outputs.values()
        (wire,) = (wire for wire in graph.wires if wire.sender == name)
        border = Affine(port.shape)
        share = sum(p.numel() for p in border.parameters()) / max(1, sum(p.numel() for p in module.parameters()))
        if share > LARGEST:
            rule = f"An interface has at most {LARGEST:.0%} of its module's parameters"
            raise bad(rule, f"{name}: {share:.0%}", "Widen it.")
        borders.append(f"{name}_border")
        graph = augment(graph, borders[-1], border, on=wire).after
    return graph, borders


def relearned(graph: Graph, names: Sequence[str], budget: Budget) -> Relearned:
    """A reader, a team of its own, whose interfaces behind some modules have learned to name pictures right.

    The curve is its accuracy on held-out pictures.
    """
    made, borders = bordered(graph, names)
    train, held_out = digits("train"), digits("held_out")
    return relearn_interfaces(
        Team([Agent(made)], Channel()),
        [f"agent_0.{border}" for border in borders],
        digits_batch_loss(train.image, train.digit, budget.batch),
        lambda team: accuracy(team.agents[0], held_out),
        budget,
    )


def fresh_blocks(graph: Graph, names: Iterable[str], seed: int) -> Graph:
    """The graph with some modules as if they had never learned, each as strong as it became: the control of a reader.

    Weights are drawn anew. The gates of a ``Residual`` stay as they are: at their start they are zero, and the control
    would be that of modules removed. Eye and choice stay too, which makes it harder to beat than ``never_trained``.
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
