"""The learner behind PPO: actors that recall, a critic inside them or above them, and Adam."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..agents import Agent, Team, cnet
from ..envs.core import Core
from ..envs.registry import make_core
from ..protocols import Sampled
from .learner import Learner, cosine, device_of, lay_out, linear, norm_clipped, observations
from .networks import Network, as_one, one_by_one
from .ppo import PPO
from .ppo_losses import advantages, clipped_loss, mean, standardized
from .starting import begun
from .unroll import Episode, unroll


@dataclass(frozen=True)
class Looked:
    """What actors and critic make of episodes now: log-probabilities, entropies, and values."""

    log_probability: Float[Tensor, "T R"]
    entropy: Float[Tensor, "T R"]
    value: Float[Tensor, "T R"]


class ActorCritic(nn.Module):
    """Actors, and what the central critic is made of, if there is one: state ``[B, S]`` to values ``[B, N]``."""

    def __init__(self, actor: Network, central: nn.Module | None) -> None:
        super().__init__()
        self.actor, self.central = actor, central


class PPOLearner(Learner[PPO]):
    """Actors, the critic, and Adam."""

    def __init__(self, settings: PPO, start: Team | None = None) -> None:
        core = make_core(settings.game, settings.agents, settings.batch, settings.seed, **settings.training_options())
        self.device = device_of(settings)
        self.channel = replace(settings.channel(1.0), cut=start.channel.cut if start else ())
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            fresh = [self._fresh(settings, core) for _ in range(1 if settings.shared else core.agents)]
            central = _central(core, settings.width) if settings.critic == "central" else None
        self.network = ActorCritic(as_one(begun(start, fresh, self.channel)), central).to(self.device)
        optimizer = torch.optim.Adam(self.network.parameters(), lr=settings.learning_rate, eps=1e-5, foreach=True)
        lay_out(optimizer, "exp_avg", "exp_avg_sq")
        super().__init__(settings, core, {"network": self.network}, optimizer)

    def update(self) -> float:
        """Play one batch of episodes, and take an optimizer step an epoch on them.

        Returns:
            The loss of the last epoch.

        Raises:
            FloatingPointError: if a loss is not finite; parameters are as they were before that epoch's step.
        """
        settings, rng = self.settings, np.random.default_rng([self.settings.seed, self.updates])
        progress = self.updates / settings.updates
        self.network.train()
        central = self.network.central is not None
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.manual_seed(int(rng.integers(2**63)))
            playing = self.network.actor, self.core, self.channel, None, False, settings.silent, rng, self.device
            episode = unroll(*playing, states=central)
        counted = episode.live * ((episode.legal.sum(-1) > 1) | (episode.overheard > 0))
        bonus = linear(settings.entropy, settings.final_entropy, progress)
        before = advantage = goal = episode.live
        losses, rate = [], cosine(settings.learning_rate, 0.0, progress)

        for epoch in range(settings.epochs):
            now = self.look(episode)
            if not epoch:
                before, value = now.log_probability.detach(), now.value.detach()
                gained = advantages(value, episode.reward, episode.live, settings.gamma, settings.trace)
                advantage, goal = standardized(gained, counted), gained + value
            loss = clipped_loss(now.log_probability, before, advantage, counted, settings.clip_ratio)
            loss = loss + settings.value_weight * mean((now.value - goal) ** 2, episode.live)
            losses.append(self._step(loss - bonus * mean(now.entropy, counted), rate, norm_clipped(settings.clip)))
        self._count(int(episode.live.sum().item()) // self.core.agents)
        return losses[-1]

    def look(self, episode: Episode) -> Looked:
        """Pass episodes through actors and critic again, with gradients.

        A message counts where somebody heard it, as in RIAL: what nobody hears changes nothing.
        """
        memory, outputs = None, []
        for inputs in episode.inputs:
            out, memory = self.network.actor(*inputs, memory)
            outputs.append(out)
        act, emit = (torch.stack([out[name] for out in outputs]) for name in ("act", "emit"))
        act = act.masked_fill(~episode.legal, -torch.inf).log_softmax(-1)
        done = act.gather(-1, episode.action.unsqueeze(-1)).squeeze(-1)
        carrier = self.channel.carrier
        assert isinstance(carrier, Sampled)
        said = carrier.log_probability(emit, episode.said) * episode.overheard
        undecided = _entropy(act) + _entropy(emit.log_softmax(-1)).sum(-1) * episode.overheard
        if self.network.central is None:
            value = torch.stack([out["value"].squeeze(-1) for out in outputs])
        else:
            value = self.network.central(episode.state).flatten(1)
        return Looked(done + said, undecided, value)

    def team(self) -> Team:
        return Team(one_by_one(self.network.actor), self.channel)

    def _fresh(self, settings: PPO, core: Core) -> Agent:
        sizes = core.agents, core.voices, core.actions, observations(settings, core)
        value = settings.critic == "local"
        own = True, settings.width, settings.layers, value
        return Agent(cnet(*sizes, self.channel.carrier, *own, pictured=core.pictured))


def _entropy(log_probability: Float[Tensor, "... A"]) -> Float[Tensor, "..."]:
    """In nats; what is impossible adds nothing."""
    return -(log_probability.exp() * log_probability.clamp(min=-1e9)).sum(-1)


def _central(core: Core, width: int) -> nn.Module:
    layers = nn.Linear(core.state().shape[1], width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()
    return nn.Sequential(*layers, nn.Linear(width, core.agents))
