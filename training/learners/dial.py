"""DIAL: differentiable inter-agent learning (Foerster et al. 2016, arXiv:1605.06676, section 5.2).

A message is a logit that passes through the discretize/regularize unit, and the gradient of the receivers' TD errors
flows back through the channel to the sender. Any other differentiable carrier can replace the unit.

The agents learn by on-policy Q-learning on whole episodes, with a target network. RIAL (``rial.py``) differs only in
its channel and its loss.
"""

import copy
from abc import abstractmethod
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Generic, Literal, TypeAlias, TypeVar, get_args

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from ...agents import Agent, Graph, SyntheticGradient, Team, cnet
from ...envs.core.core import Core
from ...envs.core.registry import make_core
from ...protocols import DRU, Channel, Continuous, Gumbel, Quantized
from ...protocols.channels.carriers import Carrier
from ...protocols.channels.channel import Credit
from ...protocols.channels.links import Link
from ...protocols.channels.serialization import CARRIERS, LINKS, third_party
from ...protocols.common.checks import check_one_of
from ...protocols.common.errors import argument, invalid
from ..rollouts.delayed_gradients import DelayedGradients
from ..rollouts.networks import join_team, split_team
from ..rollouts.recurrent import Episode, Policy, unroll
from ..rollouts.returns import discounted
from ..rollouts.schedules import cosine, linear
from ..rollouts.warm_start import initial_agents, with_synthetic_credit
from .base import Learner, clip_by_value, device_of, observation_size, preallocate_state
from .positive_signaling import bit_probabilities, positive_signaling
from .settings import GameSettings, Inactive, NameChoices, check_integer_setting, check_number_setting

Bootstrap: TypeAlias = Literal["self", "team", "return"]
LINK_NAMES = ("perfect", "flip", "erasure", "gaussian")
CARRIER_NAMES = ("bit", "gumbel", "quantized", "number")
LinkName: TypeAlias = Annotated[str, NameChoices(lambda: (*LINK_NAMES, *third_party(LINKS)))]
CarrierName: TypeAlias = Annotated[str, NameChoices(lambda: (*CARRIER_NAMES, *third_party(CARRIERS)))]


@dataclass(frozen=True)
class Optimizer:
    """RMSProp, the optimizer of the paper and of its authors' code.

    Attributes:
        learning_rate: Learning rate at the first update.
        final_learning_rate: Learning rate at the last update, reached by annealing along a half cosine. For a constant
            learning rate, use the value of ``learning_rate``.
        alpha: Decay of the running mean of squared gradients.
        momentum: Momentum of RMSProp.
        clip_grad_value: Maximum absolute value of each gradient; 0 disables clipping.
    """

    learning_rate: float = 5e-4
    final_learning_rate: float = 0.0
    alpha: float = 0.99
    momentum: float = 0.0
    clip_grad_value: float = 10.0

    def __post_init__(self) -> None:
        for name in ("learning_rate", "final_learning_rate", "clip_grad_value"):
            check_number_setting(name, getattr(self, name), 0.0)
        for name in ("alpha", "momentum"):
            check_number_setting(name, getattr(self, name), 0.0, 1.0)


@dataclass(frozen=True)
class QSettings(GameSettings):
    """Settings that DIAL and RIAL share.

    Attributes:
        vocabulary: Number of symbols (V), for carriers of symbols.
        length: Number of symbols, bits or numbers in a message (L).
        layers: Number of GRU layers.
        gamma: Discount factor.
        bootstrap: Value from which TD targets bootstrap: the agent's own next value ("self"); the mean next value of
            all agents of the team that have a choice ("team"); or none, so that the target is the return ("return").
        epsilon: Probability of a random action in training, at the first update.
        final_epsilon: Probability of a random action at the last update, reached linearly.
        target_interval: Number of updates between copies of the parameters to the target network.
        link: Link between the agents, in training and in evaluation: "perfect", "flip", "erasure", "gaussian", or
            the name of a registered link.
        rate: Probability of a flip or an erasure, or standard deviation of the Gaussian noise of the link.
        optimizer: Settings of the optimizer.
    """

    presets: ClassVar[dict[str, dict[str, object]]] = {
        "interlect": {},
        "paper": {"optimizer": Optimizer(final_learning_rate=5e-4, momentum=0.95, clip_grad_value=0.0)},
        "authors": {"optimizer": Optimizer(final_learning_rate=5e-4)},
    }
    inactive: ClassVar[tuple[Inactive, ...]] = (
        Inactive("link", ("perfect",), ("rate",)),
        Inactive("bootstrap", ("return",), ("target_interval",)),
    )

    vocabulary: int = 2
    length: int = 1
    layers: int = 2
    gamma: float = 1.0
    bootstrap: Bootstrap = "self"
    epsilon: float = 0.05
    final_epsilon: float = 0.05
    target_interval: int = 100
    link: LinkName = "perfect"
    rate: float = 0.1
    optimizer: Optimizer = field(default_factory=Optimizer)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("vocabulary", "length", "layers", "target_interval"):
            check_integer_setting(name, getattr(self, name), 1)
        for name in ("epsilon", "final_epsilon", "gamma"):
            check_number_setting(name, getattr(self, name), 0.0, 1.0)
        check_one_of("bootstrap", self.bootstrap, get_args(Bootstrap))
        check_one_of("link", self.link, (*LINK_NAMES, *third_party(LINKS)))
        check_number_setting("rate", self.rate, 0.0)
        make_link(self.link, self.rate)  # raises if the link cannot have this rate
        if not isinstance(self.optimizer, Optimizer):
            raise invalid("optimizer must be an Optimizer", self.optimizer, "Pass Optimizer(learning_rate=...).")

    @property
    def depth(self) -> int:
        return self.layers + 1


@dataclass(frozen=True)
class Dial(QSettings):
    """DIAL, with differentiable messages.

    Attributes:
        carrier: Form of messages: bits (DRU), as in the paper ("bit"); straight-through Gumbel-softmax symbols
            ("gumbel"); symbols of a learned codebook ("quantized"); or numbers in [-1, 1] ("number"). A message
            consists of ``length`` of them. Alternatively, the name of a registered carrier, which is used with its
            defaults.
        sigma: Standard deviation of the noise of the DRU at the first update.
        final_sigma: Standard deviation of this noise at the last update, reached linearly. For constant noise, set
            ``sigma`` and ``final_sigma`` to the same value.
        positive_signaling_weight: Weight of the positive-signaling bias (Eccles et al. 2019), which the DIAL paper does
            not use.
        target_entropy: Entropy of a single message, in nats, that the positive-signaling bias targets.
        credit: How gradients reach the sender: through the channel, as in the paper ("through"); as the output of
            a network with two hidden layers that predicts them from the sender's memory and message ("synthetic"); or
            not at all ("blocked").
        gradient_prob: Probability that the true gradient of a message reaches the predictor of synthetic credit.
        gradient_delay: Number of updates after which the true gradient reaches the predictor.
    """

    recipe: ClassVar[str] = "dial"
    about: ClassVar[str] = "differentiable messages: gradients flow through the channel (Foerster et al. 2016)"
    inactive: ClassVar[tuple[Inactive, ...]] = (
        *QSettings.inactive,
        Inactive("carrier", ("bit", "number"), ("vocabulary",)),
        Inactive("carrier", ("gumbel", "quantized", "number"), ("sigma", "final_sigma")),
        Inactive("positive_signaling_weight", (0,), ("target_entropy",)),
        Inactive("credit", ("through", "blocked"), ("gradient_delay", "gradient_prob")),
    )

    carrier: CarrierName = "bit"
    sigma: float = 2.0
    final_sigma: float = 2.0
    positive_signaling_weight: float = 0.0
    target_entropy: float = 0.1
    credit: Credit = "through"
    gradient_prob: float = 1.0
    gradient_delay: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("sigma", "final_sigma", "positive_signaling_weight", "target_entropy"):
            check_number_setting(name, getattr(self, name), 0.0)
        check_one_of("carrier", self.carrier, (*CARRIER_NAMES, *third_party(CARRIERS)))
        check_one_of("credit", self.credit, get_args(Credit))
        if self.positive_signaling_weight and self.carrier not in ("bit", "gumbel"):
            rule = "Positive signaling needs messages with probabilities: bits or Gumbel-softmax symbols"
            weight = "positive_signaling_weight"
            received = f"{argument(weight, self.positive_signaling_weight)} with {argument('carrier', self.carrier)}"
            remedy = f"Choose {argument('carrier', 'bit')} or gumbel, or remove {argument(weight)}."
            raise invalid(rule, received, remedy)
        check_number_setting("gradient_prob", self.gradient_prob, 0.0, 1.0)
        check_integer_setting("gradient_delay", self.gradient_delay, 0)
        if self.credit == "synthetic" and (self.gradient_delay >= self.updates or not self.gradient_prob):
            names = ("gradient_delay", "gradient_prob", "updates")
            received = ", ".join(argument(name, getattr(self, name)) for name in names)
            delay, probability, updates = map(argument, names)
            remedy = f"Set {updates} above {delay}, and {probability} above 0."
            raise invalid("Some true gradients must reach the predictor, which learns from them", received, remedy)


Q = TypeVar("Q", bound=QSettings)


class QLearner(Learner[Q], Generic[Q]):
    """Q-learning on whole episodes: a network, its target network, and RMSProp.

    ``networks["delayed_gradients"]`` exists if true gradients reach the predictors of synthetic credit with a delay.
    """

    explore_messages: ClassVar[bool]
    """Whether messages are also chosen epsilon-greedily."""
    own_message: ClassVar[bool]
    """Whether the input of an agent includes its own last message."""

    def __init__(self, settings: Q, start: Team | None = None) -> None:
        self.settings = settings
        core = make_core(settings.game, settings.agents, settings.batch, settings.seed, **settings.training_options())
        self.device = device_of(settings)
        self.cut = start.channel.cut if start else ()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            fresh = [self._new_agent(core) for _ in range(1 if settings.shared else core.agents)]
            agents = initial_agents(start, fresh, self.channel(1.0), self.with_credit)
        delay = self.gradient_delay
        self.network = join_team(agents, stacked=delay == 0).to(self.device)
        self.target = copy.deepcopy(self.network)
        networks: dict[str, nn.Module] = {"network": self.network, "target": self.target}
        self.delayed: DelayedGradients | None = None
        if delay:
            predictors = [module for module in self.network.modules() if isinstance(module, SyntheticGradient)]
            rows = core.lanes * core.agents // len(fresh)
            self.delayed = DelayedGradients(predictors, delay, core.horizon, rows).to(self.device)
            networks["delayed_gradients"] = self.delayed
        super().__init__(settings, core, networks, {"network": rmsprop(self.network, settings.optimizer)})

    @abstractmethod
    def channel(self, progress: float) -> Channel:
        """The channel after this fraction of the updates."""

    @abstractmethod
    def objective(self, episode: Episode, targets: Float[Tensor, "T R"]) -> Float[Tensor, ""]:
        """The loss of an episode, given its TD targets."""

    def with_credit(self, graph: Graph) -> Graph:
        """The agent's graph, with a predictor of synthetic credit if the recipe needs one."""
        return graph

    @property
    def gradient_delay(self) -> int:
        """Number of updates after which the true gradient of a message reaches a predictor of synthetic credit."""
        return 0

    def update(self) -> float:
        settings, options = self.settings, self.settings.optimizer
        progress = self.updates / settings.updates
        if self.updates % settings.target_interval == 0:
            self.target.load_state_dict(self.network.state_dict())
        rng = np.random.default_rng([settings.seed, self.updates])
        self.network.train()
        self.target.train()
        recorded = self.delayed.recording(self.updates) if self.delayed else nullcontext()
        with torch.random.fork_rng(devices=[]), recorded:
            torch.manual_seed(int(np.random.default_rng([settings.seed, self.updates, 1]).integers(2**63)))
            epsilon = linear(settings.epsilon, settings.final_epsilon, progress)
            channel, explore = self.channel(progress), self.explore_messages
            episode = unroll(self.network, self.core, channel, epsilon, explore, settings.silent, rng, self.device)
        targets = td_targets(self.target, episode, settings.gamma, self.core.agents, settings.bootstrap)
        loss = self.objective(episode, targets)
        if self.delayed:
            error = self.delayed.due(self.updates)
            loss = loss + error - error.detach()  # trains the predictors without changing the reported loss
        rate = cosine(options.learning_rate, options.final_learning_rate, progress)
        value = self.step(loss, rate, clip_by_value(options.clip_grad_value))
        self.count(int(episode.live.sum().item()) // self.core.agents)
        return value

    def team(self) -> Team:
        return Team(split_team(self.network), self.channel(1.0))

    def _new_agent(self, core: Core) -> Agent:
        settings = self.settings
        sizes = core.agents, core.message_slots, core.actions, observation_size(settings, core)
        shape = self.own_message, settings.width, settings.layers
        carrier = self.channel(1.0).carrier
        return Agent(self.with_credit(cnet(*sizes, carrier, *shape, image_observations=core.image_observations)))


class DialLearner(QLearner[Dial]):
    """DIAL, which learns actions from TD errors, and messages from the gradient that returns through the channel."""

    explore_messages = False
    own_message = False

    def channel(self, progress: float) -> Channel:
        settings = self.settings
        carriers: dict[str, Carrier] = {
            "bit": DRU(settings.length, linear(settings.sigma, settings.final_sigma, progress)),
            "gumbel": Gumbel(settings.vocabulary, settings.length),
            "quantized": Quantized(settings.vocabulary, settings.length),
            "number": Continuous(settings.length),
        }
        link = make_link(settings.link, settings.rate)
        carrier = carriers.get(settings.carrier) or CARRIERS[settings.carrier]()
        return Channel(carrier, link, settings.credit, self.cut)

    def objective(self, episode: Episode, targets: Float[Tensor, "T R"]) -> Float[Tensor, ""]:
        settings, loss = self.settings, dial_loss(episode, targets)
        if not settings.positive_signaling_weight:
            return loss
        bits = settings.carrier == "bit"
        probabilities = bit_probabilities(episode.emit) if bits else episode.emit.softmax(-1)
        lanes = -1, settings.agents
        messages = probabilities.unflatten(1, lanes), episode.delivered.unflatten(1, lanes)
        return loss + settings.positive_signaling_weight * positive_signaling(*messages, settings.target_entropy)

    def with_credit(self, graph: Graph) -> Graph:
        settings = self.settings
        if settings.credit != "synthetic":
            return graph
        return with_synthetic_credit(graph, "rnn.out", settings.width, settings.gradient_prob)

    @property
    def gradient_delay(self) -> int:
        return self.settings.gradient_delay


def dial_loss(episode: Episode, targets: Float[Tensor, "T R"]) -> Float[Tensor, ""]:
    """Squared TD error of the actions (equation 4); messages receive gradients from their receivers' errors."""
    chosen = episode.act.gather(-1, episode.action.unsqueeze(-1)).squeeze(-1)
    return mean_over_episodes((chosen - targets) ** 2, episode.live)


def td_targets(
    target: Policy, episode: Episode, gamma: float, agents: int, bootstrap: Bootstrap = "self"
) -> Float[Tensor, "T R"]:
    """One-step targets ``r_t + gamma V(t + 1)``, or returns; V is 0 after the last step of an episode.

    The target network receives the same messages, and keeps its own recurrent state.

    Args:
        target: The target network.
        episode: The episodes.
        gamma: Discount factor.
        agents: Number of agents (N).
        bootstrap: V is the largest Q-value of the agent's legal actions ("self"), or its mean over all agents of the
            lane that have a choice ("team"), which is correct if the reward is shared. With "return", the targets are
            the discounted returns.
    """
    if bootstrap == "return":
        return discounted(episode.reward * episode.live, gamma)
    with torch.no_grad():
        memory, values = None, []
        for inputs in episode.inputs:
            outputs, memory = target(*inputs, memory)
            values.append(outputs["act"])
        best = torch.stack(values).masked_fill(~episode.legal, -torch.inf).amax(-1)
        if bootstrap == "team":
            best = team_value(best, episode.legal.sum(-1) > 1, agents)
        following = torch.cat([best[1:] * episode.live[1:], torch.zeros_like(best[:1])])
        targets: Tensor = episode.reward + gamma * following
        return targets


def team_value(best: Float[Tensor, "T R"], has_choice: Bool[Tensor, "T R"], agents: int) -> Float[Tensor, "T R"]:
    """The mean of ``best`` over the agents of a lane that have a choice; 0 if none of them has."""
    lanes = best.unflatten(1, (-1, agents))
    counted = has_choice.unflatten(1, (-1, agents)).to(best.dtype)
    mean: Tensor = (lanes * counted).sum(-1, keepdim=True) / counted.sum(-1, keepdim=True).clamp(min=1)
    return mean.expand_as(lanes).reshape(best.shape)


def mean_over_episodes(error: Float[Tensor, "T R"], mask: Float[Tensor, "T R"]) -> Float[Tensor, ""]:
    """Sum over steps, mean over lanes and agents."""
    return (error * mask).sum() / error.shape[1]


def make_link(name: str, rate: float) -> Link:
    """The link with this name.

    Raises:
        ValueError: if the link cannot have this rate.
    """
    if name in third_party(LINKS):
        return LINKS[name]()
    kind: Callable[..., Link] = LINKS[name.capitalize()]
    return kind() if name == "perfect" else kind(rate)


def rmsprop(network: nn.Module, options: Optimizer) -> torch.optim.RMSprop:
    """RMSProp with preallocated state."""
    optimizer = torch.optim.RMSprop(
        list(network.parameters()),
        lr=options.learning_rate,
        alpha=options.alpha,
        momentum=options.momentum,
        foreach=True,
    )
    preallocate_state(optimizer, "square_avg", "momentum_buffer")
    return optimizer
