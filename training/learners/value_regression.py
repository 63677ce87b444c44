"""Learning from reward alone: whoever acts regresses the value of its action, as in DIAL, and all before it get credit.

The squared error of the last agent's value goes back through every hand that the message went through.
"""

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float, Int
from torch import Tensor

from ..rollouts.memoryless import Choices
from .base import linear
from .losses import value_losses
from .relay_settings import RelaySettings
from .settings import check_number


@dataclass(frozen=True)
class ValueRegression(RelaySettings):
    """Symbols whose gradient comes back, learned from reward alone.

    Attributes:
        epsilon: share of actions drawn at random, at the first update.
        final_epsilon: the same at the last update, reached linearly.
    """

    recipe: ClassVar[str] = "value_regression"
    about: ClassVar[str] = "symbols whose gradient comes back, learned from the team's reward (DIAL's loss)"

    epsilon: float = 1.0
    final_epsilon: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("epsilon", "final_epsilon"):
            check_number(name, getattr(self, name), 0.0, 1.0)

    def explores(self, progress: float) -> float:
        return linear(self.epsilon, self.final_epsilon, progress)

    def losses(self, choices: Choices, right: Int[Tensor, "M"]) -> Float[Tensor, "M"]:
        return value_losses(choices)
