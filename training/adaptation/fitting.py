"""Learning outside of a run: some parameters, a loss, and a budget, for studies that re-learn, distill or forget."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor, nn

from ...agents import Graph
from ..learners.settings import check_number, check_whole
from ..rollouts.schedules import cosine

LARGEST = 0.05
"""The largest share of parameters that an interface may have, of what it belongs to."""


@dataclass(frozen=True)
class Budget:
    """How much is learned, and how fast.

    Attributes:
        updates: optimizer steps; 0 learns nothing.
        batch: rows an update, for those who draw them.
        learning_rate: of Adam at the first update; it ends at zero, along a half cosine.
        max_grad_norm: largest norm of the gradient; 0 for any.
        seed: of all that is drawn.
    """

    updates: int = 400
    batch: int = 64
    learning_rate: float = 3e-3
    max_grad_norm: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        check_whole("updates", self.updates, 0)
        check_whole("batch", self.batch, 1)
        check_whole("seed", self.seed, 0)
        for name in ("learning_rate", "max_grad_norm"):
            check_number(name, getattr(self, name), 0.0)


def fit(
    parameters: Iterable[nn.Parameter],
    loss: Callable[[np.random.Generator], Tensor],
    budget: Budget,
    callback: Callable[[int], object] | None = None,
) -> None:
    """Take a budget's steps down a loss with Adam; no other parameter changes, or keeps a gradient.

    Args:
        parameters: what is learned.
        loss: of one batch that it draws; modules draw from torch's generator, which is put back.
        budget: how many steps.
        callback: called after each step with how many there have been.

    Raises:
        FloatingPointError: if the loss is not finite.
    """
    learned = list(parameters)
    if not learned or not budget.updates:
        return
    optimizer = torch.optim.Adam(learned, lr=budget.learning_rate, foreach=True)
    for update in range(budget.updates):
        rng = np.random.default_rng([budget.seed, update])
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**63)))
            value = loss(rng)
        if not math.isfinite(value.item()):
            raise FloatingPointError(f"The loss became {value.item()} at update {update + 1}")
        for parameter, gradient in zip(learned, torch.autograd.grad(value, learned, allow_unused=True), strict=True):
            parameter.grad = gradient
        if budget.max_grad_norm:
            nn.utils.clip_grad_norm_(learned, budget.max_grad_norm)
        for group in optimizer.param_groups:
            group["lr"] = cosine(budget.learning_rate, 0.0, update / budget.updates)
        optimizer.step()
        if callback:
            callback(update + 1)
    for parameter in learned:
        parameter.grad = None


def parameters_of(graph: Graph, names: Iterable[str] | None = None) -> dict[int, nn.Parameter]:
    """The parameters of these modules, each once, by its identity; of all modules if None."""
    chosen = graph.modules if names is None else names
    return {id(p): p for name in chosen for p in graph.modules[name].parameters()}


def balanced(digit: Int64[np.ndarray, "P"], rng: np.random.Generator, batch: int) -> Int64[np.ndarray, "batch"]:
    """Rows drawn as the game draws pictures: first one of the classes that there are, then one of its rows."""
    classes, first, count = np.unique(np.sort(digit), return_index=True, return_counts=True)
    drawn = rng.integers(len(classes), size=batch)
    place = first[drawn] + (rng.random(batch) * count[drawn]).astype(np.int64)
    rows: np.ndarray = np.argsort(digit, kind="stable")[place]
    return rows
