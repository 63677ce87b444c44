"""Layers that do not wait for their gradient: error by depth, accuracy of predictions, and sparse true gradients.

Jaderberg et al. 2016, arXiv:1608.05343, on digits in five folds, two seeds each.
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
from .networks import Condition, Labeled, error, fold, heard, network, taught_rows

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
ARRIVES = (1.0, 0.5, 0.25, 0.1)
SPORADIC = 4
"""Number of layers in the experiment with sparse true gradients."""
EVERY = 100
"""Updates between measurements of the gradients."""


def run(seed: int) -> Rows:
    """Errors in percent, by depth and by the share of gradients that arrive; and cosines in the deepest networks."""
    rows: dict[str, dict[str, float]] = {}
    cosines: dict[str, dict[str, float]] = {}
    for name, arm in ARMS.items():
        rows[name] = {}
        for layers in DEPTHS:
            looks = layers == DEPTHS[-1] and arm.credit == "synthetic" and not arm.inputs
            rows[name][f"{layers} layers"], found = train_and_test(layers, arm, seed, looks)
            cosines |= {f"{name}: cosine at layer {place}": row for place, row in found.items()}
    for name in [name for name in rows if name != "backprop"]:
        rows[f"{name} minus backprop"] = difference(rows[name], rows["backprop"])
    for name in ("DNI", "cDNI"):
        errors = {
            p: train_and_test(SPORADIC, Condition("synthetic", name == "cDNI", gradient_prob=p), seed)[0]
            for p in ARRIVES
        }
        rows[f"{name}, {SPORADIC} layers"] = {f"{p:g} arrive": value for p, value in errors.items()}
    return rows | cosines


def train_and_test(
    layers: int, arm: Condition, seed: int, looks: bool = False, budget: Budget = BUDGET
) -> tuple[float, dict[int, dict[str, float]]]:
    """Error of a trained network; and, if ``looks``, cosines by layer and update."""
    train, test = fold(seed)
    agent = Agent(network(layers, arm, seed)).train()
    found: dict[int, dict[str, float]] = {}

    def batch(rng: np.random.Generator) -> Labeled:
        rows = rng.integers(len(train.digit), size=budget.batch)
        return Labeled(train.image[rows], train.digit[rows])

    def loss(rng: np.random.Generator) -> Tensor:
        return taught_rows(agent, batch(rng))[1]

    def callback(update: int) -> None:
        if looks and update % EVERY == 0:
            for place, value in enumerate(cosines(agent, train)):
                found.setdefault(place, {})[f"update {update}"] = value

    fit(parameters_of(agent.graph).values(), loss, replace(budget, seed=seed), callback)
    return error(agent, test), found


def cosines(agent: Agent, some: Labeled) -> list[float]:
    """Cosine between predicted and true gradients of the images' losses, over all rows at once, by hidden layer.

    The true ones are those of the coupled graph: the same parameters without predictors. The agent is not changed.
    """
    graph = agent.clone().graph
    credits = {name: module for name, module in graph.modules.items() if isinstance(module, SyntheticGradient)}
    for name in credits:
        graph = exclude(graph, name).after
    outputs, loss = taught_rows(Agent(heard(graph)).train(), some)
    values = [outputs[f"layer_{place}"] for place in range(len(credits))]
    true = torch.autograd.grad(loss, values)
    label = torch.eye(outputs["act"].shape[-1])[torch.from_numpy(some.digit)]
    found = []
    for credit, value, gradient in zip(credits.values(), values, true, strict=True):
        predicted = credit.predict_gradient(value, *[label] * (len(credit.inputs) - 1)).detach()
        found.append(float(torch.cosine_similarity(predicted.flatten(), gradient.flatten(), 0, 1e-30)))
    return found


def plot(summary: Summary) -> "Figure":
    """A figure: errors by depth with their intervals, and cosines by update."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    depth, time = figure.subplots(1, 2)
    for name in ARMS:
        mean, low, high = np.array([_three(value) for value in summary[name].values()]).T
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


def _three(value: Sequence[float]) -> Sequence[float]:
    return value if len(value) == 3 else [value[0]] * 3


if __name__ == "__main__":
    experiment("Layers that do not wait for their gradient; test error in percent", "credit_depth", run, plot)
