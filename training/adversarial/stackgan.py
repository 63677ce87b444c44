"""StackGAN: a caption becomes a picture in two stages (Zhang et al. 2016, arXiv:1612.03242).

The first stage paints a picture of half the height and width, from a condition that is drawn around the embedding of
the caption. The second stage reads this picture and the condition again, and refines it. The stages are trained one
after the other, each against a critic of its own, which judges a picture together with a caption: genuine pictures with
captions of others are to be rejected like painted ones (Reed et al. 2016, arXiv:1605.05396, section 4.2).
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ...agents import Agent, Team
from ...agents.generators.convolutional import doublings, shrink
from ...agents.generators.text import kl_to_standard_normal
from ...agents.generators.two_stages import CaptionedGame, caption_critic, two_stage_painter
from ...envs.forgery.rules import Forgery
from ...protocols import Channel, Continuous
from ...protocols.common.checks import check_bool
from ...protocols.common.errors import argument, invalid
from ..learners.base import Learner
from ..learners.settings import Inactive, check_integer_setting, check_number_setting
from ..rollouts.schedules import cosine
from ..rollouts.warm_start import initial_agents
from .averages import update_average
from .gan import genuine_logits
from .mismatched_captions import mismatch_loss, mismatched_captions
from .objectives import inconsistency, painted_loss, penalized_loss_and_logits
from .settings import AdversarialSettings, Condition
from .setup import forgery, optimizers


@dataclass(frozen=True)
class StackGAN(AdversarialSettings):
    """A painter of captioned pictures in two stages.

    Attributes:
        r1: Weight of the gradient penalty at genuine pictures of full size. It is proportional to the number of pixels
            (Karras et al. 2020, arXiv:2006.06676, appendix C), so in the first stage, it is a quarter of this.
        r2: Weight of the gradient penalty at painted pictures, in the same way.
        first_stage: Fraction of the updates, the first ones, that train the first stage; the others train the second.
        stages: 2, or 1 for a painter whose only stage paints the whole picture in all updates.
        augmentation: Size of the condition that is drawn around the embedding of a caption.
        random_condition: Whether the condition is drawn; if not, it is a function of the caption.
        second_condition: Whether the second stage receives the condition again, as in the paper; if not, only the
            picture of the first stage.
        consistency: Weight of the mean squared difference between the picture of the second stage, shrunk to half the
            height and width, and that of the first.
        kl_weight: Weight of the divergence of the condition's distribution from the standard normal one.
    """

    recipe: ClassVar[str] = "stackgan"
    about: ClassVar[str] = "pictures from captions in two stages (Zhang et al. 2016)"
    structure: ClassVar[tuple[str, ...]] = ("width", "augmentation", "random_condition", "stages", "second_condition")

    inactive: ClassVar[tuple[Inactive, ...]] = (
        Inactive("stages", (1,), ("first_stage", "second_condition", "consistency")),
        Inactive("random_condition", (False,), ("kl_weight",)),
    )

    updates: int = 1600
    batch: int = 64
    width: int = 48
    evaluate_every: int = 320
    checkpoint_every: int = 1000
    data: str = "shapes"
    noise: int = 32
    condition: Condition = "caption"
    r1: float = 0.2
    r2: float = 0.2
    learning_rate: float = 2e-3
    average: float = 0.99
    first_stage: float = 0.8
    stages: int = 2
    augmentation: int = 16
    random_condition: bool = True
    second_condition: bool = False
    consistency: float = 100.0
    kl_weight: float = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number_setting("first_stage", self.first_stage, 0.0, 1.0)
        check_integer_setting("stages", self.stages, 1)
        check_integer_setting("augmentation", self.augmentation, 1)
        check_number_setting("kl_weight", self.kl_weight, 0.0)
        check_number_setting("consistency", self.consistency, 0.0)
        check_bool("random_condition", self.random_condition)
        check_bool("second_condition", self.second_condition)
        if self.stages > 2:
            raise invalid("stages must be 1 or 2", self.stages, f"Pass {argument('stages', 2)}.")
        if self.augmentation >= self.noise:
            rule = f"augmentation must be less than {argument('noise')}, of which it uses a part"
            raise invalid(rule, self.augmentation, f"Pass at most {argument('augmentation', self.noise - 1)}.")
        if self.condition == "none":
            rule = "stackgan needs captions or kinds from which pictures are painted"
            raise invalid(rule, argument("condition", "none"), f"Pass {argument('condition', 'caption')}.")

    @property
    def first_updates(self) -> int:
        """Number of updates of the first of two stages."""
        return int(self.first_stage * self.updates) if self.stages == 2 else 0


class StackGANLearner(Learner[StackGAN]):
    """A painter of two stages, a critic for each, and a moving average of the painter's parameters."""

    def __init__(self, settings: StackGAN, start: Team | None = None) -> None:
        core = forgery(settings)
        self.game, self.captions = core, torch.from_numpy(core.codes)
        self.sizes = captioned_game(core, settings.stages)
        self.channel = Channel(Continuous(core.source.size))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            fresh = [
                Agent(two_stage_painter(self.sizes, *(getattr(settings, name) for name in settings.structure))),
                Agent(caption_critic(self.sizes, self.sizes.shape, settings.width)),
            ]
            small = Agent(caption_critic(self.sizes, self.sizes.half, settings.width)) if settings.stages == 2 else None
        self.painter, self.critic = initial_agents(start, fresh, self.channel, vars(settings))
        self.average = self.painter.clone()
        networks = {"painter": self.painter, "critic": self.critic, "average": self.average}
        networks |= {"first_critic": small} if small else {}
        trained = optimizers(settings, networks, [name for name in networks if name != "average"])
        super().__init__(settings, core, networks, trained)

    def update(self) -> float:
        settings, core = self.settings, self.game
        first = self.updates < settings.first_updates
        observed = torch.from_numpy(core.reset().observation[:, 0])
        real = torch.from_numpy(core.genuine_picture[:, 0])
        outputs, _ = self.painter(observed, None)
        fake = outputs["first_picture"].tanh() if first else self.channel.send(outputs["emit"])
        real = shrink(real, self.sizes.shape) if first else real
        name = "first_critic" if first else "critic"
        seen = torch.cat([observed[:, : -self.sizes.pixels], torch.zeros_like(real)], 1)
        critic, rate = self.networks[name], self._learning_rate(first)

        def judge(pictures: Float[Tensor, "B D"]) -> Float[Tensor, "B"]:
            return genuine_logits(critic, seen, pictures)

        rng = np.random.default_rng([settings.seed, self.updates])
        caption, rest = seen.split([core.conditions, seen.shape[1] - core.conditions], 1)
        wrong, differ = mismatched_captions(caption, self.captions, core.condition_words, rng)
        r1, r2 = (weight * real.shape[1] / self.sizes.pixels for weight in (settings.r1, settings.r2))
        loss, matching = penalized_loss_and_logits(settings.objective, judge, real, fake, r1, r2)
        mismatched = genuine_logits(critic, torch.cat([wrong, rest], 1), real)
        loss = (loss + mismatch_loss(settings.objective, matching, mismatched, differ)) / 2
        value = self.step(loss, rate, network=name)
        critic.requires_grad_(False)
        loss = painted_loss(settings.objective, judge, real, fake)
        if not first and settings.stages == 2:
            loss = loss + settings.consistency * inconsistency(fake, outputs["first_picture"], self.sizes.shape)
        if settings.random_condition and (first or settings.stages == 1):
            loss = loss + settings.kl_weight * kl_to_standard_normal(outputs["mean"], outputs["log_deviation"])
        self.step(loss, rate, network="painter")
        critic.requires_grad_(True)
        update_average(self.average, self.painter, settings.average)
        self.count(core.lanes * core.horizon)
        return value

    def team(self) -> Team:
        pair = [agent.clone().eval() for agent in (self.average, self.critic)]
        return Team(pair, self.channel)

    def _learning_rate(self, first: bool) -> float:
        """The learning rate, which is annealed in each stage."""
        settings = self.settings
        start, end = (0, settings.first_updates) if first else (settings.first_updates, settings.updates)
        return cosine(settings.learning_rate, 0.0, (self.updates - start) / (end - start))


def captioned_game(core: Forgery, stages: int = 2) -> CaptionedGame:
    """The sizes of a game of forgery with pictures, for a painter of one or two stages.

    Raises:
        ValueError: If genuine pictures are points in the plane, or their height and width do not fit the networks.
    """
    shape = core.source.shape
    if len(shape) != 3:
        remedy = f"Pass {argument('data', 'shapes')} or a file of captioned pictures."
        raise invalid("stackgan needs pictures with a height and a width", f"{len(shape)} dimension", remedy)
    channels, height, width = shape
    if doublings(shape) < stages:
        remedy = f"Pass {argument('stages', 1)}, or larger pictures."
        raise invalid("Two stages need pictures of 16 x 16, 32 x 32 or more", f"{height} x {width}", remedy)
    length = core.condition_words
    words = (length, core.conditions // length) if core.condition == "caption" else (1, core.conditions)
    return CaptionedGame(core.conditions, words, core.noise_size, (channels, height, width), core.actions)
