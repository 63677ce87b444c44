"""DIAL: differentiable inter-agent learning (Foerster et al. 2016, section 5.2).

A bit is a logit that passes the discretize/regularize unit, and the receivers' TD errors send a gradient back. Other
carriers that a gradient passes may stand in its place.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias, get_args

from jaxtyping import Float
from torch import Tensor

from ...agents import Graph, decouple
from ...protocols import DRU, Channel, Continuous, Gumbel, Quantized
from ...protocols.channels.carriers import Carrier
from ...protocols.channels.channel import Credit
from ...protocols.common.checks import one_of
from ...protocols.common.errors import bad
from ..rollouts.recurrent import Episode
from .base import linear
from .losses import dial_loss
from .positive_signaling import bit_chances, positive_signaling
from .q_settings import QSettings
from .settings import Inactive, check_number, check_whole

CarrierName: TypeAlias = Literal["bit", "gumbel", "quantized", "number"]


@dataclass(frozen=True)
class Dial(QSettings):
    """DIAL: bits whose gradient comes back through the channel.

    Attributes:
        carrier: a "bit" (DRU), as in the paper; a symbol, by "gumbel"-softmax (straight-through), or "quantized" by a
            codebook that is learned; or a "number" in [-1, 1]. A message has ``length`` of them.
        sigma: noise of the discretize/regularize unit, at the first update; it changes towards ``final_sigma``.
        final_sigma: the same at the last update, reached linearly. Its default stays where ``sigma`` alone is given: to
            keep the noise as it is, give both the same value.
        positive_signaling_weight: weight of ``positive_signaling``, a bias for messages that say something; the paper
            has none.
        target_entropy: the entropy of a message that this bias aims at, in nats.
        credit: "through" the channel, as in the paper; "synthetic", predicted by the sender from what it recalls and
            says, by a network with two hidden layers; or "blocked", so that nobody is taught to speak.
        gradient_prob: the chance that the true gradient of a message arrives, for a predictor to learn from.
        gradient_delay: how many updates after the message it arrives; the sender does not wait.
    """

    recipe: ClassVar[str] = "dial"
    about: ClassVar[str] = "bits whose gradient comes back through the channel (Foerster et al. 2016)"
    explore_messages: ClassVar[bool] = False
    own_message: ClassVar[bool] = False
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
            check_number(name, getattr(self, name), 0.0)
        one_of("carrier", self.carrier, get_args(CarrierName))
        one_of("kind of credit", self.credit, get_args(Credit))
        if self.positive_signaling_weight and self.carrier not in ("bit", "gumbel"):
            rule = "What is said can be used more or less often where it is a bit, or a symbol with a chance"
            received = f"--positive-signaling-weight {self.positive_signaling_weight} with --carrier {self.carrier}"
            raise bad(rule, received, "Give --carrier bit or gumbel, or leave out --positive-signaling-weight.")
        check_number("gradient_prob", self.gradient_prob, 0.0, 1.0)
        check_whole("gradient_delay", self.gradient_delay, 0)
        if self.credit == "synthetic" and (self.gradient_delay >= self.updates or not self.gradient_prob):
            received = (
                f"--gradient-delay {self.gradient_delay} --gradient-prob {self.gradient_prob} --updates {self.updates}"
            )
            remedy = "Give more --updates than --gradient-delay, and --gradient-prob above 0."
            raise bad("A prediction learns from true gradients, so some arrive in the run", received, remedy)

    def channel(self, progress: float) -> Channel:
        carriers: dict[CarrierName, Carrier] = {
            "bit": DRU(self.length, linear(self.sigma, self.final_sigma, progress)),
            "gumbel": Gumbel(self.vocabulary, self.length),
            "quantized": Quantized(self.vocabulary, self.length),
            "number": Continuous(self.length),
        }
        return Channel(carriers[self.carrier], self.way, self.credit)

    def speaker(self, graph: Graph) -> Graph:
        if self.credit != "synthetic":
            return graph
        (on,) = (wire for wire in graph.wires if wire.target == "output.emit")
        widths = self.width, self.width
        return decouple(graph, "credit", on, "recall.out", widths=widths, gradient_prob=self.gradient_prob).after

    def loss(self, episode: Episode, targets: Float[Tensor, "T R"]) -> Float[Tensor, ""]:
        loss = dial_loss(episode, targets)
        if not self.positive_signaling_weight:
            return loss
        chances = bit_chances(episode.emit) if self.carrier == "bit" else episode.emit.softmax(-1)
        lanes = -1, self.agents
        said = chances.unflatten(1, lanes), episode.delivered.unflatten(1, lanes)
        return loss + self.positive_signaling_weight * positive_signaling(*said, self.target_entropy)
