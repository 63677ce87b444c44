"""PPO with messages as factored actions (Schulman et al. 2017, arXiv:1707.06347).

An agent draws its action and each symbol of its message from separate distributions, and their probabilities multiply.
With a local critic this is IPPO (de Witt et al. 2020, arXiv:2011.09533); with a central critic, MAPPO (Yu et al. 2022,
arXiv:2103.01955).
"""

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias, get_args

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from ...agents import Agent, Team, cnet
from ...envs.core.core import Core
from ...envs.core.registry import make_core
from ...protocols import Channel, Sampled
from ...protocols.common.checks import check_one_of
from ..rollouts.networks import TeamNetwork, join_team, split_team
from ..rollouts.recurrent import Episode, recompute, unroll
from ..rollouts.returns import discounted
from ..rollouts.schedules import cosine, linear
from ..rollouts.warm_start import initial_agents
from .base import Learner, adam, clip_by_norm, device_of, observation_size
from .policy_gradient import entropy
from .settings import GameSettings, check_integer_setting, check_number_setting

Critic: TypeAlias = Literal["local", "central"]


@dataclass(frozen=True)
class PPO(GameSettings):
    """Proximal policy optimization on whole episodes, with recurrent or memoryless agents.

    Attributes:
        vocabulary: Number of symbols (V).
        length: Number of symbols in a message (L).
        critic: "local" is a value head of each agent, which uses the observations of that agent (IPPO). "central" is a
            network that sees the state of the game and all received messages, and is used only in training (MAPPO).
        layers: Number of GRU layers. 0 makes agents without memory, which do not observe their own last action and
            message either.
        reward_scale: Factor by which rewards are multiplied in training; reported returns are not scaled.
        gamma: Discount factor.
        gae_lambda: Parameter lambda of generalized advantage estimation (Schulman et al. 2016).
        epochs: Number of passes over the episodes of an update.
        minibatches: Number of minibatches per epoch, each with one optimizer step; at most one per episode.
        clip_range: Clipping parameter (epsilon): the clipped objective rewards no larger relative change of a
            probability.
        entropy: Weight of the entropy bonus for actions and messages, at the first update.
        final_entropy: Weight of the entropy bonus at the last update, reached linearly.
        value_weight: Weight of the squared error of the critic.
        learning_rate: Learning rate of Adam at the first update; it is annealed to 0 along a half cosine.
        max_grad_norm: Maximum norm of the gradient; 0 disables clipping.
    """

    recipe: ClassVar[str] = "ppo"
    about: ClassVar[str] = "policy gradients, with messages sampled like actions (PPO with a local or a central critic)"

    batch: int = 128
    vocabulary: int = 2
    length: int = 1
    critic: Critic = "local"
    layers: int = 1
    reward_scale: float = 1.0
    gamma: float = 1.0
    gae_lambda: float = 0.95
    epochs: int = 4
    minibatches: int = 1
    clip_range: float = 0.2
    entropy: float = 0.01
    final_entropy: float = 0.0
    value_weight: float = 0.5
    learning_rate: float = 1e-3
    max_grad_norm: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        check_integer_setting("layers", self.layers, 0)
        for name in ("vocabulary", "length", "epochs", "minibatches"):
            check_integer_setting(name, getattr(self, name), 1)
        for name in ("gamma", "gae_lambda", "clip_range"):
            check_number_setting(name, getattr(self, name), 0.0, 1.0)
        for name in ("reward_scale", "entropy", "final_entropy", "value_weight", "learning_rate", "max_grad_norm"):
            check_number_setting(name, getattr(self, name), 0.0)
        check_one_of("critic", self.critic, get_args(Critic))

    @property
    def depth(self) -> int:
        return self.layers + 1


@dataclass(frozen=True)
class Evaluated:
    """Log-probabilities, entropies and values of recorded episodes under the current actors and critic."""

    log_probability: Float[Tensor, "T R"]
    entropy: Float[Tensor, "T R"]
    value: Float[Tensor, "T R"]


@dataclass(frozen=True)
class Minibatch:
    """Inputs of the loss of some episodes that are computed before the first optimizer step of an update.

    Attributes:
        log_probability: Log-probabilities of actions and messages when they were sampled.
        advantage: Standardized advantages.
        target: Targets of the values.
        counted: 1 in frames in which the agent had a choice or its message was delivered, otherwise 0.
        live: 1 in frames before the end of an episode, otherwise 0.
    """

    log_probability: Float[Tensor, "T R"]
    advantage: Float[Tensor, "T R"]
    target: Float[Tensor, "T R"]
    counted: Float[Tensor, "T R"]
    live: Float[Tensor, "T R"]


class ActorCritic(nn.Module):
    """The actors, and the central critic if there is one, which maps each lane to N values."""

    def __init__(self, actor: TeamNetwork, central: nn.Module | None) -> None:
        super().__init__()
        self.actor, self.central = actor, central


class PPOLearner(Learner[PPO]):
    """Actors, a critic, and Adam.

    Actors play and learn in evaluation mode, so that the probability of an action does not depend on the other episodes
    in the batch. Running statistics, which normalize pictures, are updated once per update.
    """

    def __init__(self, settings: PPO, start: Team | None = None) -> None:
        self.settings = settings
        core = make_core(settings.game, settings.agents, settings.batch, settings.seed, **settings.training_options())
        self.device = device_of(settings)
        self.cut = start.channel.cut if start else ()
        carrier = self.channel(1.0).carrier
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            fresh = [self._new_agent(core) for _ in range(1 if settings.shared else core.agents)]
            central = central_critic(core, carrier.size, settings.width) if settings.critic == "central" else None
        agents = initial_agents(start, fresh, self.channel(1.0))
        self.recurrent = any(agent.graph.delayed_wires() for agent in agents)
        self.network = ActorCritic(join_team(agents), central).to(self.device)
        optimizer = adam(self.network.parameters(), settings.learning_rate, eps=1e-5)
        super().__init__(settings, core, {"network": self.network}, {"network": optimizer})

    def channel(self, progress: float) -> Channel:
        """The channel, whose symbols are sampled in training; in evaluation, the most probable symbols are sent."""
        return Channel(Sampled(self.settings.vocabulary, self.settings.length), credit="blocked", cut=self.cut)

    def update(self) -> float:
        """Play one batch of episodes, and take an optimizer step per minibatch and epoch.

        Returns:
            The loss of the last step.

        Raises:
            FloatingPointError: if a loss is not finite; the parameters are then those before this step.
        """
        settings, rng = self.settings, np.random.default_rng([self.settings.seed, self.updates])
        progress, seed = self.updates / settings.updates, int(rng.integers(2**63))
        self.network.eval()
        central = self.network.central is not None
        with torch.no_grad():
            playing = (
                self.network.actor,
                self.core,
                self.channel(progress),
                None,
                False,
                settings.silent,
                rng,
                self.device,
            )
            episode = unroll(*playing, states=central)
        counted = episode.live * ((episode.legal.sum(-1) > 1) | (episode.delivered > 0))
        bonus = linear(settings.entropy, settings.final_entropy, progress)
        rate, last = cosine(settings.learning_rate, 0.0, progress), 0.0
        parts, every = min(settings.minibatches, self.core.lanes), torch.arange(episode.live.shape[1]).to(self.device)
        whole = parts == 1
        with torch.set_grad_enabled(whole):
            first = self.evaluate_actions(episode)
        before, value = first.log_probability.detach(), first.value.detach()
        reward = settings.reward_scale * episode.reward
        advantage = advantages(value, reward, episode.live, settings.gamma, settings.gae_lambda)
        normalized, target = standardize(advantage, counted), advantage + value

        for epoch in range(settings.epochs):
            for lanes in np.array_split(rng.permutation(self.core.lanes), parts):
                part, rows = (episode, every) if whole else episode.part(lanes, self.core.agents)
                now = first if whole and not epoch else self.evaluate_actions(part)
                batch = Minibatch(before[:, rows], normalized[:, rows], target[:, rows], counted[:, rows], part.live)
                loss = self.objective(now, batch, bonus)
                last = self.step(loss, rate, clip_by_norm(settings.max_grad_norm))
        self._update_statistics(episode, seed)
        self.count(int(episode.live.sum().item()) // self.core.agents)
        return last

    def objective(self, now: Evaluated, batch: Minibatch, entropy_weight: float) -> Float[Tensor, ""]:
        """The loss of a minibatch: clipped surrogate, squared error of values, and entropy bonus."""
        settings = self.settings
        loss = clipped_loss(
            now.log_probability, batch.log_probability, batch.advantage, batch.counted, settings.clip_range
        )
        loss = loss + settings.value_weight * mean((now.value - batch.target) ** 2, batch.live)
        return loss - entropy_weight * mean(now.entropy, batch.counted)

    def evaluate_actions(self, episode: Episode) -> Evaluated:
        """Log-probabilities and entropies of actions and messages, and values, with gradients."""
        out = recompute(self.network.actor, episode.inputs, self.recurrent)
        carrier = self.channel(1.0).carrier
        assert isinstance(carrier, Sampled)
        log_probability, uncertainty = log_probability_and_entropy(out, episode, carrier)
        if self.network.central is None:
            value = out["value"].squeeze(-1)
        else:
            value = self.network.central(self._critic_inputs(episode)).flatten(1)
        return Evaluated(log_probability, uncertainty, value)

    @torch.no_grad()
    def _update_statistics(self, episode: Episode, seed: int) -> None:
        """Update running statistics with the episodes played."""
        if next(self.network.actor.buffers(), None) is None:
            return
        self.network.train()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            recompute(self.network.actor, episode.inputs, self.recurrent)
        self.network.eval()

    def _critic_inputs(self, episode: Episode) -> Float[Tensor, "T B numbers"]:
        """The state of the game, and the messages that all agents received, which also affect what follows."""
        heard = torch.stack([heard for _, heard, *_ in episode.inputs])
        assert episode.state is not None
        return torch.cat([episode.state, heard.unflatten(1, (-1, self.core.agents)).flatten(2)], -1)

    def team(self) -> Team:
        return Team(split_team(self.network.actor), self.channel(1.0))

    def _new_agent(self, core: Core) -> Agent:
        settings = self.settings
        sizes = core.agents, core.message_slots, core.actions, observation_size(settings, core)
        own = True, settings.width, settings.layers, settings.critic == "local"
        return Agent(cnet(*sizes, self.channel(1.0).carrier, *own, image_observations=core.image_observations))


def central_critic(core: Core, message_size: int, width: int) -> nn.Module:
    """A network that maps the state and all received messages to one value per agent."""
    inputs = core.state().shape[1] + core.agents * core.message_slots * message_size
    layers = nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()
    return nn.Sequential(*layers, nn.Linear(width, core.agents))


def log_probability_and_entropy(
    outputs: dict[str, Tensor], episode: Episode, carrier: Sampled
) -> tuple[Float[Tensor, "T R"], Float[Tensor, "T R"]]:
    """Joint log-probability of each row's action and message, and the entropy of their distributions in nats.

    A message counts only if it was delivered, because a message that no agent receives has no effect.

    Args:
        outputs: The actors' logits "act" ``[T, R, A]`` and "emit".
        episode: The episodes.
        carrier: The carrier of messages.
    """
    act, emit = outputs["act"], outputs["emit"]
    act = act.masked_fill(~episode.legal, -torch.inf).log_softmax(-1)
    action = act.gather(-1, episode.action.unsqueeze(-1)).squeeze(-1)
    message = carrier.log_probability(emit, episode.sent) * episode.delivered
    uncertainty = entropy(act) + entropy(emit.log_softmax(-1)).sum(-1) * episode.delivered
    return action + message, uncertainty


def advantages(
    value: Float[Tensor, "T R"],
    reward: Float[Tensor, "T R"],
    live: Float[Tensor, "T R"],
    gamma: float,
    gae_lambda: float,
) -> Float[Tensor, "T R"]:
    """Generalized advantage estimates (Schulman et al. 2016, equation 16); the value after an episode's end is 0."""
    following = torch.cat([value[1:] * live[1:], torch.zeros_like(value[:1])])
    return discounted((reward + gamma * following - value) * live, gamma * gae_lambda)


def clipped_loss(
    log_probability: Float[Tensor, "T R"],
    before: Float[Tensor, "T R"],
    advantage: Float[Tensor, "T R"],
    counted: Float[Tensor, "T R"],
    clip_range: float,
) -> Float[Tensor, ""]:
    """The negative clipped surrogate objective (Schulman et al. 2017, equation 7), averaged over ``counted`` frames."""
    ratio = (log_probability - before).exp()
    least = torch.minimum(ratio * advantage, ratio.clamp(1 - clip_range, 1 + clip_range) * advantage)
    return -mean(least, counted)


def standardize(x: Float[Tensor, "T R"], counted: Float[Tensor, "T R"]) -> Float[Tensor, "T R"]:
    """``x`` with mean 0 and standard deviation 1 over ``counted`` frames."""
    off = x - mean(x, counted)
    return off / (mean(off**2, counted).sqrt() + 1e-8)


def mean(x: Float[Tensor, "T R"], counted: Float[Tensor, "T R"]) -> Float[Tensor, ""]:
    """Mean over ``counted`` frames; 0 if there are none."""
    return (x * counted).sum() / counted.sum().clamp(min=1)
