"""Encoder and blocks of a digit classifier, substituted by another architecture: untrained, distilled, or from labels.

``python -m interlect.training.experiments.digits.distilled_substitution --seeds 0-9``
"""

from collections.abc import Mapping
from dataclasses import replace

import torch

from ....agents import Agent, Graph, Linear, Module, Series
from ....agents.operators import join, substitute
from ....envs.pictures.images import PIXELS, digits
from ...adaptation.digit_classifiers import (
    accuracy,
    batch_sampler,
    few_shot_sample,
    predict_logits,
    train_agent,
    untrained_agent,
)
from ...adaptation.distilling import distill, teacher
from ...adaptation.optimization import Budget
from ...learners.classification import Classification
from ..experiment import Rows, difference, experiment

PUPILS = 600
"""Updates of each student and of its controls."""
FEW = 10
"""Images per class in the small training set."""


def designs(width: int) -> Mapping[str, Module]:
    """Other architectures between image and output layer."""
    deep = [Linear(PIXELS, (24,), relu=True), Linear(24, (24,), relu=True), Linear(24, (24,), relu=True)]
    return {
        "one hidden layer": Series([Linear(PIXELS, (64,), relu=True), Linear(64, (width,))]),
        "four thin layers": Series([*deep, Linear(24, (width,))]),
    }


def join_blocks(graph: Graph, settings: Classification) -> Graph:
    """The graph with encoder and blocks joined into one module, ``observation_encoder``."""
    for name in settings.names:
        graph = join(graph, "observation_encoder", name).after
    return graph


def run(seed: int) -> Rows:
    """Accuracy, agreement with the original, and mean KL from it, on held-out pictures."""
    settings = Classification("digits_v0", seed=seed)
    original, train = train_agent(settings), digits("train")
    draw, teach = batch_sampler(train.image, train.digit), teacher(original, ["act"])
    budget = Budget(updates=PUPILS, seed=seed)
    rows = {"original": _compare(original, original)}
    rows["another seed"] = _compare(train_agent(replace(settings, seed=seed + 1000)), original)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = designs(settings.width)
    for name, design in made.items():
        hot = Agent(substitute(join_blocks(original.graph, settings), "observation_encoder", design).after)
        alone = Agent(
            substitute(
                join_blocks(untrained_agent(replace(settings, seed=seed + 2000)).graph, settings),
                "observation_encoder",
                design,
            ).after
        )
        students = {
            "untrained": hot,
            "distilled": distill(hot, teach, draw, budget=budget, learned=["observation_encoder"]),
            "distilled, no labels": distill(hot, teach, draw, mix=1.0, budget=budget, learned=["observation_encoder"]),
            "labels, old output layer": distill(
                hot, teach, draw, mix=0.0, budget=budget, learned=["observation_encoder"]
            ),
            "labels, all new": distill(alone, teach, draw, mix=0.0, budget=budget),
        }
        rows |= {f"{name}: {how}": _compare(student, original) for how, student in students.items()}
        distilled, labels = rows[f"{name}: distilled"], rows[f"{name}: labels, all new"]
        rows[f"{name}: distilled minus labels, all new"] = difference(distilled, labels)
    few = batch_sampler(*few_shot_sample(train, FEW, seed))
    joined = join_blocks(original.graph, settings)
    hot = Agent(substitute(joined, "observation_encoder", made["one hidden layer"]).after)
    for how, mix in (("distilled", 0.7), ("labels, old output layer", 0.0)):
        student = distill(hot, teach, few, mix=mix, budget=budget, learned=["observation_encoder"])
        rows[f"{10 * FEW} pictures: {how}"] = _compare(student, original)
    distilled, labels = (rows[f"{10 * FEW} pictures: {how}"] for how in ("distilled", "labels, old output layer"))
    rows[f"{10 * FEW} pictures: distilled minus labels"] = difference(distilled, labels)
    return rows


def _compare(agent: Agent, original: Agent) -> dict[str, float]:
    held_out = digits("held_out")
    ours, theirs = predict_logits(agent, held_out.image), predict_logits(original, held_out.image)
    weight = torch.from_numpy(held_out.chance)
    same = (ours.argmax(-1) == theirs.argmax(-1)).double()
    gap = (theirs.softmax(-1) * (theirs.log_softmax(-1) - ours.log_softmax(-1))).sum(-1)
    measured = {"accuracy": accuracy(agent, held_out), "agreement": float(weight @ same)}
    return measured | {"KL": float(weight @ gap.double())}


if __name__ == "__main__":
    experiment("Distilled substitution of a digit classifier's encoder and blocks", "distilled_substitution", run)
