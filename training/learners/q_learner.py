"""The learner behind DIAL and RIAL: Q-learning over whole episodes, on-policy, with a target network."""

import copy
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from ...agents import Agent, SyntheticGradient, Team, cnet
from ...envs.core.core import Core
from ...envs.core.registry import make_core
from ..rollouts.delayed_gradients import DelayedGradients
from ..rollouts.networks import join_team, split_team
from ..rollouts.recurrent import unroll
from ..rollouts.warm_start import initial_agents
from .base import Learner, cosine, device_of, lay_out, linear, observations
from .losses import td_targets
from .q_settings import QSettings


class QLearner(Learner[QSettings]):
    """Network, target network, RMSProp, and true gradients that are still on their way."""

    def __init__(self, settings: QSettings, start: Team | None = None) -> None:
        core = make_core(settings.game, settings.agents, settings.batch, settings.seed, **settings.training_options())
        self.device = device_of(settings)
        self.channel = replace(settings.channel(1.0), cut=start.channel.cut if start else ())
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            fresh = [self._fresh(settings, core) for _ in range(1 if settings.shared else core.agents)]
            agents = initial_agents(start, fresh, self.channel, settings.speaker)
        self.network = join_team(agents, stacked=settings.gradient_delay == 0).to(self.device)
        self.target = copy.deepcopy(self.network)
        options = settings.optimizer
        optimizer = torch.optim.RMSprop(
            list(self.network.parameters()),
            lr=options.learning_rate,
            alpha=options.alpha,
            momentum=options.momentum,
            foreach=True,
        )
        lay_out(optimizer, "square_avg", "momentum_buffer")
        networks: dict[str, nn.Module] = {"network": self.network, "target": self.target}
        self.gradient_delay: DelayedGradients | None = None
        if settings.gradient_delay:
            credits = [module for module in self.network.modules() if isinstance(module, SyntheticGradient)]
            rows = core.lanes * core.agents // len(fresh)
            self.gradient_delay = DelayedGradients(credits, settings.gradient_delay, core.horizon, rows).to(self.device)
            networks["gradient_delay"] = self.gradient_delay
        super().__init__(settings, core, networks, optimizer)

    def update(self) -> float:
        """Play one batch of episodes and take one optimizer step.

        Returns:
            The loss.

        Raises:
            FloatingPointError: if the loss is not finite; parameters are as they were before the step.
        """
        settings, options = self.settings, self.settings.optimizer
        progress = self.updates / settings.updates
        rate = cosine(options.learning_rate, options.final_learning_rate, progress)
        if self.updates % settings.target_interval == 0:
            self.target.load_state_dict(self.network.state_dict())
        rng = np.random.default_rng([settings.seed, self.updates])
        self.network.train()
        self.target.train()
        with (
            torch.random.fork_rng(devices=[]),
            self.gradient_delay.watching(self.updates) if self.gradient_delay else nullcontext(),
        ):
            torch.manual_seed(int(np.random.default_rng([settings.seed, self.updates, 1]).integers(2**63)))
            episode = unroll(
                self.network,
                self.core,
                replace(settings.channel(progress), cut=self.channel.cut),
                linear(settings.epsilon, settings.final_epsilon, progress),
                settings.explore_messages,
                settings.silent,
                rng,
                self.device,
            )
        targets = td_targets(self.target, episode, settings.gamma, self.core.agents, settings.bootstrap)
        loss = settings.loss(episode, targets)
        if self.gradient_delay:
            error = self.gradient_delay.due(self.updates)
            loss = loss + error - error.detach()  # learned from, and not shown
        steps = int(episode.live.sum().item()) // self.core.agents

        def clip(parameters: list[nn.Parameter]) -> None:
            if options.clip_grad_value:
                nn.utils.clip_grad_value_(parameters, options.clip_grad_value)

        return self._descend(loss, rate, clip, steps)

    def team(self) -> Team:
        """What has been learned so far, in evaluation mode, on the CPU, with parameters of its own."""
        return Team(split_team(self.network), self.channel)

    def _fresh(self, settings: QSettings, core: Core) -> Agent:
        sizes = core.agents, core.message_slots, core.actions, observations(settings, core)
        own = settings.own_message, settings.width, settings.layers
        return Agent(
            settings.speaker(cnet(*sizes, self.channel.carrier, *own, image_observations=core.image_observations))
        )
