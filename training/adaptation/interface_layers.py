"""Interface layers behind frozen modules of a digit classifier, re-learned after an operator; and their control."""

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
    """The graph with an ``Affine`` layer (a scale and a shift per feature, initially the identity) behind some modules.

    Args:
        graph: a graph whose modules are kept, with the same parameters.
        names: modules with one output and one outgoing wire.

    Returns:
        The graph, and the names of the interfaces.

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
            rule = f"An interface has at most {MAX_SHARE:.0%} of its module's parameters"
            raise invalid(rule, f"{name}: {share:.0%}", "Use a wider module.")
        layers.append(f"{name}_interface")
        graph = augment(graph, layers[-1], layer, on=wire).after
    return graph, layers


def relearn_interface_layers(graph: Graph, names: Sequence[str], budget: Budget) -> RelearningResult:
    """Add interface layers behind some modules of a digit classifier and train them.

    The result is a team of one agent; its curve is accuracy on held-out images.
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


def reinitialized_blocks(graph: Graph, names: Iterable[str], seed: int) -> Graph:
    """The graph with newly initialized weights in some modules: the control of a digit classifier.

    The gates of a ``Residual`` are kept: initially they are zero, and the control would be one without these modules.
    Encoder and output layer are kept too, which makes this control harder to beat than ``never_trained``.
    """
    modules = dict(graph.modules)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for name in names:
            modules[name] = _reinitialized(modules[name])
    for name in names:
        graph = substitute(graph, name, modules[name]).after
    return graph


def _reinitialized(module: Module) -> Module:
    if isinstance(module, Residual):
        made = Residual(_reinitialized(module.parts["part"]))
        made.gate = nn.Parameter(module.gate.detach().clone())
        return made
    if isinstance(module, Series):
        return Series([_reinitialized(part) for part in module.parts.values()])
    return Linear(**module.arguments) if isinstance(module, Linear) else module
