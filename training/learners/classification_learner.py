"""The learner of naming digits: one arrangement of each agent's modules an update, cross-entropy, and Adam."""

import numpy as np
import torch
from torch import nn

from ...agents import Agent, SeparateAgents, Team, image_classifier
from ...agents.editing.arrangements import Arrangements
from ...envs.core.registry import make_core
from ...envs.digits import rules
from ...envs.pictures.images import PIXELS
from ..rollouts.warm_start import initial_agents
from .base import Learner, check_cpu, check_game, cosine, lay_out, norm_clipped
from .classification import Classification


class ClassificationLearner(Learner[Classification]):
    """Agents, one that all share or one a seat, each in a random arrangement an update; and Adam."""

    def __init__(self, settings: Classification, start: Team | None = None) -> None:
        check_game(settings)
        check_cpu(settings)
        core = make_core(settings.game, settings.agents, settings.batch, settings.seed, pictures="train")
        assert isinstance(core, rules.Digits)
        self.digits = core
        parts = settings.channel.carrier, settings.width, settings.blocks, settings.residual, settings.wire_noise
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            count = 1 if settings.shared else settings.agents
            fresh = [Agent(image_classifier(PIXELS, core.actions, *parts)) for _ in range(count)]
        self.agents = initial_agents(start, fresh, settings.channel)
        self.arrangements = [Arrangements(agent.train(), _there(agent, settings.names)) for agent in self.agents]
        self.together = SeparateAgents(self.agents)
        optimizer = torch.optim.Adam(self.together.parameters(), lr=settings.learning_rate, foreach=True)
        lay_out(optimizer, "exp_avg", "exp_avg_sq")
        super().__init__(settings, core, {"agents": self.together}, optimizer)

    def update(self) -> float:
        settings, core = self.settings, self.digits
        rng = np.random.default_rng([settings.seed, self.updates])
        seen, right = torch.from_numpy(core.reset().observation), torch.from_numpy(core.digit)
        # Each agent's own rows: all of them where it is shared, else those of its seat.
        rows = zip(seen.chunk(len(self.agents), 1), right.chunk(len(self.agents), 1), strict=True)
        losses = []
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**63)))
            for arrangements, (pictures, digit) in zip(self.arrangements, rows, strict=True):
                agent = arrangements.draw(rng, settings.order == "random", settings.module_dropout)
                outputs, _ = agent(pictures.flatten(0, 1), None)
                losses.append(nn.functional.cross_entropy(outputs["act"], digit.flatten()))

        rate = cosine(settings.learning_rate, 0.0, self.updates / settings.updates)
        return self._descend(torch.stack(losses).mean(), rate, norm_clipped(settings.max_grad_norm), core.lanes)

    def team(self) -> Team:
        return Team([agent.eval() for agent in self.together.agents()], self.settings.channel)


def _there(agent: Agent, names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of these modules that an operator has not taken out."""
    return tuple(name for name in names if name in agent.graph.modules)
