"""The learner behind DIAL and RIAL: Q-learning over whole episodes, on-policy, with a target network."""

import numpy as np
import torch
from torch import nn

from ..agents import Agent, Stack, Team, cnet
from ..envs.core import Core
from ..envs.registry import make_core
from .learner import Learner, check_discrete, cosine, device_of, lay_out, linear
from .losses import td_targets
from .q_settings import QSettings
from .unroll import unroll


class QLearner(Learner[QSettings]):
    """Network, target network, and RMSProp."""

    def __init__(self, settings: QSettings) -> None:
        core = make_core(settings.game, settings.agents, settings.batch, settings.seed)
        check_discrete(settings, core)
        self.device = device_of(settings)
        self.channel = settings.channel(1.0)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            self.network = self._network(settings, core)
            self.target = self._network(settings, core)
        options = settings.optimizer
        optimizer = torch.optim.RMSprop(
            list(self.network.parameters()),
            lr=options.learning_rate,
            alpha=options.alpha,
            momentum=options.momentum,
            foreach=True,
        )
        lay_out(optimizer, "square_avg", "momentum_buffer")
        super().__init__(settings, core, {"network": self.network, "target": self.target}, optimizer)

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
        episode = unroll(
            self.network,
            self.core,
            settings.channel(progress),
            linear(settings.epsilon, settings.final_epsilon, progress),
            settings.explore_messages,
            settings.silent,
            rng,
            self.device,
        )
        targets = td_targets(self.target, episode, settings.gamma, self.core.agents, settings.bootstrap)
        loss = settings.loss(episode, targets)
        steps = int(episode.live.sum().item()) // self.core.agents

        def clip(parameters: list[nn.Parameter]) -> None:
            if options.clip:
                nn.utils.clip_grad_value_(parameters, options.clip)

        return self._descend(loss, rate, clip, steps)

    def team(self) -> Team:
        """What has been learned so far, in evaluation mode, on the CPU, with parameters of its own."""
        network = self.network
        agents = network.agents() if isinstance(network, Stack) else [network.clone()]
        return Team([agent.cpu().eval() for agent in agents], self.channel)

    def _network(self, settings: QSettings, core: Core) -> Agent | Stack:
        observations = int(core.observation_space.n)  # type: ignore[attr-defined]

        def agent() -> Agent:
            carrier, own_message = self.channel.carrier, settings.own_message
            size = (settings.width, settings.layers)
            return Agent(cnet(core.agents, core.voices, core.actions, observations, carrier, own_message, *size))

        network = agent() if settings.shared else Stack([agent() for _ in range(core.agents)])
        return network.to(self.device)
