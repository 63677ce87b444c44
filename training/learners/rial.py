"""RIAL: reinforced inter-agent learning (Foerster et al. 2016, section 5.1).

A message is a second action: its own Q-values, its own exploration, the same reward. No gradient passes the channel.
"""

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ...protocols import Channel, Symbols
from ..rollouts.recurrent import Episode
from .losses import rial_loss
from .q_settings import QSettings


@dataclass(frozen=True)
class Rial(QSettings):
    """RIAL: messages are a second action, drawn epsilon-greedily apart, at the same share."""

    recipe: ClassVar[str] = "rial"
    about: ClassVar[str] = "messages are a second action, learned by Q-values of their own (Foerster et al. 2016)"
    explore_messages: ClassVar[bool] = True
    own_message: ClassVar[bool] = True

    def channel(self, progress: float) -> Channel:
        return Channel(Symbols(self.vocabulary, self.length), self.way, credit="blocked")

    def loss(self, episode: Episode, targets: Float[Tensor, "T R"]) -> Float[Tensor, ""]:
        return rial_loss(episode, targets)
