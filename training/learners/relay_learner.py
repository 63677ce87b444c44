"""The learner of a relay: one backward pass through all hands a message went through, and Adam."""

from dataclasses import replace
from typing import Literal

import numpy as np
import torch

from ...agents import Agent, SeparateAgents, SyntheticGradient, Team, relay_agent
from ...envs.core.registry import make_core
from ...envs.pictures.images import PIXELS
from ...envs.relay.rules import Relay
from ..rollouts.memoryless import play_memoryless
from ..rollouts.warm_start import initial_agents
from .base import Learner, check_cpu, check_game, cosine, lay_out, norm_clipped
from .relay_settings import RelaySettings


class RelayLearner(Learner[RelaySettings]):
    """Agents, one that all share or one a seat, and Adam."""

    def __init__(self, settings: RelaySettings, start: Team | None = None) -> None:
        check_game(settings)
        check_cpu(settings)
        core = make_core(settings.game, settings.agents, settings.batch, settings.seed, **settings.training_options())
        assert isinstance(core, Relay)
        self.relay = core
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            logit_norm: Literal["layer", "batch"] = "batch" if settings.voice == "batch" else "layer"
            sizes = settings.width, settings.scale, settings.noise, settings.dropout, logit_norm
            count = 1 if settings.shared else settings.agents
            carrier = settings.channel(1.0).carrier
            fresh = [Agent(settings.speaker(relay_agent(PIXELS, core.actions, carrier, *sizes))) for _ in range(count)]
            self.channel = replace(settings.channel(1.0), cut=start.channel.cut if start else ())
            self.agents = initial_agents(start, fresh, self.channel, settings.speaker)
        self.together = SeparateAgents(self.agents)
        for module in self.together.modules():
            if isinstance(module, SyntheticGradient):
                module.rows = settings.batch  # the loss is a mean over lanes, and a call is of some of them
        optimizer = torch.optim.Adam(self.together.parameters(), lr=settings.learning_rate, foreach=True)
        lay_out(optimizer, "exp_avg", "exp_avg_sq")
        super().__init__(settings, core, {"agents": self.together}, optimizer)

    def update(self) -> float:
        settings = self.settings
        progress = self.updates / settings.updates
        rng = np.random.default_rng([settings.seed, self.updates])
        for agent in self.agents:
            agent.train()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**63)))
            channel = replace(settings.channel(progress), cut=self.channel.cut)
            choices = play_memoryless(
                self.agents, self.relay, channel, settings.explores(progress), settings.silent, rng
            )
        right = torch.from_numpy(self.relay.right_action)[choices.lane]
        loss = settings.loss(choices, right)
        rate = cosine(settings.learning_rate, 0.0, progress)

        return self._descend(loss, rate, norm_clipped(settings.max_grad_norm), choices.steps)

    def team(self) -> Team:
        return Team([agent.eval() for agent in self.together.agents()], self.channel)
