"""Gradient descent outside of a run, for re-learning interfaces, distillation and unlearning."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor, nn

from ...agents import Graph
from ..learners.settings import check_integer_setting, check_number_setting
from ..rollouts.schedules import cosine

MAX_SHARE = 0.05
"""Largest share of the parameters of its agent or module that an interface may have."""


@dataclass(frozen=True)
class Budget:
    """Number of updates, and settings of the optimizer.

    Attributes:
        updates: number of optimizer steps; 0 for no training.
        batch: number of rows per update, for losses that draw a batch.
        learning_rate: learning rate of Adam at the first update; it decays to zero along a half cosine.
        max_grad_norm: largest norm of the gradients, which are clipped to it; 0 for no clipping.
        seed: seed of all random draws.
    """

    updates: int = 400
    batch: int = 64
    learning_rate: float = 3e-3
    max_grad_norm: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        check_integer_setting("updates", self.updates, 0)
        check_integer_setting("batch", self.batch, 1)
        check_integer_setting("seed", self.seed, 0)
        for name in ("learning_rate", "max_grad_norm"):
            check_number_setting(name, getattr(self, name), 0.0)


def fit(
    parameters: Iterable[nn.Parameter],
    loss: Callable[[np.random.Generator], Tensor],
    budget: Budget,
    callback: Callable[[int], object] | None = None,
) -> None:
    """Minimize a loss with Adam; no parameters but these change or receive a gradient.

    Args:
        parameters: the parameters to train.
        loss: function that draws a batch and returns its loss; the state of torch's global generator is restored.
        budget: the budget of training.
        callback: function that is called after each update with the number of updates so far.

    Raises:
        FloatingPointError: if the loss is not finite.
    """
    trained = list(parameters)
    if not trained or not budget.updates:
        return
    optimizer = torch.optim.Adam(trained, lr=budget.learning_rate, foreach=True)
    for update in range(budget.updates):
        rng = np.random.default_rng([budget.seed, update])
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**63)))
            value = loss(rng)
        if not math.isfinite(value.item()):
            raise FloatingPointError(f"The loss became {value.item()} at update {update + 1}")
        for parameter, gradient in zip(trained, torch.autograd.grad(value, trained, allow_unused=True), strict=True):
            parameter.grad = gradient
        if budget.max_grad_norm:
            nn.utils.clip_grad_norm_(trained, budget.max_grad_norm)
        for group in optimizer.param_groups:
            group["lr"] = cosine(budget.learning_rate, 0.0, update / budget.updates)
        optimizer.step()
        if callback:
            callback(update + 1)
    for parameter in trained:
        parameter.grad = None


def parameters_of(graph: Graph, names: Iterable[str] | None = None) -> dict[int, nn.Parameter]:
    """The parameters of these modules by id, each once; of all modules if None."""
    chosen = graph.modules if names is None else names
    return {id(p): p for name in chosen for p in graph.modules[name].parameters()}


def class_balanced_rows(
    digit: Int64[np.ndarray, "P"], rng: np.random.Generator, batch: int
) -> Int64[np.ndarray, "batch"]:
    """Draw rows as the game draws images: first one of the classes that occur, then one of its rows."""
    classes, first, count = np.unique(np.sort(digit), return_index=True, return_counts=True)
    drawn = rng.integers(len(classes), size=batch)
    place = first[drawn] + (rng.random(batch) * count[drawn]).astype(np.int64)
    rows: np.ndarray = np.argsort(digit, kind="stable")[place]
    return rows
