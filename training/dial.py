"""DIAL: differentiable inter-agent learning (Foerster et al. 2016, section 5.2).

A bit is a logit that passes the discretize/regularize unit, and the receivers' TD errors send a gradient back.
Run it by itself: ``python -m interlect.training.dial switch_riddle_v0 --agents 3``.
"""

from ..protocols import DRU, Channel
from .losses import dial_loss
from .recipes import Recipe, linear
from .settings import Settings


def channel(settings: Settings, progress: float) -> Channel:
    """One bit, soft and noisy in training; the gradient comes back through it."""
    sigma = linear(settings.sigma, settings.final_sigma, progress)
    return Channel(DRU(bits=1, sigma=sigma), credit="through")


DIAL = Recipe(
    name="dial",
    about="bits whose gradient comes back through the channel (Foerster et al. 2016)",
    channel=channel,
    loss=dial_loss,
    explore_messages=False,
    own_message=False,
)

if __name__ == "__main__":
    from .cli import train_recipe

    train_recipe("dial")
