"""Supervised learning of the relay: the agent that acts learns from the correct answer, by cross-entropy.

Messages are learned from the gradient of this loss, as in ``value_regression.py``.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..rollouts.memoryless import Choices
from .value_regression import RelayLearner, RelaySettings


@dataclass(frozen=True)
class Supervised(RelaySettings):
    """Differentiable messages, learned from the correct answers (cross-entropy)."""

    recipe: ClassVar[str] = "supervised"
    about: ClassVar[str] = "differentiable messages along a chain, learned from the correct answers"


class SupervisedLearner(RelayLearner[Supervised]):
    """Supervised learning with greedy actions and the cross-entropy of the correct action."""

    def epsilon(self, progress: float) -> float:
        return 0.0

    def losses(self, choices: Choices, correct: Int[Tensor, "M"]) -> Float[Tensor, "M"]:
        return cross_entropies(choices, correct)


def cross_entropies(choices: Choices, correct: Int[Tensor, "M"]) -> Float[Tensor, "M"]:
    """Cross-entropy of the correct action among the legal ones."""
    return torch.nn.functional.cross_entropy(choices.act, correct, reduction="none")
