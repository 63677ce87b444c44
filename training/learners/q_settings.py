"""The settings of Q-learning over whole episodes, which DIAL and RIAL share; with the values of their sources."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, get_args

from jaxtyping import Float
from torch import Tensor

from ...agents import Graph, Team
from ...protocols.channels.channel import Channel
from ...protocols.channels.links import Link
from ...protocols.channels.serialization import LINKS
from ...protocols.common.checks import one_of
from ...protocols.common.errors import bad
from .any_game import AnyGame
from .base import Learner
from .settings import Inactive, check_number, check_whole

if TYPE_CHECKING:
    from ..rollouts.recurrent import Episode

Bootstrap: TypeAlias = Literal["self", "team", "return"]
LinkName: TypeAlias = Literal["perfect", "flip", "erasure", "gaussian"]


@dataclass(frozen=True)
class Optimizer:
    """RMSProp, as in both sources.

    Attributes:
        learning_rate: at the first update.
        final_learning_rate: at the last update, reached along a half cosine; equal to the first for none.
        alpha: decay of the squared gradient's mean.
        momentum: of the step.
        clip_grad_value: largest absolute value of one parameter's gradient; 0 for none.
    """

    learning_rate: float = 5e-4
    final_learning_rate: float = 0.0
    alpha: float = 0.99
    momentum: float = 0.0
    clip_grad_value: float = 10.0

    def __post_init__(self) -> None:
        for name in ("learning_rate", "final_learning_rate", "clip_grad_value"):
            check_number(name, getattr(self, name), 0.0)
        for name in ("alpha", "momentum"):
            check_number(name, getattr(self, name), 0.0, 1.0)


@dataclass(frozen=True)
class QSettings(AnyGame):
    """Q-learning over whole episodes, on-policy, with a target network (Foerster et al. 2016).

    Attributes:
        explore_messages: whether messages too are drawn epsilon-greedily.
        own_message: whether an agent embeds its own last message.
        vocabulary: symbols to choose from, where messages are symbols.
        length: symbols in a message, or bits, or numbers.
        layers: of the GRU.
        gamma: discount.
        bootstrap: whose value a target builds on: the agent's own ("self"), or the mean over teammates with a choice
            ("team"); or nobody's: the target is the "return" itself.
        epsilon: share of actions drawn at random in training.
        final_epsilon: epsilon at the last update, reached linearly.
        target_interval: updates between copies into the target network.
        link: what happens to messages on the way, in training and after.
        rate: of the link: the probability of a flip or an erasure, or Gaussian noise's standard deviation.
        optimizer: of the parameters.
    """

    explore_messages: ClassVar[bool]
    own_message: ClassVar[bool]
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
            check_whole(name, getattr(self, name), 1)
        for name in ("epsilon", "final_epsilon", "gamma"):
            check_number(name, getattr(self, name), 0.0, 1.0)
        one_of("bootstrap", self.bootstrap, get_args(Bootstrap))
        one_of("link", self.link, get_args(LinkName))
        check_number("rate", self.rate, 0.0)
        self.way  # noqa: B018 - a rate that the link cannot have is refused here
        if not isinstance(self.optimizer, Optimizer):
            raise bad("optimizer is an Optimizer", self.optimizer, "Give Optimizer(learning_rate=...).")

    @property
    def way(self) -> Link:
        """The link itself."""
        kind: Callable[..., Link] = LINKS[self.link.capitalize()]
        return kind() if self.link == "perfect" else kind(self.rate)

    @property
    def gradient_delay(self) -> int:
        """How many updates after a message its true gradient arrives, where credit is synthetic."""
        return 0

    @abstractmethod
    def channel(self, progress: float) -> Channel:
        """What agents talk over, after this share of the updates."""

    @abstractmethod
    def loss(self, episode: "Episode", targets: Float[Tensor, "T R"]) -> Float[Tensor, ""]:
        """Of an episode and its TD targets."""

    def speaker(self, graph: Graph) -> Graph:
        """The agent's graph with what the recipe needs at its mouth."""
        return graph

    def learner(self, start: Team | None = None) -> Learner[Any]:
        from .q_learner import QLearner

        return QLearner(self, start)
