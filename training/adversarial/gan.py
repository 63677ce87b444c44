"""Generative adversarial networks (Goodfellow et al. 2014, arXiv:1406.2661) as painter and critic of forgery.

In each update the critic takes an optimizer step on genuine and painted pictures, and then the painter takes one on the
gradient that returns from the critic through the channel. The default objective with penalties R1 and R2 is that of
Huang et al. 2024 (arXiv:2501.05441), which needs no further heuristics.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ...agents import Agent, Team
from ...agents.generators import critic, painter
from ...envs.forgery.rules import FAKE, REAL
from ...protocols import Channel, Continuous
from ..learners.base import Learner
from ..learners.settings import check_integer_setting
from ..rollouts.schedules import cosine
from ..rollouts.warm_start import initial_agents
from .averages import update_average
from .objectives import painted_loss, penalized_critic_loss
from .settings import AdversarialSettings
from .setup import forgery, optimizers


@dataclass(frozen=True)
class GAN(AdversarialSettings):
    """A generator and a discriminator that learn from each other.

    Attributes:
        layers: Number of hidden layers of each network.
    """

    recipe: ClassVar[str] = "gan"
    about: ClassVar[str] = "a generator and a discriminator that learn from each other (Goodfellow et al. 2014)"
    structure: ClassVar[tuple[str, ...]] = ("width", "layers")

    layers: int = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        check_integer_setting("layers", self.layers, 1)

    @property
    def depth(self) -> int:
        return self.layers


class GANLearner(Learner[GAN]):
    """A painter, a critic, one Adam optimizer for each, and a moving average of the painter's parameters."""

    def __init__(self, settings: GAN, start: Team | None = None) -> None:
        core = forgery(settings)
        self.game = core
        carrier = Continuous(core.source.size)
        self.channel = Channel(carrier)
        sizes = core.conditions, settings.noise, core.source.size, core.actions, carrier
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            fresh = [Agent(network(*sizes, settings.width, settings.layers)) for network in (painter, critic)]
        self.painter, self.critic = initial_agents(start, fresh, self.channel, vars(settings))
        self.average = self.painter.clone()
        networks = {"painter": self.painter, "critic": self.critic, "average": self.average}
        super().__init__(settings, core, networks, optimizers(settings, networks, ("painter", "critic")))

    def update(self) -> float:
        settings, core = self.settings, self.game
        seen = core.reset().observation
        observed = torch.from_numpy(seen[:, 0])
        real = torch.from_numpy(core.genuine_picture[:, 0])
        rate = cosine(settings.learning_rate, 0.0, self.updates / settings.updates)
        fake = self.channel.send(self.painter(observed, None)[0]["emit"])

        def judge(pictures: Float[Tensor, "B D"]) -> Float[Tensor, "B"]:
            return genuine_logits(self.critic, observed, pictures)

        loss = penalized_critic_loss(settings.objective, judge, real, fake, settings.r1, settings.r2)
        value = self.step(loss, rate, network="critic")
        self.critic.requires_grad_(False)
        self.step(painted_loss(settings.objective, judge, real, fake), rate, network="painter")
        self.critic.requires_grad_(True)
        update_average(self.average, self.painter, settings.average)
        self.count(core.lanes * core.horizon)
        return value

    def team(self) -> Team:
        pair = [agent.clone().eval() for agent in (self.average, self.critic)]
        return Team(pair, self.channel)


def genuine_logits(
    critic: nn.Module, observed: Float[Tensor, "B O"], pictures: Float[Tensor, "B D"]
) -> Float[Tensor, "B"]:
    """The logits by which a critic judges pictures to be genuine.

    Genuine pictures are passed as heard, like painted ones, because a critic adds the pictures that it observes and
    hears.
    """
    outputs, _ = critic(observed, pictures[:, None], None)
    logits: Tensor = outputs["act"][:, REAL] - outputs["act"][:, FAKE]
    return logits
