"""Accuracy of digit classifiers with reordered or missing blocks, plain or residual, trained in one order or in all.

``python -m interlect.training.experiments.digits.order_study --seeds 0-9``
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, permutations
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from ....agents import Agent, Graph
from ....agents.editing.arrangements import Arrangements, rearrange
from ....agents.operators import lesion_matrix, substitute
from ....envs.pictures.images import Pictures, digits
from ...adaptation.digit_classifiers import accuracy, accuracy_by_class, train_agent
from ...adaptation.interface_layers import reinitialize_blocks, relearn_interface_layers
from ...adaptation.optimization import Budget
from ...learners.classification import Classification
from ..experiment import Rows, difference, experiment

BUDGETS = (0, 10, 25, 50, 100)
"""Numbers of updates for re-learning the interfaces."""
CONDITIONS: dict[str, dict[str, Any]] = {
    "plain, fixed": {"residual": False},
    "plain, random": {"residual": False, "order": "random"},
    "plain, random, dropout": {"residual": False, "order": "random", "module_dropout": 0.25},
    "plain, noise": {"residual": False, "wire_noise": 0.5},
    "residual, fixed": {},
    "residual, random": {"order": "random"},
    "residual, random, dropout": {"order": "random", "module_dropout": 0.25},
    "residual, noise": {"wire_noise": 0.5},
}


def run(seed: int) -> Rows:
    """Accuracies on held-out images without re-learning and after re-learning interfaces, and lesions by class."""
    rows: dict[str, dict[str, float]] = {}
    for name, changes in CONDITIONS.items():
        settings = replace(Classification("digits_v0", seed=seed), **changes)
        agent = train_agent(settings)
        rows |= {name: accuracy_without_relearning(agent, settings.names)}
        rows |= {f"{name}: {what}": row for what, row in accuracy_after_relearning(agent, settings.names, seed).items()}
        rows |= {f"{name}: {what}": row for what, row in lesions(agent, settings.names).items()}
    return rows


def accuracy_without_relearning(agent: Agent, names: Sequence[str]) -> dict[str, float]:
    """Accuracy of an agent and of its rearrangements without re-learning."""
    held_out, arrangements = digits("held_out"), Arrangements(agent, names)

    def accuracies(orders: list[tuple[str, ...]]) -> list[float]:
        return [accuracy(arrangements(order), held_out) for order in orders]

    swapped = [tuple(_swap(names, a, b)) for a, b in combinations(range(len(names)), 2)]
    orders = accuracies([order for order in permutations(names) if order != tuple(names)])
    without = accuracies([tuple(n for n in names if n != name) for name in names])
    row = {"intact": accuracy(agent, held_out), "two swapped": float(np.mean(accuracies(swapped)))}
    row |= {"another order": float(np.mean(orders)), "worst order": min(orders)}
    row |= {"one left out": float(np.mean(without)), "all left out": accuracies([()])[0]}
    repeated = [accuracy(Agent(repeat_block(agent.graph, names, name)), held_out) for name in names]
    return row | {"one block in all places": float(np.mean(repeated))}


def repeat_block(graph: Graph, names: Sequence[str], name: str) -> Graph:
    """Put one block in all places; if the result works, blocks are interchangeable and their order is irrelevant."""
    for place in names:
        graph = substitute(graph, place, graph.modules[name]).after
    return graph


def accuracy_after_relearning(agent: Agent, names: Sequence[str], seed: int) -> dict[str, dict[str, float]]:
    """Accuracy by budget, with blocks in reverse order and re-learned interfaces, and of the two controls."""
    reversed_graph = rearrange(agent.graph, names, names[::-1])
    graphs = {
        "reversed": (reversed_graph, ["observation_encoder", *names]),
        "reversed, never trained": (reinitialize_blocks(reversed_graph, names, seed), ["observation_encoder", *names]),
        "blocks removed": (rearrange(agent.graph, names, ()), ["observation_encoder"]),
    }
    rows: dict[str, dict[str, float]] = {}
    for what, (graph, behind) in graphs.items():
        rows[what] = {}
        for updates in BUDGETS:
            budget = Budget(updates, learning_rate=1e-2, seed=seed)
            rows[what][f"{updates} updates"] = relearn_interface_layers(graph, behind, budget).curve[-1][1]
    rows["reversed minus never trained"] = difference(rows["reversed"], rows["reversed, never trained"])
    return rows


def lesions(agent: Agent, names: Sequence[str]) -> dict[str, dict[str, float]]:
    """The loss of each class if a block is left out, and measures of whether each block is specialized in one class.

    Each block is assigned the class that loses most on training images; the loss of this class and of the others is
    then measured on held-out images.
    """
    lost, train_lost = (loss_by_block_and_class(agent, names, digits(split)) for split in ("held_out", "train"))
    rows = {f"without {name}": row for name, row in lost.items()}
    matrix, train = (np.array([list(row.values()) for row in each.values()]) for each in (lost, train_lost))
    block, digit = linear_sum_assignment(-train)
    assigned = np.zeros_like(matrix, dtype=bool)
    assigned[block, digit] = True
    rows["lesions"] = {
        "loss of the block's class": float(matrix[assigned].mean()),
        "loss of other classes": float(matrix[~assigned].mean()),
        "loss of the most affected class": float(matrix.max(axis=1).mean()),
    }
    return rows


def loss_by_block_and_class(agent: Agent, names: Sequence[str], pictures: Pictures) -> dict[str, dict[str, float]]:
    """The lesion matrix: the loss of accuracy in each class if a block is left out."""
    arrangements = Arrangements(agent, names)
    lesioned = {name: arrangements([other for other in names if other != name]) for name in names}
    return lesion_matrix(agent, lesioned, lambda classifier: accuracy_by_class(classifier, pictures))


def _swap(names: Sequence[str], a: int, b: int) -> list[str]:
    order = list(names)
    order[a], order[b] = order[b], order[a]
    return order


if __name__ == "__main__":
    experiment("Reordered and missing blocks; accuracy on held-out images", "order_study", run)
