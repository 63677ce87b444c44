"""Training of imagination: a painter and a critic of (message, picture) pairs (Goodfellow et al. 2014).

A genuine pair is the message of a trained sender and the picture that it saw; a painted pair is the same message and
what the receiver paints from it. Only the border and the painter are trained, so play stays the same, bit for bit.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ...agents import Agent, Frozen
from ...agents.generators import critic
from ...agents.generators.imagination import BORDER, PAINTER, PICTURE, imagination
from ...envs.forgery.rules import Forgery
from ...protocols import Continuous
from ...protocols.common.errors import invalid
from ..learners.base import adam
from ..learners.settings import check_integer_setting
from ..rollouts.schedules import cosine
from .averages import update_average
from .descriptions import Descriptions, check_sizes
from .gan import genuine_logits
from .objectives import painted_loss, penalized_critic_loss
from .settings import ObjectiveSettings


@dataclass(frozen=True)
class ImaginationSettings(ObjectiveSettings):
    """Settings of the training of imagination, whose result is the moving average of border and painter.

    Attributes:
        updates: Number of updates, each of which is one optimizer step of the critic and one of the painter.
        batch: Number of messages per update.
        width: Width of the critic's hidden layers.
        layers: Number of the critic's hidden layers.
        seed: Seed of the critic's parameters and of all random draws.

    Raises:
        ValueError: If a setting is invalid.
    """

    updates: int = 3000
    batch: int = 256
    width: int = 128
    layers: int = 3
    average: float = 0.995
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("updates", "batch", "width", "layers"):
            check_integer_setting(name, getattr(self, name), 1)
        check_integer_setting("seed", self.seed, 0)
        self.check_objective()


def learn_to_imagine(
    agent: Agent,
    data: Descriptions,
    settings: ImaginationSettings | None = None,
    callback: Callable[[int], object] | None = None,
) -> Agent:
    """Train the imagination of a receiver against a critic of (message, picture) pairs.

    Border and painter are trained, unless they are ``Frozen``. All other parameters stay the same.

    Args:
        agent: A receiver with imagination, which is not changed.
        data: Pictures and the messages that the agent heard.
        settings: The settings; the defaults if None.
        callback: Called after each update with the number of updates so far.

    Returns:
        A copy of the agent, in evaluation mode, whose border and painter are moving averages over updates.

    Raises:
        ValueError: If the agent has no imagination, nothing of it can be trained, or its messages or pictures have
            other sizes than the data.
        FloatingPointError: If a loss is not finite.
    """
    settings = settings or ImaginationSettings()
    agent = agent.clone().eval()
    faculty = imagination(agent.graph)
    check_sizes(faculty, data)
    parts = (faculty.graph.modules[name] for name in (BORDER, PAINTER))
    trained = [parameter for part in parts if not isinstance(part, Frozen) for parameter in part.parameters()]
    if not trained:
        raise invalid("Border or painter must not be frozen", "both frozen", "Use port_imagination with a new border.")
    average = faculty.clone()
    judging = _critic(faculty, settings)
    betas = settings.beta1, settings.beta2
    rate = settings.learning_rate
    painter_optimizer = adam(trained, rate, betas=betas)
    critic_optimizer = adam(judging.parameters(), rate, betas=betas)
    noise_shape = faculty.graph.inputs["noise"].shape
    pictures, messages = torch.from_numpy(data.picture), torch.from_numpy(data.heard)
    for update in range(settings.updates):
        rng = np.random.default_rng([settings.seed, update])
        rows = torch.from_numpy(rng.integers(len(pictures), size=settings.batch))
        noise = torch.from_numpy(rng.standard_normal((settings.batch, *noise_shape), np.float32))
        heard, real = messages[rows], 2 * pictures[rows] - 1
        fake = 2 * faculty(heard, noise, None)[0][PICTURE] - 1
        observed = torch.cat([heard.flatten(1), torch.zeros_like(real)], 1)

        def judge(judged: Float[Tensor, "B D"], observed: Float[Tensor, "B O"] = observed) -> Float[Tensor, "B"]:
            return genuine_logits(judging, observed, judged)

        rate = cosine(settings.learning_rate, 0.0, update / settings.updates)
        loss = penalized_critic_loss(settings.objective, judge, real, fake, settings.r1, settings.r2)
        _step(critic_optimizer, loss, rate, update)
        judging.requires_grad_(False)
        _step(painter_optimizer, painted_loss(settings.objective, judge, real, fake), rate, update)
        judging.requires_grad_(True)
        update_average(average, faculty, settings.average)
        if callback:
            callback(update + 1)
    update_average(faculty, average, 0.0)
    return agent


def _critic(faculty: Agent, settings: ImaginationSettings) -> Agent:
    """A new critic, whose condition is the message."""
    (slots, size), (pixels,) = faculty.graph.inputs["heard"].shape, faculty.graph.outputs[PICTURE].shape
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        sizes = slots * size, 0, pixels, len(Forgery.action_names)
        return Agent(critic(*sizes, Continuous(pixels), settings.width, settings.layers))


def _step(optimizer: torch.optim.Optimizer, loss: Tensor, learning_rate: float, update: int) -> None:
    if not math.isfinite(loss.item()):
        raise FloatingPointError(f"A loss of the imagination became {loss.item()} at update {update + 1}")
    optimizer.zero_grad()
    loss.backward()
    for group in optimizer.param_groups:
        group["lr"] = learning_rate
    optimizer.step()
