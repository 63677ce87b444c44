"""Pictures of shapes painted from the messages of a sender, instead of captions in words.

A sender that observes the four attributes of a shape is a part of the painter, and its message is all that the text
encoder receives. The protocol is that of a referential team (frozen), is learned together with the painter, or is a
random code. Then operators change the painter: the second stage is excluded, and the sender of another team is
substituted, before and after the text encoder is re-learned. The control re-learns the text encoder with the same
budget in a painter that was never trained.

``python -m interlect.training.experiments.learned_captions --seeds 0-4``
"""

from dataclasses import replace
from pathlib import Path

import torch

from ...agents import Agent, Graph, Team
from ...agents.architectures.sender_receiver import sender
from ...agents.generators.described import describing_painter, random_sender
from ...agents.modules import Frozen
from ...agents.operators import exclude, substitute
from ...agents.subgraph import Subgraph
from ...envs.forgery.shapes import ATTRIBUTES, VALUES
from ...protocols import Symbols
from ..adversarial.stackgan import StackGAN, StackGANLearner
from ..learners.sender_receiver import SenderReceiver
from ..runs.evaluate import evaluate_on_training_split, evaluate_team
from ..runs.loop import train
from .experiment import Rows, experiment

RUNS = Path("runs/learned_captions")
"""Folder of the runs; the same command resumes interrupted ones."""
CARRIER = Symbols(vocabulary=10, length=6)
PAINTER = StackGAN("forgery_v0", condition="kind")
REFERENTIAL = SenderReceiver(
    "referential_v0",
    attributes=len(ATTRIBUTES),
    values=VALUES,
    holdout_share=0.0,
    vocabulary=CARRIER.vocabulary,
    length=CARRIER.length,
    width=128,
    updates=500,
    batch=256,
)
"""Settings of the teams whose senders describe shapes, with all combinations of values."""
OTHER_SEEDS = 1000
"""Difference between the seed of a painter's sender and that of the sender that is substituted for it."""
RELEARNED = 500
"""Number of updates for which a text encoder is re-learned."""
OBSERVED = len(ATTRIBUTES) * VALUES
MEASURES = ("attribute_accuracy", "color_and_shape_accuracy", "recognizable", "diversity")


def run(seed: int) -> Rows:
    """Measures of the pictures of one seed, on held-out combinations of color and shape, and on those of training."""
    settings = replace(PAINTER, seed=seed)
    own, other = (referential_sender(number) for number in (seed, seed + OTHER_SEEDS))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        new = Agent(sender(OBSERVED, 1, CARRIER, REFERENTIAL.width))
        starts = {
            "protocol of a referential team": new_team(settings, own),
            "protocol learned together": new_team(settings, new, frozen=False),
            "random code": new_team(settings, Agent(random_sender(len(ATTRIBUTES), VALUES, 1, CARRIER, seed))),
        }
    trained = {name: trained_team(name, settings, start) for name, start in starts.items()}
    rows = {name: measures(settings, team) for name, team in trained.items()}
    first = next(iter(starts))
    painter = trained[first].agents[0].graph
    rows["second stage excluded"] = measures(settings, with_painter(trained[first], exclude(painter, "stage_2").after))
    swapped = with_sender(trained[first], other)
    rows["another sender"] = measures(settings, swapped)
    for name, team in (
        ("re-learned", swapped),
        ("re-learned, painter never trained", with_sender(starts[first], other)),
    ):
        rows[f"another sender, text encoder {name}"] = measures(settings, relearned(name, settings, team))
    return rows


def referential_sender(seed: int) -> Agent:
    """The sender of a referential team, trained to describe objects with the attributes of shapes."""
    out = RUNS / "referential" / f"seed-{seed}"
    return train(replace(REFERENTIAL, seed=seed), out, existing="resume").team.agents[0]


def new_team(settings: StackGAN, sender: Agent, frozen: bool = True) -> Team:
    """A new painter with this sender, and a new critic."""
    learner = StackGANLearner(settings)
    graph = describing_painter(learner.sizes, sender, CARRIER, frozen, settings.width, settings.augmentation)
    return with_painter(learner.team(), graph)


def trained_team(name: str, settings: StackGAN, start: Team) -> Team:
    """The team after training, or that of a finished run of the same name and seed."""
    out = RUNS / name.replace(" ", "_").replace(",", "") / f"seed-{settings.seed}"
    return train(settings, out, start=start, existing="resume").team


def with_painter(team: Team, graph: Graph) -> Team:
    """The team with another painter."""
    return Team([Agent(graph), *team.agents[1:]], team.channel)


def with_sender(team: Team, other: Agent) -> Team:
    """The team whose painter has another sender."""
    return with_painter(team, substitute(team.agents[0].graph, "sender", Frozen(Subgraph(other.graph))).after)


def relearned(name: str, settings: StackGAN, team: Team) -> Team:
    """The team after its text encoder was trained, while all other modules of its painter were frozen."""
    graph = team.agents[0].graph.clone()
    frozen = {
        each: module if each == "text_encoder" or isinstance(module, Frozen) else Frozen(module)
        for each, module in graph.modules.items()
    }
    budget = replace(settings, updates=RELEARNED, first_stage=1.0)
    return trained_team(name, budget, with_painter(team, replace(graph, modules=frozen)))


def measures(settings: StackGAN, team: Team) -> dict[str, float]:
    """Measures on held-out combinations, and attributes on those of training."""
    held_out = evaluate_team(settings, team)["measures"]
    training = evaluate_on_training_split(settings, team)
    assert training
    seen = training["measures"]["attribute_accuracy"]
    return {name: held_out[name] for name in MEASURES} | {"attribute_accuracy_training": seen}


if __name__ == "__main__":
    experiment("Pictures painted from messages", "learned_captions", run)
