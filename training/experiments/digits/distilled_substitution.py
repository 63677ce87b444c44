"""The digits agent's eye and blocks, replaced by another design behind the same ports: hot, distilled, by labels.

``python -m interlect.training.experiments.digits.distilled_substitution --seeds 0-9``
"""

from collections.abc import Mapping
from dataclasses import replace

import torch

from ....agents import Agent, Graph, Linear, Module, Series
from ....agents.operators import join, substitute
from ....envs.pictures.images import PIXELS, digits
from ...adaptation.classifiers import accuracy, asked, batch_loss, few_of, fresh, trained
from ...adaptation.distilling import distill, teacher
from ...adaptation.fitting import Budget
from ...learners.classification import Classification
from ..experiment import Rows, experiment, less

PUPILS = 600
"""Updates of each student, and of those it is compared with."""
FEW = 10
"""Pictures of each class, where students get few."""


def designs(width: int) -> Mapping[str, Module]:
    """Other designs of what is between a picture and the choice."""
    deep = [Linear(PIXELS, (24,), relu=True), Linear(24, (24,), relu=True), Linear(24, (24,), relu=True)]
    return {
        "one hidden layer": Series([Linear(PIXELS, (64,), relu=True), Linear(64, (width,))]),
        "four thin layers": Series([*deep, Linear(24, (width,))]),
    }


def join_team(graph: Graph, settings: Classification) -> Graph:
    """The graph with eye and blocks joined in one module, ``see``."""
    for name in settings.names:
        graph = join(graph, "observation_encoder", name).after
    return graph


def run(seed: int) -> Rows:
    """Accuracy, agreement with the original, and mean KL from it, on held-out pictures."""
    settings = Classification("digits_v0", seed=seed)
    original, train = trained(settings), digits("train")
    draw, teach = batch_loss(train.image, train.digit), teacher(original, ["act"])
    budget = Budget(updates=PUPILS, seed=seed)
    rows = {"the original": _compared(original, original)}
    rows["another original"] = _compared(trained(replace(settings, seed=seed + 1000)), original)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = designs(settings.width)
    for name, design in made.items():
        hot = Agent(substitute(join_team(original.graph, settings), "observation_encoder", design).after)
        alone = Agent(
            substitute(
                join_team(fresh(replace(settings, seed=seed + 2000)).graph, settings), "observation_encoder", design
            ).after
        )
        students = {
            "hot": hot,
            "distilled": distill(hot, teach, draw, budget=budget, learned=["observation_encoder"]),
            "distilled, no labels": distill(hot, teach, draw, mix=1.0, budget=budget, learned=["observation_encoder"]),
            "labels, old choice": distill(hot, teach, draw, mix=0.0, budget=budget, learned=["observation_encoder"]),
            "labels, all new": distill(alone, teach, draw, mix=0.0, budget=budget),
        }
        rows |= {f"{name}: {how}": _compared(student, original) for how, student in students.items()}
        distilled, labels = rows[f"{name}: distilled"], rows[f"{name}: labels, all new"]
        rows[f"{name}: distilled less labels, all new"] = less(distilled, labels)
    few = batch_loss(*few_of(train, FEW, seed))
    hot = Agent(substitute(join_team(original.graph, settings), "observation_encoder", made["one hidden layer"]).after)
    for how, mix in (("distilled", 0.7), ("labels, old choice", 0.0)):
        student = distill(hot, teach, few, mix=mix, budget=budget, learned=["observation_encoder"])
        rows[f"{10 * FEW} pictures: {how}"] = _compared(student, original)
    distilled, labels = (rows[f"{10 * FEW} pictures: {how}"] for how in ("distilled", "labels, old choice"))
    rows[f"{10 * FEW} pictures: distilled less labels"] = less(distilled, labels)
    return rows


def _compared(agent: Agent, original: Agent) -> dict[str, float]:
    held_out = digits("held_out")
    ours, theirs = asked(agent, held_out.image), asked(original, held_out.image)
    weight = torch.from_numpy(held_out.chance)
    same = (ours.argmax(-1) == theirs.argmax(-1)).double()
    gap = (theirs.softmax(-1) * (theirs.log_softmax(-1) - ours.log_softmax(-1))).sum(-1)
    measured = {"accuracy": accuracy(agent, held_out), "agreement": float(weight @ same)}
    return measured | {"KL": float(weight @ gap.double())}


if __name__ == "__main__":
    experiment("Distilled substitution of the digits agent's eye and blocks", "distilled_substitution", run)
