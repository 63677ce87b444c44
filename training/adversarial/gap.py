"""Generative adversarial parallelization (Im et al. 2016, arXiv:1612.04021): pairs that swap partners.

Several pairs of a generator and a discriminator train side by side, and every so often the pairing is permuted at
random. Here a pair is a painter and the critic that meets it, so a swap changes the topology of the game, while
networks and the states of their optimizers stay where they are. Without swaps, the pairs are independent runs of
``gan``.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

from ...agents import Agent, BatchedAgents, Team
from ...agents.generators import critic, painter
from ...protocols import Channel, Continuous
from ...protocols.common.errors import argument, invalid
from ..learners.base import Learner
from ..learners.settings import Inactive, check_integer_setting
from ..rollouts.schedules import cosine
from ..rollouts.warm_start import initial_agents
from .averages import update_average
from .gan import genuine_logits
from .objectives import painted_loss, penalized_critic_loss
from .settings import AdversarialSettings
from .setup import forgery, optimizers


@dataclass(frozen=True)
class GAP(AdversarialSettings):
    """Pairs of a generator and a discriminator that swap partners.

    Attributes:
        batch: Number of episodes per update, in each of which every pair takes part.
        layers: Number of hidden layers of each network.
        swap_every: Number of updates between random permutations of the pairing; 0 keeps painter i with critic i.
    """

    recipe: ClassVar[str] = "gap"
    several: ClassVar[bool] = True
    about: ClassVar[str] = "generators and discriminators that swap partners (Im et al. 2016)"
    loss_name: ClassVar[str] = "mean of the losses of all critics"
    structure: ClassVar[tuple[str, ...]] = ("width", "layers")
    inactive: ClassVar[tuple[Inactive, ...]] = (Inactive("agents", (2,), ("swap_every",)),)

    agents: int = 8
    batch: int = 64
    width: int = 64
    layers: int = 3
    swap_every: int = 20

    def __post_init__(self) -> None:
        super().__post_init__()
        check_integer_setting("layers", self.layers, 1)
        check_integer_setting("swap_every", self.swap_every, 0)
        if self.agents % 2:
            remedy = f"Pass {argument('agents', self.agents + 1)}."
            raise invalid("agents must be even: each painter has a critic", self.agents, remedy)

    @property
    def depth(self) -> int:
        return self.layers


class GAPLearner(Learner[GAP]):
    """N painters, N critics, Adam for each, and moving averages of the painters' parameters.

    The networks of each kind are one network with stacked parameters. Adam acts elementwise, so its state belongs to
    single networks, too.
    """

    def __init__(self, settings: GAP, start: Team | None = None) -> None:
        core = forgery(settings)
        self.game = core
        carrier = Continuous(core.source.size)
        self.channel = Channel(carrier)
        sizes = core.conditions, settings.noise, core.source.size, core.actions, carrier
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            pairs = [
                [Agent(network(*sizes, settings.width, settings.layers)) for network in (painter, critic)]
                for _ in range(core.painters)
            ]
        fresh = [pair[side] for side in range(2) for pair in pairs]
        agents = initial_agents(start, fresh, self.channel, vars(settings))
        self.painters, self.averages = (BatchedAgents(agents[: core.painters]) for _ in range(2))
        self.critics = BatchedAgents(agents[core.painters :])
        networks = {"painters": self.painters, "critics": self.critics, "averages": self.averages}
        trained = optimizers(settings, networks, ("painters", "critics"), fused=True)
        super().__init__(settings, core, networks, trained)

    def update(self) -> float:
        settings, core = self.settings, self.game
        if settings.swap_every:
            core.set_pairing(pairing(settings.seed, self.updates // settings.swap_every, core.painters))
        observed = agent_major(core.reset().observation[:, : core.painters])
        real = agent_major(core.genuine_picture)
        rate = cosine(settings.learning_rate, 0.0, self.updates / settings.updates)
        painted = self.channel.send(self.painters(observed, None)[0]["emit"])
        fake = painted.unflatten(0, (core.painters, -1))[core.pairing].flatten(0, 1)

        def judge(pictures: Float[Tensor, "rows D"]) -> Float[Tensor, "rows"]:
            return genuine_logits(self.critics, observed, pictures)

        # A mean over the rows of all pairs; the sum of the losses of the pairs gives each pair its own gradient.
        loss = penalized_critic_loss(settings.objective, judge, real, fake, settings.r1, settings.r2)
        value = self.step(core.painters * loss, rate, network="critics")
        self.critics.requires_grad_(False)
        loss = painted_loss(settings.objective, judge, real, fake)
        self.step(core.painters * loss, rate, network="painters")
        self.critics.requires_grad_(True)
        update_average(self.averages, self.painters, settings.average)
        self.count(core.lanes * core.horizon)
        return value / core.painters

    def team(self) -> Team:
        agents = [*self.averages.agents(), *self.critics.agents()]
        return Team([agent.eval() for agent in agents], self.channel)


def pairing(seed: int, swap: int, pairs: int) -> Int64[np.ndarray, "pairs"]:
    """The painter that each critic meets after a number of swaps, drawn from both numbers.

    Args:
        seed: Seed of the run.
        swap: Number of swaps so far. Before the first one, critic i meets painter i.
        pairs: Number of pairs.
    """
    return np.random.default_rng([seed, swap]).permutation(pairs) if swap else np.arange(pairs)


def agent_major(values: Float32[np.ndarray, "B N size"]) -> Float32[Tensor, "rows size"]:
    """Numbers per lane and agent as the rows that ``BatchedAgents`` takes: those of agent 0 first."""
    return torch.from_numpy(values.swapaxes(0, 1).reshape(-1, values.shape[-1]))
