"""Two halves of a network in two processes, in lock-step and decoupled: speed and test error.

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
from .two_processes import Apart, train_in_two_processes

LAYERS, LOWER = 6, 3
"""Number of layers, and of those in the lower half."""
STEPS = 100


def run(seed: int) -> Rows:
    """Test error, updates per wall-clock second, and seconds; without delay, and with a delay of one half's step."""
    step = seconds_of_a_step(seed)
    rows: dict[str, dict[str, float]] = {}
    for link, delay in {"at once": 0.0, "delayed": step}.items():
        for name, decoupled in {"lock-step": False, "decoupled": True}.items():
            wrong, found = train_and_test(seed, decoupled, delay)
            lower, upper = found.updates
            counts = {"lower updates": float(lower), "upper updates": float(upper)}
            rows[f"{name}, {link}"] = {"error, %": wrong, "updates per second": found.rate, "s": found.seconds} | counts
        speed = [rows[f"{name}, {link}"]["updates per second"] for name in ("decoupled", "lock-step")]
        rows[f"decoupled over lock-step, {link}"] = {"speed": speed[0] / speed[1]}
    return rows | {"delay": {"ms": 1000 * step}}


def train_and_test(seed: int, decoupled: bool, delay: float) -> tuple[float, Apart]:
    """Test error in percent of a network whose halves were trained in two processes, and their statistics."""
    train, test = fold(seed)
    graph = halves(seed)
    credit = graph.modules["credit"]
    assert isinstance(credit, SyntheticGradient)
    lower, upper = parts(graph)
    budget = replace(BUDGET, seed=seed)
    found = train_in_two_processes(lower, upper, credit if decoupled else None, train, budget, delay)
    return error(Agent(graph), test), found


def halves(seed: int) -> Graph:
    """A network with a predictor, which receives the label, on the wire in its middle."""
    on = Wire(f"layer_{LOWER - 1}.out", f"layer_{LOWER}.x")
    return decouple(network(LAYERS, Condition(), seed), "credit", on, label="input.label").after


def parts(graph: Graph) -> tuple[Agent, Agent]:
    """Both halves, with the same parameters."""
    names = [f"layer_{place}" for place in range(LAYERS)]
    lower, upper = (Agent(extract(graph, some).after) for some in (names[:LOWER], names[LOWER:]))
    return lower, upper


def seconds_of_a_step(seed: int) -> float:
    """Median time of a forward and backward pass and an optimizer step of the upper half alone."""
    _, upper = parts(halves(seed))
    adam = torch.optim.Adam(upper.train().parameters())
    value, digit = torch.randn(BUDGET.batch, WIDTH), torch.arange(BUDGET.batch) % CLASSES
    times = []
    for _ in range(STEPS):
        initial_agents = time.monotonic()
        (logits,) = upper(value, None)[0].values()
        nn.functional.cross_entropy(logits, digit).backward()
        adam.step()
        adam.zero_grad()
        times.append(time.monotonic() - initial_agents)
    return median(times)


if __name__ == "__main__":
    experiment("Two halves of a network in two processes", "credit_apart", run)
