"""The learner behind PPO: actors that recall, a critic inside them or above them, and Adam."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from ...agents import Agent, Team, cnet
from ...envs.core.core import Core
from ...envs.core.registry import make_core
from ...protocols import Sampled
from ..rollouts.networks import TeamNetwork, join_team, split_team
from ..rollouts.recurrent import Episode, recompute, unroll
from ..rollouts.warm_start import initial_agents
from .base import Learner, cosine, device_of, lay_out, linear, norm_clipped, observations
from .losses import entropy
from .ppo import PPO
from .ppo_losses import advantages, clipped_loss, mean, standardized


@dataclass(frozen=True)
class Looked:
    """What actors and critic make of episodes now: log-probabilities, entropies, and values."""

    log_probability: Float[Tensor, "T R"]
    entropy: Float[Tensor, "T R"]
    value: Float[Tensor, "T R"]


class ActorCritic(nn.Module):
    """Actors, and what the central critic is made of, if there is one: of each lane, to N values."""

    def __init__(self, actor: TeamNetwork, central: nn.Module | None) -> None:
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
            size = self.channel.carrier.size
            central = _central(core, size, settings.width) if settings.critic == "central" else None
        agents = initial_agents(start, fresh, self.channel)
        self.recalls = any(agent.graph.delayed() for agent in agents)
        self.network = ActorCritic(join_team(agents), central).to(self.device)
        optimizer = torch.optim.Adam(self.network.parameters(), lr=settings.learning_rate, eps=1e-5, foreach=True)
        lay_out(optimizer, "exp_avg", "exp_avg_sq")
        super().__init__(settings, core, {"network": self.network}, optimizer)

    def update(self) -> float:
        """Play one batch of episodes, and take an optimizer step on each minibatch of them, an epoch after the other.

        Actors are in evaluation mode: a probability depends on an agent's own episode, whichever others are beside it.

        Returns:
            The loss of the last step.

        Raises:
            FloatingPointError: if a loss is not finite; parameters are as they were before that step.
        """
        settings, rng = self.settings, np.random.default_rng([self.settings.seed, self.updates])
        progress, seed = self.updates / settings.updates, int(rng.integers(2**63))
        self.network.eval()
        central = self.network.central is not None
        with torch.no_grad():
            playing = self.network.actor, self.core, self.channel, None, False, settings.silent, rng, self.device
            episode = unroll(*playing, states=central)
        counted = episode.live * ((episode.legal.sum(-1) > 1) | (episode.delivered > 0))
        bonus = linear(settings.entropy, settings.final_entropy, progress)
        rate, last = cosine(settings.learning_rate, 0.0, progress), 0.0
        parts, every = min(settings.minibatches, self.core.lanes), torch.arange(episode.live.shape[1]).to(self.device)
        whole = parts == 1
        with torch.set_grad_enabled(whole):
            first = self.look(episode)
        before, value = first.log_probability.detach(), first.value.detach()
        reward = settings.reward_scale * episode.reward
        gained = advantages(value, reward, episode.live, settings.gamma, settings.gae_lambda)
        advantage, goal = standardized(gained, counted), gained + value

        for epoch in range(settings.epochs):
            for lanes in np.array_split(rng.permutation(self.core.lanes), parts):
                part, rows = (episode, every) if whole else episode.part(lanes, self.core.agents)
                now = first if whole and not epoch else self.look(part)
                loss = clipped_loss(
                    now.log_probability, before[:, rows], advantage[:, rows], counted[:, rows], settings.clip_range
                )
                loss = loss + settings.value_weight * mean((now.value - goal[:, rows]) ** 2, part.live)
                loss = loss - bonus * mean(now.entropy, counted[:, rows])
                last = self._step(loss, rate, norm_clipped(settings.max_grad_norm))
        self._keep_statistics(episode, seed)
        self._count(int(episode.live.sum().item()) // self.core.agents)
        return last

    def look(self, episode: Episode) -> Looked:
        """Pass episodes through actors and critic again, with gradients.

        A message counts where somebody heard it, as in RIAL: what nobody hears changes nothing.
        """
        out = recompute(self.network.actor, episode.inputs, self.recalls)
        act, emit = out["act"], out["emit"]
        act = act.masked_fill(~episode.legal, -torch.inf).log_softmax(-1)
        done = act.gather(-1, episode.action.unsqueeze(-1)).squeeze(-1)
        carrier = self.channel.carrier
        assert isinstance(carrier, Sampled)
        said = carrier.log_probability(emit, episode.sent) * episode.delivered
        undecided = entropy(act) + entropy(emit.log_softmax(-1)).sum(-1) * episode.delivered
        if self.network.central is None:
            value = out["value"].squeeze(-1)
        else:
            value = self.network.central(self._all_there_is(episode)).flatten(1)
        return Looked(done + said, undecided, value)

    @torch.no_grad()
    def _keep_statistics(self, episode: Episode, seed: int) -> None:
        """Let running statistics, which normalize pictures, follow the episodes that were played."""
        if next(self.network.actor.buffers(), None) is None:
            return
        self.network.train()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            recompute(self.network.actor, episode.inputs, self.recalls)
        self.network.eval()

    def _all_there_is(self, episode: Episode) -> Float[Tensor, "T B numbers"]:
        """The state, and what each agent hears: what was said is part of what is to come."""
        heard = torch.stack([heard for _, heard, *_ in episode.inputs])
        assert episode.state is not None
        return torch.cat([episode.state, heard.unflatten(1, (-1, self.core.agents)).flatten(2)], -1)

    def team(self) -> Team:
        return Team(split_team(self.network.actor), self.channel)

    def _fresh(self, settings: PPO, core: Core) -> Agent:
        sizes = core.agents, core.message_slots, core.actions, observations(settings, core)
        value = settings.critic == "local"
        own = True, settings.width, settings.layers, value
        return Agent(cnet(*sizes, self.channel.carrier, *own, image_observations=core.image_observations))


def _central(core: Core, size: int, width: int) -> nn.Module:
    seen = core.state().shape[1] + core.agents * core.message_slots * size
    layers = nn.Linear(seen, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()
    return nn.Sequential(*layers, nn.Linear(width, core.agents))
