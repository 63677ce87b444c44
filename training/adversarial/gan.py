"""Generative adversarial networks (Goodfellow et al. 2014, arXiv:1406.2661) as painter and critic of forgery.

In each update the critic takes an optimizer step on genuine and painted pictures, and then the painter takes one on the
gradient that returns from the critic through the channel. The default objective with penalties R1 and R2 is that of
Huang et al. 2024 (arXiv:2501.05441), which needs no further heuristics.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, get_args

import torch
from jaxtyping import Float
from torch import Tensor

from ...agents import Agent, Team
from ...agents.generators import critic, painter
from ...envs.core.registry import make_core
from ...envs.forgery.rules import FAKE, REAL, Forgery
from ...envs.forgery.sources import Data
from ...protocols import Channel, Continuous
from ...protocols.common.checks import check_bool, check_one_of
from ...protocols.common.errors import invalid
from ..learners.base import Learner, adam, check_cpu, check_game
from ..learners.settings import Settings, check_integer_setting, check_number_setting
from ..rollouts.schedules import cosine
from ..rollouts.warm_start import initial_agents
from .objectives import Objective, critic_loss, gradient_penalty, painter_loss


@dataclass(frozen=True)
class GAN(Settings):
    """A generator and a discriminator that learn from each other.

    Attributes:
        data: Genuine pictures: "ring" or "grid", points in the plane, or "digits".
        noise: Number of random numbers that the painter observes.
        conditional: Whether painter and critic observe the kind of the picture.
        objective: "non_saturating", or "relativistic", which compares genuine with painted pictures.
        r1: Weight of the gradient penalty at genuine pictures.
        r2: Weight of the gradient penalty at painted pictures.
        average: Decay per update of the moving average of the painter's parameters, which is evaluated; 0 evaluates the
            painter itself.
        layers: Number of hidden layers of each network.
        learning_rate: Learning rate of Adam at the first update; it is annealed to 0 along a half cosine.
        beta1: Decay of Adam's average of gradients.
        beta2: Decay of Adam's average of squared gradients.
    """

    recipe: ClassVar[str] = "gan"
    about: ClassVar[str] = "a generator and a discriminator that learn from each other (Goodfellow et al. 2014)"
    games: ClassVar[tuple[str, ...] | None] = ("forgery_v0",)
    structure: ClassVar[tuple[str, ...]] = ("width", "layers")

    updates: int = 10_000
    batch: int = 256
    shared: bool = False
    checkpoint_every: int = 5000
    data: Data = "ring"
    noise: int = 2
    conditional: bool = False
    objective: Objective = "relativistic"
    r1: float = 0.1
    r2: float = 0.1
    average: float = 0.999
    layers: int = 3
    learning_rate: float = 1e-3
    beta1: float = 0.0
    beta2: float = 0.99

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("noise", "layers"):
            check_integer_setting(name, getattr(self, name), 1)
        for name in ("r1", "r2", "learning_rate"):
            check_number_setting(name, getattr(self, name), 0.0)
        for name in ("average", "beta1", "beta2"):
            check_number_setting(name, getattr(self, name), 0.0, 1.0)
        check_bool("conditional", self.conditional)
        check_one_of("data", self.data, get_args(Data))
        check_one_of("objective", self.objective, get_args(Objective))

    def options(self) -> dict[str, Any]:
        return self.training_options() | ({"pictures": "held_out"} if self.data == "digits" else {})

    def training_options(self) -> dict[str, Any]:
        return {"data": self.data, "noise": self.noise, "conditional": self.conditional, "pictures": "train"}

    @property
    def depth(self) -> int:
        return self.layers


class GANLearner(Learner[GAN]):
    """A painter, a critic, one Adam optimizer for each, and a moving average of the painter's parameters."""

    def __init__(self, settings: GAN, start: Team | None = None) -> None:
        check_game(settings)
        check_cpu(settings)
        if settings.shared:
            raise invalid("Painter and critic cannot share parameters", "--shared", "Pass --no-shared.")
        core = make_core(settings.game, settings.agents, settings.batch, settings.seed, **settings.training_options())
        assert isinstance(core, Forgery)
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
        betas = settings.beta1, settings.beta2
        rate = settings.learning_rate
        optimizers = {name: adam(networks[name].parameters(), rate, betas=betas) for name in ("painter", "critic")}
        super().__init__(settings, core, networks, optimizers)

    def update(self) -> float:
        settings, core = self.settings, self.game
        seen = core.reset().observation
        observed = torch.from_numpy(seen[:, 0])
        real = torch.from_numpy(core.genuine_picture[:, 0])
        rate = cosine(settings.learning_rate, 0.0, self.updates / settings.updates)
        fake = self.channel.send(self.painter(observed, None)[0]["emit"])
        value = self.step(self._critic_loss(observed, real, fake.detach()), rate, network="critic")
        self.critic.requires_grad_(False)
        judged = self._logits(observed, fake)
        with torch.no_grad():
            compared = self._logits(observed, real)
        self.step(painter_loss(settings.objective, compared, judged), rate, network="painter")
        self.critic.requires_grad_(True)
        self._update_average()
        self.count(core.lanes * core.horizon)
        return value

    def team(self) -> Team:
        pair = [agent.clone().eval() for agent in (self.average, self.critic)]
        return Team(pair, self.channel)

    def _critic_loss(
        self, observed: Float[Tensor, "B O"], real: Float[Tensor, "B D"], fake: Float[Tensor, "B D"]
    ) -> Float[Tensor, ""]:
        settings = self.settings
        real.requires_grad_(settings.r1 > 0)
        fake.requires_grad_(settings.r2 > 0)
        judged = self._logits(observed, real), self._logits(observed, fake)
        loss = critic_loss(settings.objective, *judged)
        for weight, logits, pictures in zip((settings.r1, settings.r2), judged, (real, fake), strict=True):
            if weight:
                loss = loss + weight * gradient_penalty(logits, pictures)
        return loss

    def _logits(self, observed: Float[Tensor, "B O"], pictures: Float[Tensor, "B D"]) -> Float[Tensor, "B"]:
        """The logits that pictures are genuine. Pictures of both kinds are heard, because the critic adds up both."""
        outputs, _ = self.critic(observed, pictures[:, None], None)
        logits: Tensor = outputs["act"][:, REAL] - outputs["act"][:, FAKE]
        return logits

    @torch.no_grad()
    def _update_average(self) -> None:
        for average, newest in zip(self.average.parameters(), self.painter.parameters(), strict=True):
            average.lerp_(newest, 1 - self.settings.average)
