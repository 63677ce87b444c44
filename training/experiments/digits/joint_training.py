"""A module without initial effect is added to a trained digit classifier, and trained alone or with all other modules.

``python -m interlect.training.experiments.digits.joint_training --seeds 0-9``
"""

from dataclasses import replace

import torch

from ....agents import Agent, Graph, Linear, Module, Series, Wire
from ....agents.operators import OperatorResult, augment, exclude
from ....envs.pictures.images import PIXELS, digits
from ...adaptation.digit_classifiers import accuracy, predict_logits, train_agent, train_on, untrained_agent
from ...adaptation.optimization import Budget
from ...learners.classification import Classification
from ..experiment import Rows, difference, experiment

MORE_UPDATES = 500
"""Number of updates after the module was added, and of the control without it."""
HIDDEN = 64
"""Width of the added hidden layer."""


def enlarge(graph: Graph, seed: int) -> dict[str, OperatorResult[Graph]]:
    """Add a module to a classifier without blocks, in parallel with its encoder or behind it."""

    def new_module(inputs: int) -> Module:
        return Series(
            [Linear(inputs, (HIDDEN,), relu=True), Linear(HIDDEN, graph.sources()["observation_encoder.out"].shape)]
        )

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        parallel, series = new_module(PIXELS), new_module(graph.sources()["observation_encoder.out"].shape[0])
    wires = [Wire("input.observation", "new_module.x"), Wire("new_module.out", "action_head.x")]
    return {
        "in parallel": augment(graph, "new_module", parallel, wires),
        "in series": augment(graph, "new_module", series, on=Wire("observation_encoder.out", "action_head.x")),
    }


def run(seed: int) -> Rows:
    """Accuracy and agreement with the original on held-out images, and accuracy after the new module is excluded."""
    settings = Classification("digits_v0", seed=seed, blocks=0)
    original, train = train_agent(settings), digits("train")
    budget = Budget(MORE_UPDATES, settings.batch, settings.learning_rate, seed=seed)
    longer = replace(budget, updates=settings.updates + MORE_UPDATES)
    further = train_on(original, train.image, train.digit, budget)
    rows = {"original": _compare(original, original), "trained further without it": _compare(further, original)}
    untrained = enlarge(untrained_agent(replace(settings, seed=seed + 2000)).graph, seed)
    for how, result in enlarge(original.graph, seed).items():
        larger = Agent(result.after)
        new = [name for name in result.after.modules if name not in original.graph.modules]
        agents = {
            "zero-shot": larger,
            "new module trained": train_on(larger, train.image, train.digit, budget, new),
            "all trained": train_on(larger, train.image, train.digit, budget),
            "all from scratch": train_on(Agent(untrained[how].after), train.image, train.digit, longer),
        }
        comparisons = {f"{how}: {what}": _compare(agent, original) for what, agent in agents.items()}
        together, alone = comparisons[f"{how}: all trained"], rows["trained further without it"]
        rows |= comparisons | {f"{how}: all trained minus without it": difference(together, alone)}
    return rows


def _compare(agent: Agent, original: Agent) -> dict[str, float]:
    held_out = digits("held_out")
    same_answer = predict_logits(agent, held_out.image).argmax(-1) == predict_logits(original, held_out.image).argmax(
        -1
    )
    agreement = float(torch.from_numpy(held_out.chance) @ same_answer.double())
    without = Agent(exclude(agent.graph, "new_module").after) if "new_module" in agent.graph.modules else agent
    return {
        "accuracy": accuracy(agent, held_out),
        "agreement": agreement,
        "without the new module": accuracy(without, held_out),
    }


if __name__ == "__main__":
    experiment("A module added to a digit classifier", "joint_training", run)
