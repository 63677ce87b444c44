"""A module is added to a trained digit classifier without effect, then trained alone or with all other modules.

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

MORE = 500
"""Updates after the module was added, and of the control without it."""
HIDDEN = 64


def enlarge(graph: Graph, seed: int) -> dict[str, OperatorResult[Graph]]:
    """A classifier without blocks and one more module, in parallel with its encoder or behind it."""

    def more(inputs: int) -> Module:
        return Series(
            [Linear(inputs, (HIDDEN,), relu=True), Linear(HIDDEN, graph.sources()["observation_encoder.out"].shape)]
        )

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        parallel, series = more(PIXELS), more(graph.sources()["observation_encoder.out"].shape[0])
    wires = [Wire("input.observation", "more.x"), Wire("more.out", "action_head.x")]
    return {
        "in parallel": augment(graph, "more", parallel, wires),
        "in series": augment(graph, "more", series, on=Wire("observation_encoder.out", "action_head.x")),
    }


def run(seed: int) -> Rows:
    """Accuracy and agreement with the original on held-out images, and accuracy after the new module is excluded."""
    settings = Classification("digits_v0", seed=seed, blocks=0)
    original, train = train_agent(settings), digits("train")
    budget = Budget(MORE, settings.batch, settings.learning_rate, seed=seed)
    longer = replace(budget, updates=settings.updates + MORE)
    further = train_on(original, train.image, train.digit, budget)
    rows = {"original": _compare(original, original), "trained further without it": _compare(further, original)}
    unborn = enlarge(untrained_agent(replace(settings, seed=seed + 2000)).graph, seed)
    for how, done in enlarge(original.graph, seed).items():
        larger = Agent(done.after)
        new = [name for name in done.after.modules if name not in original.graph.modules]
        agents = {
            "zero-shot": larger,
            "new module trained": train_on(larger, train.image, train.digit, budget, new),
            "all trained": train_on(larger, train.image, train.digit, budget),
            "all from scratch": train_on(Agent(unborn[how].after), train.image, train.digit, longer),
        }
        found = {f"{how}: {what}": _compare(agent, original) for what, agent in agents.items()}
        together, alone = found[f"{how}: all trained"], rows["trained further without it"]
        rows |= found | {f"{how}: all trained minus without it": difference(together, alone)}
    return rows


def _compare(agent: Agent, original: Agent) -> dict[str, float]:
    held_out = digits("held_out")
    same = predict_logits(agent, held_out.image).argmax(-1) == predict_logits(original, held_out.image).argmax(-1)
    agreement = float(torch.from_numpy(held_out.chance) @ same.double())
    without = Agent(exclude(agent.graph, "more").after) if "more" in agent.graph.modules else agent
    return {
        "accuracy": accuracy(agent, held_out),
        "agreement": agreement,
        "without the new module": accuracy(without, held_out),
    }


if __name__ == "__main__":
    experiment("A module added to a digit classifier", "joint_training", run)
