"""The settings of agents without memory that hand symbols on, whose gradient comes back: for the relay."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, get_args

import numpy as np
from jaxtyping import Float, Int, Integer
from torch import Tensor

from ...agents import Graph, Team, decouple
from ...protocols import DRU, Channel, Continuous, Gumbel, Quantized, Sampled
from ...protocols.channels.carriers import Carrier
from ...protocols.channels.channel import Credit
from ...protocols.common.checks import one_of
from ...protocols.common.errors import bad, unknown
from .base import Learner, linear
from .losses import score_loss
from .settings import Inactive, Settings, check_number, check_positive, check_whole

if TYPE_CHECKING:
    from ..rollouts.memoryless import Choices

Task: TypeAlias = Literal["count", "spell"]
Chains: TypeAlias = Literal["private", "public", "most"]
Voice: TypeAlias = Literal["rows", "batch"]
CarrierName: TypeAlias = Literal["gumbel", "bits", "quantized", "sampled", "numbers"]


@dataclass(frozen=True)
class RelaySettings(Settings):
    """Agents that see a picture, hear a symbol and hand one on.

    Attributes:
        task: what the last one names: how many digits are odd, or the last three parities as a number.
        chains: "private", one chain for good; "public", order, partners and length drawn anew each episode; or "most",
            public ones without a quarter of them, which is held out for evaluation.
        longest: the most places that a chain may have, which fixes the answers of "count"; agents + 1 if None. A team
            that lost an agent, or got one, plays on with that of before.
        carrier: symbols by "gumbel"-softmax; as many messages in "bits" (DRU); symbols "quantized" by a codebook that
            is learned; symbols "sampled", learned by a score function, with "blocked" credit; or "numbers" in [-1, 1].
        vocabulary: symbols to choose from.
        length: symbols, or numbers, in a message.
        sigma: noise on bits, in training.
        temperature: of the Gumbel-softmax, at the first update.
        final_temperature: the same at the last update, reached linearly.
        straight_through: send one-hot symbols by Gumbel-softmax in training too.
        scale: standard deviation of a message's logits; 1 where a codebook follows.
        voice: how they get it: in each row by itself ("rows"), or each symbol over the batch ("batch"). See
            docs/results/relay.md: a fixed chain is learned with "batch", changing ones with "rows".
        credit: "through" the channel; "synthetic", predicted by the speaker from what it thinks and says, by a network
            with two hidden layers; or "blocked", so that nobody learns to speak unless by a score function.
        noise: on pictures, in training.
        dropout: in the eye, in training.
        learning_rate: of Adam at the first update; it ends at zero, along a half cosine.
        max_grad_norm: largest norm of the gradient.
    """

    games: ClassVar[tuple[str, ...]] = ("relay_v0",)
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

    updates: int = 4000
    batch: int = 256
    shared: bool = False
    width: int = 64
    evaluate_every: int = 500
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
    voice: Voice = "rows"
    credit: Credit = "through"
    noise: float = 0.1
    dropout: float = 0.2
    learning_rate: float = 2e-3
    max_grad_norm: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("vocabulary", "length"):
            check_whole(name, getattr(self, name), 1)
        if self.longest is not None:
            check_whole("longest", self.longest, 2)
        for name in ("noise", "sigma", "learning_rate", "max_grad_norm"):
            check_number(name, getattr(self, name), 0.0)
        for name in ("scale", "temperature", "final_temperature"):
            check_positive(name, getattr(self, name))
        check_number("dropout", self.dropout, 0.0, 1.0)
        if self.task not in get_args(Task):
            raise unknown("task", self.task, get_args(Task))
        if self.chains not in get_args(Chains):
            raise unknown("set of chains", self.chains, get_args(Chains))
        if self.voice not in get_args(Voice):
            raise unknown("voice", self.voice, get_args(Voice))
        one_of("carrier", self.carrier, get_args(CarrierName))
        one_of("kind of credit", self.credit, get_args(Credit))
        if self.carrier == "sampled" and self.credit != "blocked":
            rule = "No gradient comes back through symbols that are drawn"
            received = f"--carrier sampled with --credit {self.credit}"
            raise bad(rule, received, "Give --credit blocked, or another carrier.")
        self.channel(0.0)  # what the carrier or its credit cannot be is refused here

    @abstractmethod
    def explores(self, progress: float) -> float:
        """The share of actions drawn at random, after this share of the updates."""

    @abstractmethod
    def losses(self, choices: "Choices", right: Int[Tensor, "M"]) -> Float[Tensor, "M"]:
        """Of each choice made, where ``right`` would have been the right ones."""

    def loss(self, choices: "Choices", right: Int[Tensor, "M"]) -> Float[Tensor, ""]:
        """Their mean; symbols that were drawn learn by the score function of the same losses."""
        losses = self.losses(choices, right)
        return losses.mean() + score_loss(losses, choices.log_prob[choices.lane])

    def channel(self, progress: float) -> Channel:
        """What agents talk over, after this share of the updates."""
        return Channel(self._carrier(progress), credit=self.credit)

    def speaker(self, graph: Graph) -> Graph:
        """The agent's graph with what credit needs at its mouth."""
        if self.credit != "synthetic":
            return graph
        (on,) = (wire for wire in graph.wires if wire.target == "output.emit")
        widths = self.width, self.width
        return decouple(graph, "credit", on, "think.out", widths=widths).after

    def options(self) -> dict[str, Any]:
        return self._options("held_out", evaluated=True)

    def training_options(self) -> dict[str, Any]:
        return self._options("train", evaluated=False)

    def learner(self, start: Team | None = None) -> Learner[Any]:
        from .relay_learner import RelayLearner

        return RelayLearner(self, start)

    def _carrier(self, progress: float) -> Carrier:
        if self.carrier == "bits":
            return DRU(self._bits, self.sigma)
        if self.carrier == "numbers":
            return Continuous(self.length)
        if self.carrier == "gumbel":
            temperature = linear(self.temperature, self.final_temperature, progress)
            return Gumbel(self.vocabulary, self.length, temperature, self.straight_through)
        return (Quantized if self.carrier == "quantized" else Sampled)(self.vocabulary, self.length)

    @property
    def _bits(self) -> int:
        each = self.vocabulary.bit_length() - 1
        if 2**each != self.vocabulary or not each:
            rule = "Over bits the vocabulary is a power of two, 2 at least"
            raise bad(rule, self.vocabulary, "Give --vocabulary 16, or another carrier.")
        return each * self.length

    def _options(self, pictures: str, evaluated: bool) -> dict[str, Any]:
        return {"task": self.task, "pictures": pictures, "chains": self._chains(evaluated), "longest": self.longest}

    def _chains(self, evaluated: bool) -> str | Integer[np.ndarray, "C L"]:
        if self.chains != "most":
            return self.chains
        from ...envs.relay import public

        mixed = np.random.default_rng(0).permutation(public(self.agents, self.longest))
        held_out = len(mixed) // 4
        return mixed[:held_out] if evaluated else mixed[held_out:]
