"""Layers that learn from synthetic gradients: error by depth, accuracy of predictions, and sporadic true gradients.

Jaderberg et al. 2016, arXiv:1608.05343, on digits in five folds with two seeds each.
``python -m interlect.training.experiments.credit.depth --seeds 0-9``
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ....agents import Agent, SyntheticGradient
from ....agents.operators import exclude
from ...adaptation.optimization import Budget, fit, parameters_of
from ..experiment import Rows, Summary, difference, experiment
from .networks import Condition, Labeled, classify, error, expose_layers, fold, network

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DEPTHS = (2, 3, 4, 5, 6)
BUDGET = Budget(updates=800, batch=64, learning_rate=3e-3, max_grad_norm=0.0)
ARMS = {
    "backprop": Condition(),
    "no bottom gradient": Condition("blocked"),
    "DNI": Condition("synthetic"),
    "DNI, hidden layer": Condition("synthetic", widths=(128,)),
    "cDNI": Condition("synthetic", label=True),
    "cDNI, full unlock": Condition("synthetic", label=True, inputs=True),
}
GRADIENT_PROBS = (1.0, 0.5, 0.25, 0.1)
SPORADIC = 4
"""Number of layers in the experiment with sporadic true gradients."""
EVERY = 100
"""Number of updates between measurements of the gradients."""


def run(seed: int) -> Rows:
    """Errors in percent by depth and by the share of gradients that arrive, and cosines in the deepest networks."""
    rows: dict[str, dict[str, float]] = {}
    cosines: dict[str, dict[str, float]] = {}
    for name, arm in ARMS.items():
        rows[name] = {}
        for layers in DEPTHS:
            measure_cosines = layers == DEPTHS[-1] and arm.credit == "synthetic" and not arm.inputs
            rows[name][f"{layers} layers"], by_layer = train_and_test(layers, arm, seed, measure_cosines)
            cosines |= {f"{name}: cosine at layer {place}": row for place, row in by_layer.items()}
    for name in [name for name in rows if name != "backprop"]:
        rows[f"{name} minus backprop"] = difference(rows[name], rows["backprop"])
    for name in ("DNI", "cDNI"):
        errors = {
            p: train_and_test(SPORADIC, Condition("synthetic", name == "cDNI", gradient_prob=p), seed)[0]
            for p in GRADIENT_PROBS
        }
        rows[f"{name}, {SPORADIC} layers"] = {f"{p:g} arrive": value for p, value in errors.items()}
    return rows | cosines


def train_and_test(
    layers: int, arm: Condition, seed: int, measure_cosines: bool = False, budget: Budget = BUDGET
) -> tuple[float, dict[int, dict[str, float]]]:
    """Test error of a trained network and, if ``measure_cosines``, cosines by layer and update."""
    train, test = fold(seed)
    agent = Agent(network(layers, arm, seed)).train()
    by_layer: dict[int, dict[str, float]] = {}

    def batch(rng: np.random.Generator) -> Labeled:
        rows = rng.integers(len(train.digit), size=budget.batch)
        return Labeled(train.image[rows], train.digit[rows])

    def loss(rng: np.random.Generator) -> Tensor:
        return classify(agent, batch(rng))[1]

    def callback(update: int) -> None:
        if measure_cosines and update % EVERY == 0:
            for place, value in enumerate(cosines(agent, train)):
                by_layer.setdefault(place, {})[f"update {update}"] = value

    fit(parameters_of(agent.graph).values(), loss, replace(budget, seed=seed), callback)
    return error(agent, test), by_layer


def cosines(agent: Agent, data: Labeled) -> list[float]:
    """Cosine similarity of predicted and true gradients by hidden layer, over the gradients of all images together.

    The true gradients are those of the graph without predictors, with the same parameters. The agent is not changed.
    """
    graph = agent.clone().graph
    credits = {name: module for name, module in graph.modules.items() if isinstance(module, SyntheticGradient)}
    for name in credits:
        graph = exclude(graph, name).after
    outputs, loss = classify(Agent(expose_layers(graph)).train(), data)
    values = [outputs[f"layer_{place}"] for place in range(len(credits))]
    true = torch.autograd.grad(loss, values)
    label = torch.eye(outputs["act"].shape[-1])[torch.from_numpy(data.digit)]
    similarities = []
    for credit, value, gradient in zip(credits.values(), values, true, strict=True):
        predicted = credit.predict_gradient(value, *[label] * (len(credit.inputs) - 1)).detach()
        similarities.append(float(torch.cosine_similarity(predicted.flatten(), gradient.flatten(), 0, 1e-30)))
    return similarities


def plot(summary: Summary) -> "Figure":
    """Plot errors by depth with their intervals, and cosines by update."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    depth, time = figure.subplots(1, 2)
    for name in ARMS:
        mean, low, high = np.array([_with_interval(value) for value in summary[name].values()]).T
        depth.errorbar(DEPTHS, mean, [mean - low, high - mean], label=name, capsize=3)
    depth.set(xlabel="layers", ylabel="test error, %", yscale="log", xticks=DEPTHS)
    depth.minorticks_off()
    depth.legend()
    for style, name in (("-", "cDNI"), ("--", "DNI")):
        for place in range(DEPTHS[-1] - 1):
            row = summary[f"{name}: cosine at layer {place}"]
            updates = [int(column.split()[1]) for column in row]
            means = [value[0] for value in row.values()]
            time.plot(updates, means, style, color=f"C{place}", label=f"{name}, layer {place}")
    time.set(xlabel="updates", ylabel="cosine with the true gradient", ylim=(-0.1, 1))
    time.legend(ncols=2, fontsize="small")
    return figure


def _with_interval(value: Sequence[float]) -> Sequence[float]:
    return value if len(value) == 3 else [value[0]] * 3


if __name__ == "__main__":
    experiment("Layers that learn from synthetic gradients; test error in percent", "credit_depth", run, plot)
