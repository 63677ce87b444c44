"""Value regression: memoryless agents pass on messages along a chain, and learn from the team's reward alone.

The acting agent fits the value of its action to the return, with the loss of DIAL (Foerster et al. 2016). The gradient
of the squared error flows back through all messages along the chain. ``supervised.py`` learns the same task from the
correct answers.
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeAlias, TypeVar, get_args

import numpy as np
import torch
from jaxtyping import Float, Int, Integer
from torch import Tensor

from ...agents import Agent, Graph, SeparateAgents, SyntheticGradient, Team, relay_agent
from ...envs.core.registry import make_core
from ...envs.pictures.images import PIXELS
from ...envs.relay import public_chains
from ...envs.relay.rules import Relay
from ...protocols import DRU, Channel, Continuous, Gumbel, Quantized, Sampled
from ...protocols.channels.carriers import Carrier
from ...protocols.channels.channel import Credit
from ...protocols.channels.serialization import CARRIERS, third_party
from ...protocols.common.checks import check_bool, check_one_of
from ...protocols.common.errors import argument, invalid
from ..rollouts.memoryless import Choices, play_memoryless
from ..rollouts.schedules import cosine, linear
from ..rollouts.warm_start import initial_agents, with_synthetic_credit
from .base import Learner, adam, check_cpu, check_game, clip_by_norm
from .policy_gradient import score_loss
from .settings import (
    Inactive,
    NameChoices,
    Settings,
    check_integer_setting,
    check_number_setting,
    check_positive_setting,
)

Task: TypeAlias = Literal["count", "spell"]
Chains: TypeAlias = Literal["private", "public", "most"]
LogitNorm: TypeAlias = Literal["layer", "batch"]
CARRIER_NAMES = ("gumbel", "bits", "quantized", "sampled", "numbers")
CarrierName: TypeAlias = Annotated[str, NameChoices(lambda: (*CARRIER_NAMES, *third_party(CARRIERS)))]


@dataclass(frozen=True)
class RelaySettings(Settings):
    """Settings of memoryless agents that observe a picture, receive a message and send a message.

    Attributes:
        task: The answer that the last agent has to give: the number of odd digits ("count"), or the last three parities
            as a binary number ("spell").
        chains: Chains of agents: one fixed chain ("private"); chains whose order, members and length are drawn in each
            episode ("public"); or public chains, of which a quarter is held out for evaluation ("most").
        longest: Length of the longest possible chain, which determines the possible answers of "count"; agents + 1 if
            None. For a team that has lost or gained an agent, pass the value that it was trained with.
        carrier: Form of messages: Gumbel-softmax symbols ("gumbel"); bits (DRU) that encode the same number of messages
            ("bits"); symbols of a learned codebook ("quantized"); symbols that are sampled and learned by a score
            function, with "blocked" credit ("sampled"); or numbers in [-1, 1] ("numbers"). Alternatively, the name of a
            registered carrier, which is used with its defaults.
        vocabulary: Number of symbols (V).
        length: Number of symbols or numbers in a message (L).
        sigma: Standard deviation of the noise on bits in training.
        temperature: Temperature of the Gumbel-softmax at the first update.
        final_temperature: Temperature of the Gumbel-softmax at the last update, reached linearly.
        straight_through: Whether Gumbel-softmax symbols are one-hot in training too (straight-through estimator).
        scale: Standard deviation of the logits of a message; with a codebook it is always 1.
        logit_norm: Normalization of the logits: per row ("layer"), or per symbol over the batch ("batch"). Use "batch"
            for a fixed chain, and "layer" for chains that change: see docs/results/relay.md.
        credit: How gradients reach the sender: through the channel ("through"); as the output of a network with two
            hidden layers that predicts them from the sender's features and message ("synthetic"); or not at all, so
            that messages can only be trained by a score function ("blocked").
        noise: Standard deviation of the noise on pictures in training.
        dropout: Dropout probability in the picture encoder in training.
        learning_rate: Learning rate of Adam at the first update; it is annealed to 0 along a half cosine.
        max_grad_norm: Maximum norm of the gradient; 0 disables clipping.
    """

    games: ClassVar[tuple[str, ...] | None] = ("relay_v0",)
    inactive: ClassVar[tuple[Inactive, ...]] = (
        Inactive("carrier", ("numbers",), ("vocabulary",)),
        Inactive("carrier", ("gumbel", "quantized", "sampled", "numbers"), ("sigma",)),
        Inactive(
            "carrier",
            ("bits", "quantized", "sampled", "numbers"),
            ("temperature", "final_temperature", "straight_through"),
        ),
        Inactive("carrier", ("quantized",), ("scale",)),
    )
    structure: ClassVar[tuple[str, ...]] = ("width", "scale", "noise", "dropout", "logit_norm")

    updates: int = 4000
    batch: int = 256
    shared: bool = False
    width: int = 64
    checkpoint_every: int = 1000
    task: Task = "count"
    chains: Chains = "public"
    longest: int | None = None
    carrier: CarrierName = "gumbel"
    vocabulary: int = 16
    length: int = 1
    sigma: float = 2.0
    temperature: float = 2.0
    final_temperature: float = 0.5
    straight_through: bool = False
    scale: float = 4.0
    logit_norm: LogitNorm = "layer"
    credit: Credit = "through"
    noise: float = 0.1
    dropout: float = 0.2
    learning_rate: float = 2e-3
    max_grad_norm: float = 1.0

    @property
    def message_symbols(self) -> int:
        return _bits(self) if self.carrier == "bits" else self.length

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("vocabulary", "length"):
            check_integer_setting(name, getattr(self, name), 1)
        if self.longest is not None:
            check_integer_setting("longest", self.longest, 2)
        for name in ("noise", "sigma", "learning_rate", "max_grad_norm"):
            check_number_setting(name, getattr(self, name), 0.0)
        for name in ("scale", "temperature", "final_temperature"):
            check_positive_setting(name, getattr(self, name))
        check_number_setting("dropout", self.dropout, 0.0, 1.0)
        check_bool("straight_through", self.straight_through)
        check_one_of("task", self.task, get_args(Task))
        check_one_of("chains", self.chains, get_args(Chains))
        check_one_of("logit_norm", self.logit_norm, get_args(LogitNorm))
        check_one_of("carrier", self.carrier, (*CARRIER_NAMES, *third_party(CARRIERS)))
        check_one_of("credit", self.credit, get_args(Credit))
        if self.carrier == "sampled" and self.credit != "blocked":
            rule = "Credit must be blocked for sampled symbols, through which no gradient passes"
            received = f"{argument('carrier', 'sampled')} with {argument('credit', self.credit)}"
            remedy = f"Pass {argument('credit', 'blocked')}, or choose another {argument('carrier')}."
            raise invalid(rule, received, remedy)
        relay_channel(self, 0.0)  # raises if the carrier cannot have these settings or this credit

    def options(self) -> dict[str, Any]:
        return self._options("held_out", evaluated=True)

    def training_options(self) -> dict[str, Any]:
        return self._options("train", evaluated=False)

    def _options(self, pictures: str, evaluated: bool) -> dict[str, Any]:
        return {"task": self.task, "pictures": pictures, "chains": self._chains(evaluated), "longest": self.longest}

    def _chains(self, evaluated: bool) -> str | Integer[np.ndarray, "C L"]:
        if self.chains != "most":
            return self.chains
        mixed = np.random.default_rng(0).permutation(public_chains(self.agents, self.longest))
        held_out = len(mixed) // 4
        return mixed[:held_out] if evaluated else mixed[held_out:]


@dataclass(frozen=True)
class ValueRegression(RelaySettings):
    """Differentiable messages, learned from the team's reward.

    Attributes:
        epsilon: Probability of a random action in training, at the first update.
        final_epsilon: Probability of a random action at the last update, reached linearly.
    """

    recipe: ClassVar[str] = "value_regression"
    about: ClassVar[str] = "differentiable messages along a chain, learned from the team's reward (DIAL's loss)"

    epsilon: float = 1.0
    final_epsilon: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("epsilon", "final_epsilon"):
            check_number_setting(name, getattr(self, name), 0.0, 1.0)


R = TypeVar("R", bound=RelaySettings)


class RelayLearner(Learner[R], Generic[R]):
    """Memoryless agents, shared or one per seat, and Adam; one backward pass covers all messages of an episode."""

    def __init__(self, settings: R, start: Team | None = None) -> None:
        check_game(settings)
        check_cpu(settings)
        self.settings = settings
        core = make_core(settings.game, settings.agents, settings.batch, settings.seed, **settings.training_options())
        assert isinstance(core, Relay)
        self.relay = core
        self.cut = start.channel.cut if start else ()
        channel = self.channel(1.0)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            count = 1 if settings.shared else settings.agents
            fresh = [self._new_agent(core, channel.carrier) for _ in range(count)]
            self.agents = initial_agents(start, fresh, channel, vars(settings), self.with_credit)
        self.together = SeparateAgents(self.agents)
        for module in self.together.modules():
            if isinstance(module, SyntheticGradient):
                module.rows = (
                    settings.batch
                )  # the loss is a mean over all lanes, while a call receives only some of them
        optimizer = adam(self.together.parameters(), settings.learning_rate)
        super().__init__(settings, core, {"agents": self.together}, {"agents": optimizer})

    @abstractmethod
    def epsilon(self, progress: float) -> float:
        """Probability of a random action after this fraction of the updates."""

    @abstractmethod
    def losses(self, choices: Choices, correct: Int[Tensor, "M"]) -> Float[Tensor, "M"]:
        """The loss of each choice, given the correct actions."""

    def objective(self, choices: Choices, correct: Int[Tensor, "M"]) -> Float[Tensor, ""]:
        """The mean loss, plus the score-function loss of sampled symbols, which uses the same losses."""
        losses = self.losses(choices, correct)
        return losses.mean() + score_loss(losses, choices.log_prob[choices.lane])

    def channel(self, progress: float) -> Channel:
        """The channel after this fraction of the updates."""
        return relay_channel(self.settings, progress, self.cut)

    def with_credit(self, graph: Graph) -> Graph:
        """The agent's graph, with a predictor if credit is synthetic."""
        if self.settings.credit != "synthetic":
            return graph
        return with_synthetic_credit(graph, "hidden.out", self.settings.width)

    def update(self) -> float:
        settings = self.settings
        progress = self.updates / settings.updates
        rng = np.random.default_rng([settings.seed, self.updates])
        for agent in self.agents:
            agent.train()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**63)))
            channel, epsilon = self.channel(progress), self.epsilon(progress)
            choices = play_memoryless(self.agents, self.relay, channel, epsilon, settings.silent, rng)
        correct = torch.from_numpy(self.relay.correct_action)[choices.lane]
        loss = self.objective(choices, correct)
        rate = cosine(settings.learning_rate, 0.0, progress)
        value = self.step(loss, rate, clip_by_norm(settings.max_grad_norm), "agents")
        self.count(choices.steps)
        return value

    def team(self) -> Team:
        return Team([agent.eval() for agent in self.together.agents()], self.channel(1.0))

    def _new_agent(self, core: Relay, carrier: Carrier) -> Agent:
        settings = self.settings
        sizes = settings.width, settings.scale, settings.noise, settings.dropout, settings.logit_norm
        return Agent(self.with_credit(relay_agent(PIXELS, core.actions, carrier, *sizes)))


class ValueRegressionLearner(RelayLearner[ValueRegression]):
    """Value regression with epsilon-greedy actions and the squared error of the value of the chosen action."""

    def epsilon(self, progress: float) -> float:
        return linear(self.settings.epsilon, self.settings.final_epsilon, progress)

    def losses(self, choices: Choices, correct: Int[Tensor, "M"]) -> Float[Tensor, "M"]:
        return value_losses(choices)


def value_losses(choices: Choices) -> Float[Tensor, "M"]:
    """Squared error between the value of the chosen action and the return that followed, without a target network."""
    chosen = choices.act.gather(-1, choices.action.unsqueeze(-1)).squeeze(-1)
    return (chosen - choices.return_to_go) ** 2


def relay_channel(settings: RelaySettings, progress: float, cut: tuple[tuple[int, int], ...] = ()) -> Channel:
    """The channel after this fraction of the updates.

    Raises:
        ValueError: if the carrier cannot have these settings, or this credit.
    """
    return Channel(_carrier(settings, progress), credit=settings.credit, cut=cut)


def _carrier(settings: RelaySettings, progress: float) -> Carrier:
    if settings.carrier in third_party(CARRIERS):
        return CARRIERS[settings.carrier]()
    if settings.carrier == "bits":
        return DRU(_bits(settings), settings.sigma)
    if settings.carrier == "numbers":
        return Continuous(settings.length)
    if settings.carrier == "gumbel":
        temperature = linear(settings.temperature, settings.final_temperature, progress)
        return Gumbel(settings.vocabulary, settings.length, temperature, settings.straight_through)
    return (Quantized if settings.carrier == "quantized" else Sampled)(settings.vocabulary, settings.length)


def _bits(settings: RelaySettings) -> int:
    each = settings.vocabulary.bit_length() - 1
    if 2**each != settings.vocabulary or not each:
        rule = "With carrier bits, the vocabulary must be a power of two, at least 2"
        remedy = f"Pass {argument('vocabulary', 16)}, or choose another {argument('carrier')}."
        raise invalid(rule, settings.vocabulary, remedy)
    return each * settings.length
