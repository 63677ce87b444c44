"""PPO with messages as factored actions (Schulman et al. 2017; IPPO, de Witt et al. 2020; MAPPO, Yu et al. 2022).

What is done and each symbol that is said are drawn from distributions of their own, and their probabilities multiply.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias, get_args

from ...agents import Team
from ...protocols import Channel, Sampled
from ...protocols.common.checks import one_of
from .any_game import AnyGame
from .base import Learner
from .settings import check_number, check_whole

Critic: TypeAlias = Literal["local", "central"]


@dataclass(frozen=True)
class PPO(AnyGame):
    """Proximal policy optimization over whole episodes; agents recall, unless they have no layers to do it.

    Attributes:
        vocabulary: V, symbols to choose from.
        length: L, symbols a message.
        critic: "local", a head of the agent itself, which knows what the agent knows (IPPO); or "central", a network of
            its own that sees the game's whole state and all that is heard, in training only (MAPPO).
        layers: of the GRU; 0 for agents that recall nothing, not even what they did and said last.
        reward_scale: what rewards are multiplied by before anything is learned from them; results are not.
        gamma: discount.
        gae_lambda: lambda of generalized advantage estimation (Schulman et al. 2016).
        epochs: how often an update goes through its episodes.
        minibatches: into how many parts, each an optimizer step, the episodes are split in an epoch; one an episode at
            most.
        clip_range: how far an epoch may move a probability from that of the first, as a share.
        entropy: weight of the bonus for undecided actions and messages, at the first update.
        final_entropy: the same at the last update, reached linearly.
        value_weight: weight of the critic's squared error.
        learning_rate: of Adam at the first update; it ends at zero, along a half cosine.
        max_grad_norm: largest norm of the gradient; 0 for any.
    """

    recipe: ClassVar[str] = "ppo"
    about: ClassVar[str] = "policy gradients, symbols drawn as actions are (PPO, with a local or a central critic)"

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
        check_whole("layers", self.layers, 0)
        for name in ("vocabulary", "length", "epochs", "minibatches"):
            check_whole(name, getattr(self, name), 1)
        for name in ("gamma", "gae_lambda", "clip_range"):
            check_number(name, getattr(self, name), 0.0, 1.0)
        for name in ("reward_scale", "entropy", "final_entropy", "value_weight", "learning_rate", "max_grad_norm"):
            check_number(name, getattr(self, name), 0.0)
        one_of("critic", self.critic, get_args(Critic))

    def channel(self, progress: float) -> Channel:
        """What agents talk over: drawn in training, the likeliest in evaluation."""
        return Channel(Sampled(self.vocabulary, self.length), credit="blocked")

    def learner(self, start: Team | None = None) -> Learner[Any]:
        from .ppo_learner import PPOLearner

        return PPOLearner(self, start)
