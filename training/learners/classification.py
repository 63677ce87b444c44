"""Classification of pictures by a network whose modules can be reordered in training.

Each update draws an arrangement of the modules (their order, and the modules that are left out), and takes an optimizer
step on the cross-entropy of the agents' answers. Leaving modules out is stochastic depth (Huang et al. 2016,
arXiv:1603.09382).
"""

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias, get_args

import numpy as np
import torch
from torch import nn

from ...agents import Agent, SeparateAgents, Team, image_classifier
from ...agents.editing.arrangements import Arrangements
from ...envs.core.registry import make_core
from ...envs.digits import rules
from ...envs.pictures.images import PIXELS
from ...protocols import Channel
from ...protocols.common.checks import check_bool, check_one_of
from ..rollouts.schedules import cosine
from ..rollouts.warm_start import initial_agents
from .base import Learner, adam, check_cpu, check_game, clip_by_norm
from .settings import Inactive, Settings, check_integer_setting, check_number_setting

Order: TypeAlias = Literal["fixed", "random"]


@dataclass(frozen=True)
class Classification(Settings):
    """Agents that classify pictures, trained on the correct answers (cross-entropy).

    Attributes:
        blocks: Number of modules, all of equal width, between the picture encoder and the output.
        residual: Whether the input of each of these modules is added to its output.
        order: Order of these modules: "fixed", or "random" (drawn in every update).
        module_dropout: Probability that an update leaves a module out (stochastic depth).
        wire_noise: Standard deviation of the noise on the input of each module, in training.
        learning_rate: Learning rate of Adam at the first update; it is annealed to 0 along a half cosine.
        max_grad_norm: Maximum norm of the gradient; 0 disables clipping.
    """

    recipe: ClassVar[str] = "classification"
    about: ClassVar[str] = "classifies pictures, with modules that can be reordered in training"
    games: ClassVar[tuple[str, ...] | None] = ("digits_v0",)
    inactive: ClassVar[tuple[Inactive, ...]] = (
        Inactive("blocks", (0,), ("residual", "order", "module_dropout", "wire_noise")),
    )

    updates: int = 1000
    batch: int = 64
    width: int = 32
    checkpoint_every: int = 500
    blocks: int = 4
    residual: bool = True
    order: Order = "fixed"
    module_dropout: float = 0.0
    wire_noise: float = 0.0
    learning_rate: float = 3e-3
    max_grad_norm: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_integer_setting("blocks", self.blocks, 0)
        for name in ("wire_noise", "learning_rate", "max_grad_norm"):
            check_number_setting(name, getattr(self, name), 0.0)
        check_number_setting("module_dropout", self.module_dropout, 0.0, 1.0)
        check_bool("residual", self.residual)
        check_one_of("order", self.order, get_args(Order))

    @property
    def depth(self) -> int:
        return self.blocks

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the modules that can be reordered or left out, in the order of the graph."""
        return tuple(f"block_{place}" for place in range(self.blocks))


class ClassificationLearner(Learner[Classification]):
    """Agents, shared or one per seat, whose modules are arranged anew in each update, and Adam."""

    def __init__(self, settings: Classification, start: Team | None = None) -> None:
        check_game(settings)
        check_cpu(settings)
        core = make_core(settings.game, settings.agents, settings.batch, settings.seed, pictures="train")
        assert isinstance(core, rules.Digits)
        self.digits = core
        self.channel = Channel()  # agents of this game receive no messages
        parts = self.channel.carrier, settings.width, settings.blocks, settings.residual, settings.wire_noise
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            count = 1 if settings.shared else settings.agents
            fresh = [Agent(image_classifier(PIXELS, core.actions, *parts)) for _ in range(count)]
        self.agents = initial_agents(start, fresh, self.channel)
        self.arrangements = [Arrangements(agent.train(), _present(agent, settings.names)) for agent in self.agents]
        self.together = SeparateAgents(self.agents)
        optimizer = adam(self.together.parameters(), settings.learning_rate)
        super().__init__(settings, core, {"agents": self.together}, {"agents": optimizer})

    def update(self) -> float:
        settings, core = self.settings, self.digits
        rng = np.random.default_rng([settings.seed, self.updates])
        seen, correct = torch.from_numpy(core.reset().observation), torch.from_numpy(core.digit)
        # The rows of each agent: all rows if the agent is shared, otherwise those of its seat.
        rows = zip(seen.chunk(len(self.agents), 1), correct.chunk(len(self.agents), 1), strict=True)
        losses = []
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**63)))
            for arrangements, (pictures, digit) in zip(self.arrangements, rows, strict=True):
                agent = arrangements.draw(rng, settings.order == "random", settings.module_dropout)
                outputs, _ = agent(pictures.flatten(0, 1), None)
                losses.append(nn.functional.cross_entropy(outputs["act"], digit.flatten()))
        rate = cosine(settings.learning_rate, 0.0, self.updates / settings.updates)
        loss = torch.stack(losses).mean()
        value = self.step(loss, rate, clip_by_norm(settings.max_grad_norm), "agents")
        self.count(core.lanes)
        return value

    def team(self) -> Team:
        return Team([agent.eval() for agent in self.together.agents()], self.channel)


def _present(agent: Agent, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the modules that the agent still has."""
    return tuple(name for name in names if name in agent.graph.modules)
