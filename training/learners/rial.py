"""RIAL: reinforced inter-agent learning (Foerster et al. 2016, arXiv:1605.06676, section 5.1).

A message is a second action, with its own Q-values, its own exploration and the same reward. No gradient passes
through the channel. Everything else is as in DIAL (``dial.py``).
"""

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ...protocols import Channel, Symbols
from ..rollouts.recurrent import Episode
from .dial import QLearner, QSettings, dial_loss, make_link, mean_over_episodes


@dataclass(frozen=True)
class Rial(QSettings):
    """RIAL, in which a message is a second action, chosen epsilon-greedily and independently, with the same epsilon."""

    recipe: ClassVar[str] = "rial"
    about: ClassVar[str] = "messages are actions with their own Q-values (Foerster et al. 2016)"


class RialLearner(QLearner[Rial]):
    """RIAL, which learns both actions and messages from TD errors."""

    explore_messages = True
    own_message = True

    def channel(self, progress: float) -> Channel:
        settings = self.settings
        symbols = Symbols(settings.vocabulary, settings.length)
        return Channel(symbols, make_link(settings.link, settings.rate), "blocked", self.cut)

    def objective(self, episode: Episode, targets: Float[Tensor, "T R"]) -> Float[Tensor, ""]:
        return rial_loss(episode, targets)


def rial_loss(episode: Episode, targets: Float[Tensor, "T R"]) -> Float[Tensor, ""]:
    """The loss of DIAL, plus the squared TD error of each symbol of the delivered messages, with the same targets."""
    value = (episode.emit * episode.sent).sum(-1)
    error = ((value - targets.unsqueeze(-1)) ** 2).sum(-1)
    return dial_loss(episode, targets) + mean_over_episodes(error, episode.live * episode.delivered)
