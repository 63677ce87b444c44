"""Another architecture in a runner's place: distilled from the old one on pictures to train on, compared on others."""

import numpy as np
import torch

from ...agents import Agent, Graph, HearSum, Linear, Module, Port, Team, Wire
from ...envs.pictures import PIXELS, digits
from ...envs.relay import exact
from ...envs.relay.rules import Relay
from ...protocols.channel import Channel
from ..distilling import Lesson, distill, teacher
from ..fitting import Budget, balanced

BUDGET = Budget(updates=1200, batch=256, learning_rate=3e-3)
TEMPERATURE, BLUR = 2.0, 0.1


def another_runner(old: Agent, seed: int, width: int = 96) -> Agent:
    """A runner of other modules behind the same ports: one wide hidden layer for picture and message, one on top."""
    senders, size = old.graph.inputs["heard"].shape
    heard, emit, act = old.graph.inputs["heard"], old.graph.outputs["emit"], old.graph.outputs["act"]
    inputs = {"observation": Port((PIXELS,)), "heard": heard, "present": old.graph.inputs["present"]}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        modules: dict[str, Module] = {
            "look": Linear(PIXELS, (width,), relu=True),
            "listen": HearSum(senders, size, width, gain=1.0),
            "mind": Linear(width, (width,), relu=True),
            "choose": Linear(width, act.shape),
            "voice": Linear(width, emit.shape),
        }
    path = (
        ("input.observation", "look.x"),
        ("input.heard", "listen.heard"),
        ("input.present", "listen.present"),
        ("look.out", "mind.x"),
        ("listen.out", "mind.x"),
        ("mind.out", "choose.x"),
        ("mind.out", "voice.x"),
        ("choose.out", "output.act"),
        ("voice.out", "output.emit"),
    )
    return Agent(Graph(inputs, dict(old.graph.outputs), modules, tuple(Wire(*ends) for ends in path)))


def distilled_runner(old: Agent, student: Agent, channel: Channel, seed: int) -> tuple[Agent, dict[str, float]]:
    """Let a student learn what an agent says and does.

    Args:
        old: the teacher.
        student: of any architecture behind the same ports.
        channel: of discrete messages.
        seed: of the lessons.

    Returns:
        The student; and how often the two agree on held-out pictures, all classes and messages equally likely.
    """
    carrier = channel.carrier
    pictures, (senders, size) = digits("train"), old.graph.inputs["heard"].shape

    def lesson(rng: np.random.Generator, rows: int) -> Lesson:
        image = pictures.image[balanced(pictures.digit, rng, rows)]
        image = image + BLUR * rng.standard_normal(image.shape, dtype=np.float32)
        said = carrier.encode(torch.from_numpy(rng.random((rows, *carrier.emit_shape), dtype=np.float32)))
        present = torch.from_numpy((rng.random((rows, senders)) < size / (size + 1)).astype(np.float32))
        heard = carrier.decode(said).reshape(rows, senders, size) * present[..., None]
        return {"observation": torch.from_numpy(image), "heard": heard, "present": present}, {}

    budget = Budget(BUDGET.updates, BUDGET.batch, BUDGET.learning_rate, seed=seed)
    learned = distill(student, teacher(old, ["act", "emit"]), lesson, TEMPERATURE, 1.0, budget)
    return learned, agreement(old, learned, channel)


def agreement(a: Agent, b: Agent, channel: Channel) -> dict[str, float]:
    """How often two runners say the same, and would name the same, on held-out pictures after any message or none."""
    (actions,) = a.graph.outputs["act"].shape
    core = Relay(2, 1, 0, pictures="held_out", longest=actions - 2)
    asked = exact.tables(core, Team([a, b], channel), channel)
    weight = 1 / (10 * core.pictures.count[core.pictures.digit])
    said, named = ((table[0] == table[1]).mean(1) @ weight for table in (asked.said, asked.named))
    return {"says the same": float(said), "names the same": float(named)}
