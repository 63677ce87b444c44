"""The supervised preset beside learning from reward: whoever acts is told what would have been right."""

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float, Int
from torch import Tensor

from ..rollouts.memoryless import Choices
from .losses import name_losses
from .relay_settings import RelaySettings


@dataclass(frozen=True)
class Supervised(RelaySettings):
    """Symbols whose gradient comes back, learned from the right answers (cross-entropy)."""

    recipe: ClassVar[str] = "supervised"
    about: ClassVar[str] = "symbols whose gradient comes back, learned from the right answers"

    def explores(self, progress: float) -> float:
        return 0.0

    def losses(self, choices: Choices, right: Int[Tensor, "M"]) -> Float[Tensor, "M"]:
        return name_losses(choices, right)
