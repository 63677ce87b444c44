"""Networks whose layers learn from true gradients, from synthetic gradients or not at all; and digits in five folds.

Jaderberg et al. 2016, arXiv:1608.05343, section 3.1.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor, nn

from ....agents import Affine, Agent, BatchNorm, Graph, Linear, Module, Port, Relu, Series, StopGradient, Wire
from ....agents.operators import augment, decouple, predict_input
from ....envs.pictures.images import CLASSES, PIXELS, digits
from ....protocols.channels.channel import Credit

WIDTH, FOLDS = 64, 5
INPUT_PREDICTOR = (256,)
"""Widths of the hidden layers of a predictor of a layer's input."""


@dataclass(frozen=True)
class Condition:
    """The gradients that train the layers of a network.

    Attributes:
        credit: the gradient that a layer receives from the next one: the true one ("through"), none ("blocked"), or a
            predicted one ("synthetic"); the last layer always learns from the loss itself.
        label: whether the predictor also receives the label, which is privileged information in training (cDNI).
        widths: widths of the predictor's hidden layers.
        gradient_prob: the probability that a row's true gradient arrives and trains the predictor.
        inputs: whether, in training, layers receive predictions of their inputs from the image (full unlock).
    """

    credit: Credit = "through"
    label: bool = False
    widths: tuple[int, ...] = ()
    gradient_prob: float = 1.0
    inputs: bool = False


def network(layers: int, arm: Condition, seed: int) -> Graph:
    """A network of layers in series: Linear, batch normalization and ReLU; the last layer is a Linear to the classes.

    The label is an input of the predictors; in evaluation it is not needed, and None is passed. Networks with the same
    seed have the same initial parameters in all conditions.
    """
    names = [f"layer_{place}" for place in range(layers)]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        sizes = [PIXELS] + [WIDTH] * (layers - 1)
        modules: dict[str, Module] = {name: hidden_layer(size) for name, size in zip(names[:-1], sizes, strict=False)}
        modules[names[-1]] = Linear(sizes[-1], (CLASSES,))
        wires = [Wire(f"{before}.out", f"{after}.x") for before, after in pairwise(names)]
        ends = Wire("input.observation", f"{names[0]}.x"), Wire(f"{names[-1]}.out", "output.act")
        inputs = {"observation": Port((PIXELS,)), "label": Port((CLASSES,))}
        graph = Graph(inputs, {"act": Port((CLASSES,))}, modules, (*ends, *wires))
        for place, wire in enumerate(wires):
            graph = insert_credit(graph, place, wire, arm)
    return graph


def hidden_layer(inputs: int) -> Module:
    """One hidden layer."""
    shape = (WIDTH,)
    return Series([Linear(inputs, shape, bias=False), BatchNorm(shape), Affine(shape), Relu(shape)])


def insert_credit(graph: Graph, place: int, wire: Wire, arm: Condition) -> Graph:
    """Put the condition's module, if it has one, on the wire between two layers."""
    name, label = f"credit_{place}", "input.label" if arm.label else None
    if arm.credit == "blocked":
        graph = augment(graph, name, StopGradient((WIDTH,)), on=wire).after
    if arm.credit == "synthetic":
        graph = decouple(graph, name, wire, label=label, widths=arm.widths, gradient_prob=arm.gradient_prob).after
    if arm.inputs:
        wire = Wire(f"{name}.out", wire.target)
        graph = predict_input(graph, f"input_{place}", wire, "input.observation", INPUT_PREDICTOR).after
    return graph


def expose_layers(graph: Graph) -> Graph:
    """Make the value of every hidden layer an additional output of the graph, named after the layer."""
    names = [name for name in graph.modules if name.startswith("layer_")][:-1]
    outputs = graph.outputs | {name: Port((WIDTH,)) for name in names}
    return replace(graph, outputs=outputs).with_wires(*(Wire(f"{name}.out", f"output.{name}") for name in names))


@dataclass(frozen=True, eq=False)
class Labeled:
    """P images and their labels."""

    image: Float32[np.ndarray, "P 64"]
    digit: Int64[np.ndarray, "P"]


def fold(seed: int) -> tuple[Labeled, Labeled]:
    """Training and test data: one of five stratified folds of all digits.

    Ten seeds that differ only in their last digit use the folds of one partition, two seeds per fold.
    """
    from sklearn.model_selection import StratifiedKFold

    parts = digits("train"), digits("held_out")
    image, digit = np.concatenate([p.image for p in parts]), np.concatenate([p.digit for p in parts])
    partition = StratifiedKFold(FOLDS, shuffle=True, random_state=seed // 10)
    train, test = list(partition.split(image, digit))[seed % FOLDS]
    return Labeled(image[train], digit[train]), Labeled(image[test], digit[test])


def classify(agent: Agent, data: Labeled) -> tuple[dict[str, Tensor], Float[Tensor, ""]]:
    """An agent's outputs for images and their cross-entropy, in its current mode; predictors may receive the labels."""
    digit = torch.from_numpy(data.digit)
    label = nn.functional.one_hot(digit, CLASSES).float()
    outputs, _ = agent(torch.from_numpy(data.image), label, None)
    return outputs, nn.functional.cross_entropy(outputs["act"], digit)


def error(agent: Agent, test: Labeled) -> float:
    """Test error in percent, in evaluation mode and without labels as inputs."""
    with torch.inference_mode():
        logits = agent.eval()(torch.from_numpy(test.image), None, None)[0]["act"]
    return 100 * float((logits.argmax(-1).numpy() != test.digit).mean())
