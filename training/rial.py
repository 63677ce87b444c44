"""RIAL: reinforced inter-agent learning (Foerster et al. 2016, section 5.1).

A message is a second action: its own Q-values, its own exploration, the same reward. No gradient passes the channel.
Run it by itself: ``python -m interlect.training.rial switch_riddle_v0 --agents 3``.
"""

from ..protocols import Channel, Symbols
from .losses import rial_loss
from .recipes import Recipe
from .settings import Settings


def channel(settings: Settings, progress: float) -> Channel:
    """One symbol, as a one-hot vector; no gradient comes back."""
    return Channel(Symbols(settings.vocabulary), credit="blocked")


RIAL = Recipe(
    name="rial",
    about="messages are a second action, learned by Q-values of their own (Foerster et al. 2016)",
    channel=channel,
    loss=rial_loss,
    explore_messages=True,
    own_message=True,
)

if __name__ == "__main__":
    from .cli import train_recipe

    train_recipe("rial")
