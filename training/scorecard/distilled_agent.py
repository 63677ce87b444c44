"""An agent of another architecture, distilled on training images and compared with the original on held-out images."""

import numpy as np
import torch

from ...agents import Agent, Graph, Linear, Module, Port, SumMessageEncoder, Team, Wire
from ...envs.pictures.images import PIXELS, digits
from ...envs.relay import exact
from ...envs.relay.rules import Relay
from ...protocols.channels.channel import Channel
from ..adaptation.distilling import LabeledBatch, distill, teacher
from ..adaptation.optimization import Budget, class_balanced_rows

BUDGET = Budget(updates=2000, batch=256, learning_rate=3e-3)
TEMPERATURE, NOISE = 2.0, 0.1
"""Temperature of distillation, and standard deviation of the noise on training images."""


def other_architecture(old: Agent, seed: int, width: int = 96) -> Agent:
    """An agent of another architecture with the same ports: one layer for image and message, and a hidden layer."""
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


def distill_agent(old: Agent, student: Agent, channel: Channel, seed: int) -> Agent:
    """Distill an agent's messages and actions into a student, for random received messages and for none.

    Args:
        old: the teacher.
        student: an agent of any architecture with the same ports.
        channel: a channel of discrete messages.
        seed: the seed of the batches.

    Returns:
        The trained student.
    """
    carrier = channel.carrier
    images, (senders, size) = digits("train"), old.graph.inputs["heard"].shape

    def draw_batch(rng: np.random.Generator, rows: int) -> LabeledBatch:
        image = images.image[class_balanced_rows(images.digit, rng, rows)]
        image = image + NOISE * rng.standard_normal(image.shape, dtype=np.float32)
        sent = carrier.encode(torch.from_numpy(rng.random((rows, *carrier.emit_shape), dtype=np.float32)))
        present = torch.from_numpy((rng.random((rows, senders)) < size / (size + 1)).astype(np.float32))
        heard = carrier.decode(sent).reshape(rows, senders, size) * present[..., None]
        return {"observation": torch.from_numpy(image), "heard": heard, "present": present}, {}

    budget = Budget(BUDGET.updates, BUDGET.batch, BUDGET.learning_rate, seed=seed)
    return distill(student, teacher(old, ["act", "emit"]), draw_batch, TEMPERATURE, 1.0, budget)


def agreement(a: Agent, b: Agent, sender: Agent, channel: Channel) -> dict[str, float]:
    """How often two agents send the same message and give the same answer, on held-out images (uniform classes).

    Args:
        a: the first agent.
        b: the second agent.
        sender: the agent at the start of the chain; "in the chain" refers to its messages, and "after any message" to
            uniformly random messages and none.
        channel: a channel of discrete messages.
    """
    (actions,) = a.graph.outputs["act"].shape
    core = Relay(3, 1, 0, pictures="held_out", longest=actions - 2)
    tables = exact.policy_tables(core, Team([a, b, sender], channel), channel)
    weight = core.pictures.chance
    messages = tables.message.shape[2]
    distributions = {"after any message": np.full(messages, 1 / messages), "in the chain": np.zeros(messages)}
    np.add.at(distributions["in the chain"], tables.message[2, :, -1], weight)
    agreements = {}
    for where, heard in distributions.items():
        for output, table in (("message", tables.message), ("answer", tables.answer)):
            agreements[f"same {output} {where}"] = float(weight @ (table[0] == table[1]) @ heard)
    return agreements
