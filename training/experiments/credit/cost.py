"""Cost of a training step with synthetic gradients in one process, compared with backpropagation.

``python -m interlect.training.experiments.credit.cost --seeds 0-4``; each seed is a repetition.
"""

from collections.abc import Callable

import numpy as np
import torch

from ....agents import Agent
from ...bench.timing import alternating_rates
from ..experiment import Rows, experiment
from .depth import ARMS, BUDGET, DEPTHS
from .networks import Condition, Labeled, classify, fold, network

STEPS, REPEATS = 20, 15


def run(seed: int) -> Rows:
    """CPU milliseconds per step of the deepest networks (medians of alternating runs), and ratio to backprop."""
    rates = alternating_rates({name: training_steps(arm, seed) for name, arm in ARMS.items()}, REPEATS)
    times = {name: 1000 / rate for name, rate in rates.items()}
    return {name: {"ms": time, "over backprop": time / times["backprop"]} for name, time in times.items()}


def training_steps(arm: Condition, seed: int, layers: int = DEPTHS[-1]) -> Callable[[], float]:
    """A workload: training steps of a network (forward pass, backward pass and Adam) on one batch."""
    train, _ = fold(seed)
    rows = np.random.default_rng(seed).integers(len(train.digit), size=BUDGET.batch)
    batch = Labeled(train.image[rows], train.digit[rows])
    agent = Agent(network(layers, arm, seed)).train()
    optimizer = torch.optim.Adam(agent.parameters(), lr=BUDGET.learning_rate, foreach=True)

    def work() -> float:
        for _ in range(STEPS):
            optimizer.zero_grad()
            classify(agent, batch)[1].backward()
            optimizer.step()
        return float(STEPS)

    return work


if __name__ == "__main__":
    title = f"A step of {DEPTHS[-1]} layers, batch {BUDGET.batch}, one core; CPU milliseconds"
    experiment(title, "credit_cost", run)
