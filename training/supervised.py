"""The supervised preset beside learning from reward: whoever acts is told what would have been right.

Run it by itself: ``python -m interlect.training.supervised relay_v0``.
"""

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float, Int
from torch import Tensor

from .losses import name_losses
from .relay_settings import RelaySettings
from .turns import Choices


@dataclass(frozen=True)
class Supervised(RelaySettings):
    """Symbols whose gradient comes back, learned from the right answers (cross-entropy)."""

    recipe: ClassVar[str] = "supervised"
    about: ClassVar[str] = "symbols whose gradient comes back, learned from the right answers"

    def explores(self, progress: float) -> float:
        return 0.0

    def losses(self, choices: Choices, right: Int[Tensor, "M"]) -> Float[Tensor, "M"]:
        return name_losses(choices, right)


if __name__ == "__main__":
    from .cli import train_recipe

    train_recipe("supervised")
