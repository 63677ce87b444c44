"""Interface layers after frozen modules of a digit classifier, re-learned after an operator, and a control."""

from collections.abc import Iterable, Sequence

import torch
from torch import nn

from ...agents import Affine, Agent, Graph, Linear, Module, Residual, Series, Team
from ...agents.operators import augment, substitute
from ...envs.pictures.images import digits
from ...protocols import Channel
from ...protocols.common.errors import invalid
from .batch_losses import digits_batch_loss
from .digit_classifiers import accuracy
from .optimization import MAX_SHARE, Budget
from .relearn import RelearningResult, relearn_interfaces


def add_interface_layers(graph: Graph, names: Sequence[str]) -> tuple[Graph, list[str]]:
    """Add an ``Affine`` layer (a scale and a shift per feature, initially the identity) after each of these modules.

    Args:
        graph: a graph; its modules are kept, with the same parameters.
        names: modules with one output and one outgoing wire.

    Returns:
        The graph with the layers, and the names of the layers.

    Raises:
        ValueError: if an interface would have more than 5% of its module's parameters.
    """
    layers = []
    for name in names:
        module = graph.modules[name]
        (port,) = module.outputs.values()
        (wire,) = (wire for wire in graph.wires if wire.sender == name)
        layer = Affine(port.shape)
        share = sum(p.numel() for p in layer.parameters()) / max(1, sum(p.numel() for p in module.parameters()))
        if share > MAX_SHARE:
            rule = f"An interface must have at most {MAX_SHARE:.0%} of its module's parameters"
            raise invalid(rule, f"{name}: {share:.0%}", "Use a wider module.")
        layers.append(f"{name}_interface")
        graph = augment(graph, layers[-1], layer, on=wire).after
    return graph, layers


def relearn_interface_layers(graph: Graph, names: Sequence[str], budget: Budget) -> RelearningResult:
    """Add interface layers after these modules of a digit classifier, and train them.

    The result has a team of one agent, and a curve of its accuracy on held-out images.
    """
    changed, layers = add_interface_layers(graph, names)
    train, held_out = digits("train"), digits("held_out")
    return relearn_interfaces(
        Team([Agent(changed)], Channel()),
        [f"agent_0.{layer}" for layer in layers],
        digits_batch_loss(train.image, train.digit, budget.batch),
        lambda team: accuracy(team.agents[0], held_out),
        budget,
    )


def reinitialize_blocks(graph: Graph, names: Iterable[str], seed: int) -> Graph:
    """Replace the weights of these modules by new ones, as a control of a digit classifier.

    The gates of a ``Residual`` are kept: they are initialized to zero, so the control would not use these modules.
    Encoder and output layer are also kept, which makes this control harder to exceed than ``never_trained``.
    """
    modules = dict(graph.modules)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for name in names:
            modules[name] = _reinitialize(modules[name])
    for name in names:
        graph = substitute(graph, name, modules[name]).after
    return graph


def _reinitialize(module: Module) -> Module:
    if isinstance(module, Residual):
        residual = Residual(_reinitialize(module.parts["part"]))
        residual.gate = nn.Parameter(module.gate.detach().clone())
        return residual
    if isinstance(module, Series):
        return Series([_reinitialize(part) for part in module.parts.values()])
    return Linear(**module.arguments) if isinstance(module, Linear) else module
