"""Sender and receiver: a signaling game (Lewis 1969) in which a sender describes an object to a receiver.

The receiver minimizes its cross-entropy. The sender learns from the gradient of this loss (Gumbel-softmax, Jang et al.
2017), or from a score function (REINFORCE, Williams 1992) with the mean loss of the other samples as baseline and with
an entropy bonus.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias, get_args

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from ...agents import Agent, SeparateAgents, Team, receiver, sender
from ...agents.architectures.sender_receiver import Architecture
from ...agents.operators import extract
from ...envs.core.registry import make_core
from ...envs.referential.rules import RECEIVER, SENDER, Referential
from ...protocols import Channel, Gumbel, Sampled
from ...protocols.channels.symbols import SymbolCarrier
from ...protocols.common.checks import check_bool, check_one_of
from ...protocols.common.errors import argument, invalid
from ..rollouts.schedules import cosine
from ..rollouts.warm_start import initial_agents
from .base import Learner, adam, check_cpu, check_game, clip_by_norm
from .policy_gradient import entropy, score_loss
from .settings import Inactive, Settings, check_integer_setting, check_number_setting, check_positive_setting

Task: TypeAlias = Literal["reconstruct", "discriminate"]
Objects: TypeAlias = Literal["attributes", "digits"]
Holdout: TypeAlias = Literal["random", "compositional", "values"]
CarrierName: TypeAlias = Literal["gumbel", "sampled"]


@dataclass(frozen=True)
class SenderReceiver(Settings):
    """A sender that describes objects, and a receiver that identifies or reconstructs them.

    Attributes:
        network: Architecture of both agents: "mlp" processes all symbols in parallel, "gru" and "lstm" sequentially.
        task: Task of the receiver: "reconstruct" all attributes of the object, or "discriminate" it from other objects.
        objects: Combinations of "attributes", or pictures of "digits", which can only be discriminated.
        attributes: Number of attributes of an object.
        values: Number of values of each attribute.
        candidates: Number of objects among which the receiver chooses, including the target.
        holdout: Objects that are held out of training: "random" ones; those with unseen pairs of values
            ("compositional"); or those with unseen "values". The split of pictures is fixed.
        holdout_share: Approximate fraction of objects that are held out; with 0, evaluation uses the training objects.
        split_seed: Seed of the split. It has no effect if ``holdout`` is "values".
        carrier: Form of messages: Gumbel-softmax symbols, through which gradients pass ("gumbel"), or symbols that are
            sampled and learned by a score function ("sampled").
        vocabulary: Number of symbols (V); with 1, messages carry no information, which serves as a control.
        length: Number of symbols in a message (L).
        end: Whether symbol 0 ends a message.
        scale: Standard deviation of each symbol's logit over the batch.
        temperature: Temperature of the Gumbel-softmax.
        straight_through: Whether Gumbel-softmax symbols are one-hot in training too (straight-through estimator).
        entropy: Weight of the entropy bonus for sampled symbols.
        learning_rate: Learning rate of Adam at the first update; it is annealed to 0 along a half cosine.
        max_grad_norm: Maximum norm of the gradient; 0 disables clipping.
    """

    recipe: ClassVar[str] = "sender_receiver"
    about: ClassVar[str] = "a sender describes objects to a receiver (Gumbel-softmax or REINFORCE)"
    games: ClassVar[tuple[str, ...] | None] = ("referential_v0",)
    inactive: ClassVar[tuple[Inactive, ...]] = (
        Inactive("task", ("reconstruct",), ("candidates",)),
        Inactive("objects", ("digits",), ("attributes", "values", "holdout", "holdout_share", "split_seed")),
        Inactive("holdout_share", (0,), ("holdout", "split_seed")),
        Inactive("holdout", ("values",), ("split_seed",)),
        Inactive("carrier", ("sampled",), ("temperature", "straight_through")),
        Inactive("carrier", ("gumbel",), ("entropy",)),
    )

    updates: int = 1000
    batch: int = 512
    width: int = 512
    shared: bool = False
    network: Architecture = "mlp"
    task: Task = "reconstruct"
    objects: Objects = "attributes"
    attributes: int = 2
    values: int = 10
    candidates: int = 5
    holdout: Holdout = "random"
    holdout_share: float = 0.1
    split_seed: int = 0
    carrier: CarrierName = "gumbel"
    vocabulary: int = 10
    length: int = 2
    end: bool = False
    scale: float = 3.0
    temperature: float = 1.0
    straight_through: bool = False
    entropy: float = 0.1
    learning_rate: float = 1e-2
    max_grad_norm: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_one_of("network", self.network, get_args(Architecture))
        check_one_of("task", self.task, get_args(Task))
        check_one_of("objects", self.objects, get_args(Objects))
        check_one_of("holdout", self.holdout, get_args(Holdout))
        check_one_of("carrier", self.carrier, get_args(CarrierName))
        if self.objects == "digits" and self.task == "reconstruct":
            received = f"{argument('objects', 'digits')} with {argument('task', 'reconstruct')}"
            remedy = f"Pass {argument('task', 'discriminate')}."
            raise invalid("Pictures cannot be reconstructed, only discriminated", received, remedy)
        for name in ("attributes", "vocabulary", "length"):
            check_integer_setting(name, getattr(self, name), 1)
        for name in ("values", "candidates"):
            check_integer_setting(name, getattr(self, name), 2)
        check_integer_setting("split_seed", self.split_seed, 0)
        check_number_setting("holdout_share", self.holdout_share, 0.0, 1.0)
        for name in ("entropy", "learning_rate", "max_grad_norm"):
            check_number_setting(name, getattr(self, name), 0.0)
        for name in ("scale", "temperature"):
            check_positive_setting(name, getattr(self, name))
        for name in ("end", "straight_through"):
            check_bool(name, getattr(self, name))

    @property
    def depth(self) -> int:
        return 0 if self.network == "mlp" else 2

    def options(self) -> dict[str, Any]:
        return self._options("held_out")

    def training_options(self) -> dict[str, Any]:
        return self._options("train")

    def _options(self, split: str) -> dict[str, Any]:
        split = split if self.holdout_share or self.objects == "digits" else "all"
        found: dict[str, Any] = {"task": self.task, "objects": self.objects, "split": split}
        if self.objects == "attributes":
            kept = ("attributes", "values", "holdout", "holdout_share", "split_seed")
            found |= {name: getattr(self, name) for name in kept}
        return found | ({"candidates": self.candidates} if self.task == "discriminate" else {})


MESSAGE_ENCODER = "message_encoder"
"""The module of the receiver whose only input is the message."""


class SenderReceiverLearner(Learner[SenderReceiver]):
    """A sender, a receiver, and Adam, with one forward pass of the sender per distinct object of a batch."""

    def __init__(self, settings: SenderReceiver, start: Team | None = None) -> None:
        check_game(settings)
        check_cpu(settings)
        if settings.shared:
            remedy = f"Pass {argument('shared', False)}."
            raise invalid("Sender and receiver cannot share parameters", argument("shared", True), remedy)
        self.settings = settings
        core = make_core(settings.game, settings.agents, settings.batch, settings.seed, **settings.training_options())
        assert isinstance(core, Referential)
        make_core(settings.game, **settings.options())  # raises if the held-out split is empty
        self.game = core
        self.cut = start.channel.cut if start else ()
        channel = self.channel(1.0)
        carrier, (size,) = channel.carrier, core.observation_space.shape or ()
        assert isinstance(carrier, SymbolCarrier)
        questions, candidates = (0, core.candidates) if core.discriminates else (core.horizon - 1, 0)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            sizes = size, core.actions, carrier, settings.width, settings.network
            fresh = [Agent(sender(*sizes, settings.scale)), Agent(receiver(*sizes, questions, candidates))]
        self.agents = initial_agents(start, fresh, channel)
        self.pair = SeparateAgents(self.agents)
        self.message_encoder, self.answerer = split_receiver(self.agents[RECEIVER])
        optimizer = adam(self.pair.parameters(), settings.learning_rate)
        super().__init__(settings, core, {"pair": self.pair}, {"pair": optimizer})

    def channel(self, progress: float) -> Channel:
        """The channel between sender and receiver."""
        settings = self.settings
        sizes = {"vocabulary": settings.vocabulary, "length": settings.length, "end": settings.end}
        if settings.carrier == "sampled":
            return Channel(Sampled(**sizes), credit="blocked", cut=self.cut)  # type: ignore[arg-type]
        soft = {"temperature": settings.temperature, "straight_through": settings.straight_through}
        return Channel(Gumbel(**sizes, **soft), cut=self.cut)  # type: ignore[arg-type]

    def update(self) -> float:
        settings, core = self.settings, self.game
        rng = np.random.default_rng([settings.seed, self.updates])
        self.pair.train()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**63)))
            losses, log_probability, uncertainty = self.play(rng)
        loss = losses.mean()
        if settings.carrier == "sampled":
            loss = loss + score_loss(losses, log_probability) - settings.entropy * uncertainty.mean()
        rate = cosine(settings.learning_rate, 0.0, self.updates / settings.updates)
        value = self.step(loss, rate, clip_by_norm(settings.max_grad_norm), "pair")
        self.count(core.lanes * core.horizon)
        return value

    def play(self, rng: np.random.Generator) -> tuple[Float[Tensor, "B"], Float[Tensor, "B"], Float[Tensor, "B"]]:
        """Play the next episode of each lane: the sender describes the object, and the receiver answers all questions.

        Returns:
            The receiver's cross-entropy per lane, summed over attributes; the log-probability of the message; and the
            entropy of its distribution, in nats.
        """
        core, channel = self.game, self.channel(1.0)
        carrier = channel.carrier
        step = core.reset()
        first, lane = distinct_objects(core.sender_view)
        logits = self.agents[SENDER](torch.from_numpy(step.observation[first, SENDER]), None)[0]["emit"]
        log_probabilities = logits.log_softmax(-1)
        emit, uncertainty = logits[lane], entropy(log_probabilities).sum(-1)[lane]
        noise = carrier.noise((core.lanes,), rng)
        sent = channel.send(emit, None if noise is None else torch.from_numpy(noise))
        hears = not self.settings.silent and (SENDER, RECEIVER) not in self.cut
        message = carrier.decode(sent)[:, None]
        encoded = self.message_encoder(message if hears else torch.zeros_like(message), None)[0]
        ((features,),) = (encoded.values(),)
        losses = torch.zeros(core.lanes)
        action = np.zeros((core.lanes, core.agents), dtype=np.int64)
        for _ in range(core.horizon - 1):
            step = core.step(action)
            question, legal = (torch.from_numpy(x[:, RECEIVER]) for x in (step.observation, step.legal))
            correct = core.correct_action
            known = {"observation": question, f"{MESSAGE_ENCODER}_out": features}
            outputs, _ = self.answerer(*(known[name] for name in self.answerer.graph.inputs), None)
            answers = outputs["action_head_out"].masked_fill(~legal, -torch.inf)
            losses = losses + nn.functional.cross_entropy(answers, torch.from_numpy(correct), reduction="none")
            action[:, RECEIVER] = correct
        if isinstance(carrier, Sampled):
            return losses, message_log_probability(log_probabilities, lane, sent), uncertainty
        return losses, losses.new_zeros(len(losses)), uncertainty

    def team(self) -> Team:
        return Team([agent.eval() for agent in self.pair.agents()], self.channel(1.0))


def distinct_objects(look: Int64[np.ndarray, "B"]) -> tuple[Int64[np.ndarray, "K"], Int64[np.ndarray, "B"]]:
    """One lane for each distinct object, and for each lane the index of its object among these.

    If there is only one distinct object, its lanes are not merged, because batch normalization needs several rows.
    """
    _, first, lane = np.unique(look, return_index=True, return_inverse=True)
    every = np.arange(len(look))
    return (first, lane) if len(first) > 1 else (every, every)


def message_log_probability(
    log_probabilities: Float[Tensor, "K length V"], lane: Int64[np.ndarray, "B"], sent: Float[Tensor, "B length V"]
) -> Float[Tensor, "B"]:
    """``Sampled.log_probability`` of each lane, from one distribution per object, without a copy for each lane."""
    symbol = sent.argmax(-1)
    one_hot = sent.gather(-1, symbol[..., None]).squeeze(-1)
    each = log_probabilities[torch.from_numpy(lane)[:, None], torch.arange(sent.shape[1]), symbol]
    return (each * one_hot).sum(-1)


def split_receiver(agent: Agent) -> tuple[Agent, Agent]:
    """The receiver's message encoder, and the rest of the receiver, over the same parameters.

    A message is encoded once per episode, and the encoding is used for all questions.

    Raises:
        ValueError: if the agent has no such module, or the module has inputs other than the message.
    """
    graph, name = agent.graph, MESSAGE_ENCODER
    sources = {wire.source for wire in graph.wires if wire.receiver == name}
    if name not in graph.modules or sources != {"input.heard"}:
        received = f"modules {', '.join(graph.modules)}; inputs of {name}: {', '.join(sorted(sources)) or 'none'}"
        rule = f"A receiver must have a module {name} whose only input is the message"
        raise invalid(rule, received, "Add such a module.")
    rest = [module for module in graph.modules if module != name]
    return Agent(extract(graph, [name]).after), Agent(extract(graph, rest).after)
