"""Stacked generative adversarial networks (Huang et al. 2016, arXiv:1612.04357) as painter and critic of forgery.

An encoder from pictures to features to kinds is trained first, and then frozen. The painter inverts it level by level.
In each update, the critics of both levels take an optimizer step, and then the painter takes one on the sum of the
losses of its levels. At first, each level learns alone, from the encoder's features of genuine pictures; then the
levels learn jointly, from the features that the painter itself generates.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch

from ...agents import Agent, Team
from ...agents.generators import feature_critic, recovering_critic, stacked_encoder, stacked_painter
from ...envs.forgery.sources import source
from ...protocols import Channel, Continuous
from ...protocols.common.errors import argument, invalid
from ..learners.base import Learner
from ..learners.settings import check_integer_setting, check_number_setting
from ..rollouts.schedules import cosine
from ..rollouts.warm_start import initial_agents
from .averages import update_average
from .levels import (
    ENCODER_UPDATES,
    LevelBatch,
    conditional_losses,
    feature_judge,
    level_critic_loss,
    level_painter_loss,
    picture_judge,
    split_levels,
    train_encoder,
)
from .settings import AdversarialSettings, Condition
from .setup import forgery, optimizers


@dataclass(frozen=True)
class SGAN(AdversarialSettings):
    """A generator of two levels, each of which inverts one level of a classifier.

    Attributes:
        layers: Number of hidden layers of each level of the painter, and of each critic.
        features: Number of features that the encoder computes, and that pass between the levels.
        feature_noise: Number of random numbers for the features; the others are for the picture.
        encoder_updates: Number of updates of the encoder, before the first update of the painter.
        encoder_seed: Seed of the encoder; -1 selects the seed of the run. Painters of the same encoder have features
            with the same meaning.
        joint: Fraction of the updates, the last ones, in which the levels learn jointly.
        condition_weight: Weight of the conditional loss, by which the encoder must recover what a level received.
        entropy_weight: Weight of the entropy loss, by which a critic must recover the random numbers of its level.
    """

    recipe: ClassVar[str] = "sgan"
    about: ClassVar[str] = "a generator of two levels that inverts a classifier (Huang et al. 2016)"
    loss_name: ClassVar[str] = "sum of the losses of both critics"
    structure: ClassVar[tuple[str, ...]] = ("width", "layers", "features", "feature_noise", "noise")

    updates: int = 2000
    batch: int = 128
    data: str = "digits"
    condition: Condition = "kind"
    noise: int = 80
    learning_rate: float = 4e-3
    average: float = 0.99
    layers: int = 2
    features: int = 32
    feature_noise: int = 40
    encoder_updates: int = ENCODER_UPDATES
    encoder_seed: int = -1
    joint: float = 0.5
    condition_weight: float = 1.0
    entropy_weight: float = 3.0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("layers", "features", "feature_noise", "encoder_updates"):
            check_integer_setting(name, getattr(self, name), 1)
        check_integer_setting("encoder_seed", self.encoder_seed, -1)
        for name in ("condition_weight", "entropy_weight"):
            check_number_setting(name, getattr(self, name), 0.0)
        check_number_setting("joint", self.joint, 0.0, 1.0)
        if self.own_file:
            rule = "sgan needs pictures with numbered kinds, which a file of captioned pictures lacks"
            remedy = f"Pass {argument('data', 'digits')} or {argument('data', 'shapes')}, or use stackgan."
            raise invalid(rule, argument("data", self.data), remedy)
        if self.condition != "kind":
            rule = f"{argument('condition')} must be kind, which the encoder recognizes"
            raise invalid(rule, self.condition, f"Pass {argument('condition', 'kind')}.")
        if self.feature_noise >= self.noise:
            rule = f"{argument('feature_noise')} must be less than {argument('noise', self.noise)}"
            raise invalid(rule, self.feature_noise, f"Pass a larger {argument('noise')}.")

    @property
    def depth(self) -> int:
        return 2 * self.layers

    @property
    def noises(self) -> tuple[int, int]:
        """Numbers of random numbers for the features and for the picture."""
        return self.feature_noise, self.noise - self.feature_noise


class SGANLearner(Learner[SGAN]):
    """A painter, a critic of pictures and one of features, an encoder, and a moving average of the painter."""

    def __init__(self, settings: SGAN, start: Team | None = None) -> None:
        core = forgery(settings)
        self.game = core
        carrier = Continuous(core.source.size)
        self.channel = Channel(carrier)
        sizes = core.conditions, settings.noises, core.source.size, core.actions, carrier
        hidden = settings.width, settings.layers
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            fresh = [
                Agent(stacked_painter(*sizes, settings.features, *hidden)),
                Agent(recovering_critic(*sizes, *hidden)),
            ]
            self.feature_critic = Agent(feature_critic(settings.features, settings.feature_noise, *hidden))
            encoder = stacked_encoder(core.source.size, core.source.kinds, settings.features, settings.width)
        self.encoder = Agent(encoder).requires_grad_(False).eval()
        self.painter, self.critic = initial_agents(start, fresh, self.channel, vars(settings))
        self.levels = split_levels(self.painter.graph)
        self.average = self.painter.clone()
        networks = {
            "painter": self.painter,
            "critic": self.critic,
            "feature_critic": self.feature_critic,
            "average": self.average,
            "encoder": self.encoder,
        }
        trained = optimizers(settings, networks, ("painter", "critic", "feature_critic"))
        super().__init__(settings, core, networks, trained)

    def update(self) -> float:
        settings, core = self.settings, self.game
        if self.updates == 0:
            self.encoder.load_state_dict(encoder_of(settings).state_dict())
        observed = torch.from_numpy(core.reset().observation[:, 0])
        noises = observed[:, core.conditions :].split([*settings.noises, core.source.size], -1)
        picture, kind = torch.from_numpy(core.genuine_picture[:, 0]), torch.from_numpy(core.kind)
        rate = cosine(settings.learning_rate, 0.0, self.updates / settings.updates)
        with torch.no_grad():
            real = self.encoder(picture, None)[0]["features"]

        features = self.levels[0](observed, None)[0]["features"]
        joint = self.updates >= (1 - settings.joint) * settings.updates
        received = features if joint else real
        painted = self.channel.send(self.levels[1](observed, received, None)[0]["emit"])
        above, below = conditional_losses(self.encoder, kind, features, received, painted)
        judges = feature_judge(self.feature_critic), picture_judge(self.critic, observed)
        levels = {
            "feature_critic": LevelBatch(judges[0], real, features, noises[0], above),
            "critic": LevelBatch(judges[1], picture, painted, noises[1], below),
        }
        objective, entropy = settings.objective, settings.entropy_weight
        value = 0.0
        for name, level in levels.items():
            loss = level_critic_loss(objective, level, settings.r1, settings.r2, entropy)
            value += self.step(loss, rate, network=name)
        for critic in (self.feature_critic, self.critic):
            critic.requires_grad_(False)
        losses = [level_painter_loss(objective, level, settings.condition_weight, entropy) for level in levels.values()]
        self.step(losses[0] + losses[1], rate, network="painter")
        for critic in (self.feature_critic, self.critic):
            critic.requires_grad_(True)
        update_average(self.average, self.painter, settings.average)
        self.count(core.lanes * core.horizon)
        return value

    def team(self) -> Team:
        pair = [agent.clone().eval() for agent in (self.average, self.critic)]
        return Team(pair, self.channel)


def encoder_of(settings: SGAN) -> Agent:
    """The encoder of a run, as it is trained before the first update."""
    pictures = source(settings.data, "train")
    seed = settings.seed if settings.encoder_seed < 0 else settings.encoder_seed
    return train_encoder(pictures, settings.features, settings.width, seed, settings.encoder_updates)
