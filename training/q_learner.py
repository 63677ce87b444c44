"""The learner behind DIAL and RIAL: Q-learning over whole episodes, on-policy, with a target network."""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..agents import Agent, Stack, Team, cnet
from ..envs.core import Core
from ..envs.registry import make_core
from ..protocols.errors import bad
from .learner import check_game, device_of
from .losses import td_targets
from .q_settings import QSettings, linear
from .unroll import unroll


class QLearner:
    """All that a run changes: network, target network, optimizer, the game's counters.

    Everything random in update k comes from (seed, k) and the game's counters, so there is no random state to save.
    """

    def __init__(self, settings: QSettings) -> None:
        self.settings = settings
        check_game(settings)
        self.device = device_of(settings)
        self.core: Core = make_core(settings.game, settings.agents, settings.batch, settings.seed)
        self.channel = settings.channel(1.0)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            self.network = self._network()
            self.target = self._network()
        parameters = list(self.network.parameters())
        options = settings.optimizer
        self.optimizer = torch.optim.RMSprop(
            parameters, lr=options.learning_rate, alpha=options.alpha, momentum=options.momentum, foreach=True
        )
        for parameter in parameters:
            self.optimizer.state[parameter] = {
                "step": torch.zeros(()),
                "square_avg": torch.zeros_like(parameter),
                "momentum_buffer": torch.zeros_like(parameter),
            }
        self.updates = self.episodes = self.environment_steps = 0

    def update(self) -> float:
        """Play one batch of episodes and take one optimizer step.

        Returns:
            The loss.

        Raises:
            FloatingPointError: if the loss is not finite; parameters are as they were before the step.
        """
        settings, options = self.settings, self.settings.optimizer
        progress = self.updates / settings.updates
        cosine = 0.5 * (1 + math.cos(math.pi * progress))
        rate = options.final_learning_rate + (options.learning_rate - options.final_learning_rate) * cosine
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
        self.optimizer.zero_grad()
        loss.backward()
        value = loss.item()
        if not math.isfinite(value):
            raise FloatingPointError(f"The loss became {value} at update {self.updates + 1}")
        parameters = list(self.network.parameters())
        if options.clip:
            torch.nn.utils.clip_grad_value_(parameters, options.clip)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.updates += 1
        self.episodes += self.core.lanes
        self.environment_steps += int(episode.live.sum().item()) // self.core.agents
        return value

    def team(self) -> Team:
        """What has been learned so far, in evaluation mode, on the CPU, with parameters of its own."""
        network = self.network
        agents = network.agents() if isinstance(network, Stack) else [network.clone()]
        return Team([agent.cpu().eval() for agent in agents], self.channel)

    def finite(self) -> bool:
        """Whether every parameter is a finite number."""
        return all(bool(torch.isfinite(p).all()) for p in self.network.parameters())

    def tensors(self) -> dict[str, Tensor]:
        """All tensors that a checkpoint holds."""
        tensors = {f"network.{name}": t for name, t in self.network.state_dict().items()}
        tensors |= {f"target.{name}": t for name, t in self.target.state_dict().items()}
        for i, parameter in enumerate(self.network.parameters()):
            tensors |= {f"optimizer.{i}.{name}": t for name, t in self.optimizer.state[parameter].items()}
        return tensors

    def counters(self) -> dict[str, Any]:
        """All numbers that a checkpoint holds."""
        return {
            "updates": self.updates,
            "episodes": self.episodes,
            "environment_steps": self.environment_steps,
            "game": {"seed": self.core.draws.seed, "episode": self.core.draws.episode.tolist()},
        }

    def restore(self, tensors: dict[str, Tensor], counters: dict[str, Any]) -> None:
        """Go on exactly from a checkpoint.

        Raises:
            ValueError: if it is not a checkpoint of a run with these settings.
        """
        mine = self.tensors()
        if {n: t.shape for n, t in mine.items()} != {n: t.shape for n, t in tensors.items()}:
            differ = sorted(mine.keys() ^ tensors.keys())[:4] or "other shapes"
            raise bad("A checkpoint holds the tensors of its run's settings", differ, "Resume the run it belongs to.")
        with torch.no_grad():
            for name, tensor in mine.items():
                tensor.copy_(tensors[name])
        try:
            self.updates = int(counters["updates"])
            self.episodes = int(counters["episodes"])
            self.environment_steps = int(counters["environment_steps"])
            game = counters["game"]
            self.core.draws.restore(int(game["seed"]), np.array(game["episode"]))
        except (KeyError, TypeError) as error:
            raise bad("A checkpoint counts updates, episodes and steps", counters, "Resume an older one.") from error

    def _network(self) -> Agent | Stack:
        settings, core = self.settings, self.core
        observations = int(core.observation_space.n)  # type: ignore[attr-defined]

        def agent() -> Agent:
            carrier, own_message = self.channel.carrier, settings.own_message
            size = (settings.width, settings.layers)
            return Agent(cnet(core.agents, core.voices, core.actions, observations, carrier, own_message, *size))

        network = agent() if settings.shared else Stack([agent() for _ in range(core.agents)])
        return network.to(self.device)
