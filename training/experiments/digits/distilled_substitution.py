"""Encoder and blocks of a digit classifier, substituted by an untrained, distilled or supervised student.

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

STUDENT_UPDATES = 600
"""Number of updates of each student and of its controls."""
FEW = 10
"""Images per class in the small training set."""


def designs(width: int) -> Mapping[str, Module]:
    """Alternative architectures between image and output layer."""
    deep = [Linear(PIXELS, (24,), relu=True), Linear(24, (24,), relu=True), Linear(24, (24,), relu=True)]
    return {
        "one hidden layer": Series([Linear(PIXELS, (64,), relu=True), Linear(64, (width,))]),
        "four thin layers": Series([*deep, Linear(24, (width,))]),
    }


def join_blocks(graph: Graph, settings: Classification) -> Graph:
    """Join the encoder and the blocks into one module, ``observation_encoder``."""
    for name in settings.names:
        graph = join(graph, "observation_encoder", name).after
    return graph


def run(seed: int) -> Rows:
    """Accuracy, agreement with the original, and mean KL divergence from it, on held-out images."""
    settings = Classification("digits_v0", seed=seed)
    original, train = train_agent(settings), digits("train")
    draw, teach = batch_sampler(train.image, train.digit), teacher(original, ["act"])
    budget = Budget(updates=STUDENT_UPDATES, seed=seed)
    rows = {"original": _compare(original, original)}
    rows["another seed"] = _compare(train_agent(replace(settings, seed=seed + 1000)), original)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        modules = designs(settings.width)
    for name, design in modules.items():
        untrained = Agent(substitute(join_blocks(original.graph, settings), "observation_encoder", design).after)
        all_new = Agent(
            substitute(
                join_blocks(untrained_agent(replace(settings, seed=seed + 2000)).graph, settings),
                "observation_encoder",
                design,
            ).after
        )
        students = {
            "untrained": untrained,
            "distilled": distill(untrained, teach, draw, budget=budget, trainable=["observation_encoder"]),
            "distilled, no labels": distill(
                untrained, teach, draw, mix=1.0, budget=budget, trainable=["observation_encoder"]
            ),
            "labels, old output layer": distill(
                untrained, teach, draw, mix=0.0, budget=budget, trainable=["observation_encoder"]
            ),
            "labels, all new": distill(all_new, teach, draw, mix=0.0, budget=budget),
        }
        rows |= {f"{name}: {how}": _compare(student, original) for how, student in students.items()}
        distilled, labels = rows[f"{name}: distilled"], rows[f"{name}: labels, all new"]
        rows[f"{name}: distilled minus labels, all new"] = difference(distilled, labels)
    few = batch_sampler(*few_shot_sample(train, FEW, seed))
    joined = join_blocks(original.graph, settings)
    untrained = Agent(substitute(joined, "observation_encoder", modules["one hidden layer"]).after)
    for how, mix in (("distilled", 0.7), ("labels, old output layer", 0.0)):
        student = distill(untrained, teach, few, mix=mix, budget=budget, trainable=["observation_encoder"])
        rows[f"{10 * FEW} pictures: {how}"] = _compare(student, original)
    distilled, labels = (rows[f"{10 * FEW} pictures: {how}"] for how in ("distilled", "labels, old output layer"))
    rows[f"{10 * FEW} pictures: distilled minus labels"] = difference(distilled, labels)
    return rows


def _compare(agent: Agent, original: Agent) -> dict[str, float]:
    held_out = digits("held_out")
    logits, original_logits = predict_logits(agent, held_out.image), predict_logits(original, held_out.image)
    weight = torch.from_numpy(held_out.chance)
    same_answer = (logits.argmax(-1) == original_logits.argmax(-1)).double()
    divergence = (original_logits.softmax(-1) * (original_logits.log_softmax(-1) - logits.log_softmax(-1))).sum(-1)
    measures = {"accuracy": accuracy(agent, held_out), "agreement": float(weight @ same_answer)}
    return measures | {"KL": float(weight @ divergence.double())}


if __name__ == "__main__":
    experiment("Distilled substitution of a digit classifier's encoder and blocks", "distilled_substitution", run)
