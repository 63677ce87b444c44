"""Another architecture in a runner's place: distilled from the old one on pictures to train on, compared on others."""

import numpy as np
import torch

from ...agents import Agent, Graph, Linear, Module, Port, SumMessageEncoder, Team, Wire
from ...envs.pictures.images import PIXELS, digits
from ...envs.relay import exact
from ...envs.relay.rules import Relay
from ...protocols.channels.channel import Channel
from ..adaptation.distilling import BatchLoss, distill, teacher
from ..adaptation.fitting import Budget, balanced

BUDGET = Budget(updates=2000, batch=256, learning_rate=3e-3)
TEMPERATURE, BLUR = 2.0, 0.1


def another_runner(old: Agent, seed: int, width: int = 96) -> Agent:
    """A runner of other modules behind the same ports: one wide hidden layer for picture and message, one on top."""
    senders, size = old.graph.inputs["heard"].shape
    heard, emit, act = old.graph.inputs["heard"], old.graph.outputs["emit"], old.graph.outputs["act"]
    inputs = {"observation": Port((PIXELS,)), "heard": heard, "present": old.graph.inputs["present"]}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        modules: dict[str, Module] = {
            "observation_encoder": Linear(PIXELS, (width,), relu=True),
            "message_encoder": SumMessageEncoder(senders, size, width, gain=1.0),
            "hidden": Linear(width, (width,), relu=True),
            "action_head": Linear(width, act.shape),
            "message_head": Linear(width, emit.shape),
        }
    path = (
        ("input.observation", "observation_encoder.x"),
        ("input.heard", "message_encoder.heard"),
        ("input.present", "message_encoder.present"),
        ("observation_encoder.out", "hidden.x"),
        ("message_encoder.out", "hidden.x"),
        ("hidden.out", "action_head.x"),
        ("hidden.out", "message_head.x"),
        ("action_head.out", "output.act"),
        ("message_head.out", "output.emit"),
    )
    return Agent(Graph(inputs, dict(old.graph.outputs), modules, tuple(Wire(*ends) for ends in path)))


def distilled_runner(old: Agent, student: Agent, channel: Channel, seed: int) -> Agent:
    """Let a student learn what an agent says and does, after any message or none.

    Args:
        old: the teacher.
        student: of any architecture behind the same ports.
        channel: of discrete messages.
        seed: of the lessons.
    """
    carrier = channel.carrier
    pictures, (senders, size) = digits("train"), old.graph.inputs["heard"].shape

    def batch_loss(rng: np.random.Generator, rows: int) -> BatchLoss:
        image = pictures.image[balanced(pictures.digit, rng, rows)]
        image = image + BLUR * rng.standard_normal(image.shape, dtype=np.float32)
        said = carrier.encode(torch.from_numpy(rng.random((rows, *carrier.emit_shape), dtype=np.float32)))
        present = torch.from_numpy((rng.random((rows, senders)) < size / (size + 1)).astype(np.float32))
        heard = carrier.decode(said).reshape(rows, senders, size) * present[..., None]
        return {"observation": torch.from_numpy(image), "heard": heard, "present": present}, {}

    budget = Budget(BUDGET.updates, BUDGET.batch, BUDGET.learning_rate, seed=seed)
    return distill(student, teacher(old, ["act", "emit"]), batch_loss, TEMPERATURE, 1.0, budget)


def agreement(a: Agent, b: Agent, speaker: Agent, channel: Channel) -> dict[str, float]:
    """How often two runners say the same, and would name the same, on held-out pictures of equally likely classes.

    Args:
        a: one runner.
        b: the other.
        speaker: who begins the chain: some figures are of what it says, others of any message or none.
        channel: of discrete messages.
    """
    (actions,) = a.graph.outputs["act"].shape
    core = Relay(3, 1, 0, pictures="held_out", longest=actions - 2)
    asked = exact.policy_tables(core, Team([a, b, speaker], channel), channel)
    weight = core.pictures.chance
    kinds = asked.message.shape[2]
    ways = {"after any message": np.full(kinds, 1 / kinds), "in its place": np.zeros(kinds)}
    np.add.at(ways["in its place"], asked.message[2, :, -1], weight)
    found = {}
    for how, heard in ways.items():
        for what, table in (("says", asked.message), ("names", asked.answer)):
            found[f"{what} the same {how}"] = float(weight @ (table[0] == table[1]) @ heard)
    return found
