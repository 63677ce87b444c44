"""A module added to a trained reader of digits without effect, then learned: by itself, and with all the rest.

``python -m interlect.training.experiments.digits.joint_training --seeds 0-9``
"""

from dataclasses import replace

import torch

from ....agents import Agent, Graph, Linear, Module, Series, Wire
from ....agents.operators import Operated, augment, exclude
from ....envs.pictures.images import PIXELS, digits
from ...adaptation.classifiers import accuracy, asked, fresh, learned_on, trained
from ...adaptation.fitting import Budget
from ...learners.classification import Classification
from ..experiment import Rows, experiment, less

MORE = 500
"""Updates after the module was added, and of those that go on without it."""
HIDDEN = 64


def grown(graph: Graph, seed: int) -> dict[str, Operated[Graph]]:
    """A reader without blocks and one module more: beside its eye, or behind it."""

    def more(inputs: int) -> Module:
        return Series(
            [Linear(inputs, (HIDDEN,), relu=True), Linear(HIDDEN, graph.sources()["observation_encoder.out"].shape)]
        )

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        beside, behind = more(PIXELS), more(graph.sources()["observation_encoder.out"].shape[0])
    wires = [Wire("input.observation", "more.x"), Wire("more.out", "action_head.x")]
    return {
        "in parallel": augment(graph, "more", beside, wires),
        "in series": augment(graph, "more", behind, on=Wire("observation_encoder.out", "action_head.x")),
    }


def run(seed: int) -> Rows:
    """Accuracy on held-out pictures, agreement with the original there, and accuracy without the new module again."""
    settings = Classification("digits_v0", seed=seed, blocks=0)
    original, train = trained(settings), digits("train")
    budget = Budget(MORE, settings.batch, settings.learning_rate, seed=seed)
    longer = replace(budget, updates=settings.updates + MORE)
    further = learned_on(original, train.image, train.digit, budget)
    rows = {"the original": _compared(original, original), "learned on without it": _compared(further, original)}
    unborn = grown(fresh(replace(settings, seed=seed + 2000)).graph, seed)
    for how, done in grown(original.graph, seed).items():
        larger = Agent(done.after)
        new = [name for name in done.after.modules if name not in original.graph.modules]
        agents = {
            "at once": larger,
            "it alone learned": learned_on(larger, train.image, train.digit, budget, new),
            "all learned together": learned_on(larger, train.image, train.digit, budget),
            "all from scratch": learned_on(Agent(unborn[how].after), train.image, train.digit, longer),
        }
        found = {f"{how}: {what}": _compared(agent, original) for what, agent in agents.items()}
        together, alone = found[f"{how}: all learned together"], rows["learned on without it"]
        rows |= found | {f"{how}: all together less without it": less(together, alone)}
    return rows


def _compared(agent: Agent, original: Agent) -> dict[str, float]:
    held_out = digits("held_out")
    same = asked(agent, held_out.image).argmax(-1) == asked(original, held_out.image).argmax(-1)
    agreement = float(torch.from_numpy(held_out.chance) @ same.double())
    without = Agent(exclude(agent.graph, "more").after) if "more" in agent.graph.modules else agent
    return {
        "accuracy": accuracy(agent, held_out),
        "agreement": agreement,
        "without the new module": accuracy(without, held_out),
    }


if __name__ == "__main__":
    experiment("A module added to a reader of digits, and learned", "joint_training", run)
