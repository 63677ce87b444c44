"""Two parts of a network trained in two processes, in lock-step and decoupled: speed and test error.

``python -m interlect.training.experiments.credit.processes --seeds 0-4``
"""

import time
from dataclasses import replace
from statistics import median

import torch
from torch import nn

from ....agents import Agent, Graph, SyntheticGradient, Wire
from ....agents.operators import decouple, extract
from ....envs.pictures.images import CLASSES
from ..experiment import Rows, experiment
from .depth import BUDGET
from .networks import WIDTH, Condition, error, fold, network
from .two_processes import ProcessStatistics, train_in_two_processes

LAYERS, LOWER = 6, 3
"""Number of all layers, and of layers in the lower part."""
STEPS = 100
"""Number of steps whose time is measured."""


def run(seed: int) -> Rows:
    """Test error, updates per second and wall-clock seconds, without delay and with a delay of one step."""
    step = seconds_of_a_step(seed)
    rows: dict[str, dict[str, float]] = {}
    for link, delay in {"no delay": 0.0, "delayed": step}.items():
        for name, decoupled in {"lock-step": False, "decoupled": True}.items():
            test_error, statistics = train_and_test(seed, decoupled, delay)
            lower, upper = statistics.updates
            counts = {"lower updates": float(lower), "upper updates": float(upper)}
            rows[f"{name}, {link}"] = {
                "error, %": test_error,
                "updates per second": statistics.rate,
                "s": statistics.seconds,
            } | counts
        speed = [rows[f"{name}, {link}"]["updates per second"] for name in ("decoupled", "lock-step")]
        rows[f"decoupled over lock-step, {link}"] = {"speed": speed[0] / speed[1]}
    return rows | {"delay": {"ms": 1000 * step}}


def train_and_test(seed: int, decoupled: bool, delay: float) -> tuple[float, ProcessStatistics]:
    """Test error in percent of a network whose parts were trained in two processes, and statistics of the processes."""
    train, test = fold(seed)
    graph = decoupled_network(seed)
    credit = graph.modules["credit"]
    assert isinstance(credit, SyntheticGradient)
    lower, upper = extract_parts(graph)
    budget = replace(BUDGET, seed=seed)
    statistics = train_in_two_processes(lower, upper, credit if decoupled else None, train, budget, delay)
    return error(Agent(graph), test), statistics


def decoupled_network(seed: int) -> Graph:
    """A network with a gradient predictor, which receives the label, on the wire between its two parts."""
    wire = Wire(f"layer_{LOWER - 1}.out", f"layer_{LOWER}.x")
    return decouple(network(LAYERS, Condition(), seed), "credit", wire, label="input.label").after


def extract_parts(graph: Graph) -> tuple[Agent, Agent]:
    """Extract the lower and the upper part of a network; they share its parameters."""
    names = [f"layer_{place}" for place in range(LAYERS)]
    lower, upper = (Agent(extract(graph, part).after) for part in (names[:LOWER], names[LOWER:]))
    return lower, upper


def seconds_of_a_step(seed: int) -> float:
    """Median time of a forward pass, a backward pass and an optimizer step of the upper part alone."""
    _, upper = extract_parts(decoupled_network(seed))
    adam = torch.optim.Adam(upper.train().parameters())
    value, digit = torch.randn(BUDGET.batch, WIDTH), torch.arange(BUDGET.batch) % CLASSES
    times = []
    for _ in range(STEPS):
        start = time.monotonic()
        (logits,) = upper(value, None)[0].values()
        nn.functional.cross_entropy(logits, digit).backward()
        adam.step()
        adam.zero_grad()
        times.append(time.monotonic() - start)
    return median(times)


if __name__ == "__main__":
    experiment("Two parts of a network in two processes", "credit_apart", run)
