"""What the training loop, checkpoints and the command line need of a learner."""

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from ..agents import Team
from ..envs.registry import entry
from ..protocols.errors import bad

if TYPE_CHECKING:
    from .settings import Settings


@runtime_checkable
class Learner(Protocol):
    """All that a run changes. Its tensors and counters are its whole state: it has no random state besides."""

    updates: int
    episodes: int
    environment_steps: int

    @property
    def settings(self) -> "Settings":
        """What it was made from."""

    def update(self) -> float:
        """Play one batch of episodes and take one optimizer step.

        Returns:
            The loss.

        Raises:
            FloatingPointError: if the loss is not finite; parameters are as they were before the step.
        """

    def team(self) -> Team:
        """What has been learned so far, in evaluation mode, on the CPU, with parameters of its own."""

    def finite(self) -> bool:
        """Whether every parameter is a finite number."""

    def tensors(self) -> dict[str, Tensor]:
        """All tensors that a checkpoint holds."""

    def counters(self) -> dict[str, Any]:
        """All numbers that a checkpoint holds."""

    def restore(self, tensors: dict[str, Tensor], counters: dict[str, Any]) -> None:
        """Go on exactly from a checkpoint.

        Raises:
            ValueError: if it is not a checkpoint of a run with these settings.
        """


def check_game(settings: "Settings") -> None:
    """Raise unless the recipe runs on the game.

    Raises:
        ValueError: if it does not, or there is no such game.
    """
    if entry(settings.game) and settings.game not in settings.games:
        raise bad(f"{settings.recipe} runs on {', '.join(settings.games)}", settings.game, "Choose one of these.")


def device_of(settings: "Settings") -> torch.device:
    """The device that a run computes on.

    Raises:
        ValueError: if it is not there.
    """
    name = settings.device
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise bad("The device must be there", name, f"Choose cpu, or mend this: {reason}") from error
    return device
