"""What every learner is: networks, an optimizer, a game and counters, and how they are kept and brought back."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
import torch
from gymnasium import spaces
from torch import Tensor, nn

from ...agents import Team
from ...envs.core.core import Core
from ...envs.core.registry import game_spec
from ...protocols.common.errors import bad

if TYPE_CHECKING:
    from .settings import Settings


S = TypeVar("S", bound="Settings")


class Learner(ABC, Generic[S]):
    """All that a run changes. Everything random in update k comes from (seed, k) and the game's counters.

    So there is no random state to save.

    Args:
        settings: of the run.
        core: the game.
        networks: by name; the first one is what learns.
        optimizer: of the first network, with the state of each parameter laid out beforehand.
    """

    def __init__(
        self, settings: S, core: Core, networks: dict[str, nn.Module], optimizer: torch.optim.Optimizer
    ) -> None:
        self.settings, self.core, self.networks, self.optimizer = settings, core, networks, optimizer
        self.updates = self.episodes = self.environment_steps = 0

    @abstractmethod
    def update(self) -> float:
        """Play one batch of episodes and take one optimizer step.

        Returns:
            The loss.

        Raises:
            FloatingPointError: if the loss is not finite; parameters are as they were before the step.
        """

    @abstractmethod
    def team(self) -> Team:
        """What has been learned so far, in evaluation mode, on the CPU, with parameters of its own."""

    @property
    def parameters(self) -> list[nn.Parameter]:
        """What is learned."""
        return list(next(iter(self.networks.values())).parameters())

    def finite(self) -> bool:
        """Whether every parameter is a finite number."""
        return all(bool(torch.isfinite(p).all()) for p in self.parameters)

    def tensors(self) -> dict[str, Tensor]:
        """All tensors that a checkpoint holds."""
        tensors = {f"{k}.{name}": t for k, network in self.networks.items() for name, t in network.state_dict().items()}
        for i, parameter in enumerate(self.parameters):
            tensors |= {f"optimizer.{i}.{name}": t for name, t in self.optimizer.state[parameter].items()}
        return tensors

    def counters(self) -> dict[str, Any]:
        """All numbers that a checkpoint holds."""
        return {
            "updates": self.updates,
            "episodes": self.episodes,
            "environment_steps": self.environment_steps,
            "game": {"seed": self.core.draws.seed, "episode": self.core.draws.episode.tolist()},
        }

    def restore(self, tensors: dict[str, Tensor], counters: dict[str, Any]) -> None:
        """Go on exactly from a checkpoint.

        Raises:
            ValueError: if it is not a checkpoint of a run with these settings.
        """
        mine = self.tensors()
        if {n: t.shape for n, t in mine.items()} != {n: t.shape for n, t in tensors.items()}:
            differ = sorted(mine.keys() ^ tensors.keys())[:4] or "other shapes"
            raise bad("A checkpoint holds the tensors of its run's settings", differ, "Resume the run it belongs to.")
        with torch.no_grad():
            for name, tensor in mine.items():
                tensor.copy_(tensors[name])
        try:
            self.updates = int(counters["updates"])
            self.episodes = int(counters["episodes"])
            self.environment_steps = int(counters["environment_steps"])
            game = counters["game"]
            self.core.draws.restore(int(game["seed"]), np.array(game["episode"]))
        except (KeyError, TypeError) as error:
            raise bad("A checkpoint counts updates, episodes and steps", counters, "Resume an older one.") from error

    def _descend(self, loss: Tensor, rate: float, clip: Callable[[list[nn.Parameter]], object], steps: int) -> float:
        """Take one optimizer step down ``loss``, after ``steps`` environment steps, and count the update."""
        value = self._step(loss, rate, clip)
        self._count(steps)
        return value

    def _step(self, loss: Tensor, rate: float, clip: Callable[[list[nn.Parameter]], object]) -> float:
        """Take one optimizer step down ``loss``.

        Raises:
            FloatingPointError: if the loss is not finite; parameters are as they were.
        """
        self.optimizer.zero_grad()
        loss.backward()
        value = loss.item()
        if not math.isfinite(value):
            raise FloatingPointError(f"The loss became {value} at update {self.updates + 1}")
        clip(self.parameters)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        return value

    def _count(self, steps: int) -> None:
        self.updates += 1
        self.episodes += self.core.lanes
        self.environment_steps += steps


def norm_clipped(largest: float) -> Callable[[list[nn.Parameter]], None]:
    """What makes the norm of all gradients together no greater than ``largest``; 0 for any."""

    def clip(parameters: list[nn.Parameter]) -> None:
        if largest:
            nn.utils.clip_grad_norm_(parameters, largest)

    return clip


def lay_out(optimizer: torch.optim.Optimizer, *names: str) -> None:
    """Give each parameter the optimizer's state of the first step, so that a checkpoint always holds all of it."""
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            zeros = {name: torch.zeros_like(parameter) for name in names}
            optimizer.state[parameter] = {"step": torch.zeros(()), **zeros}


def cosine(first: float, last: float, progress: float) -> float:
    """A value on its way from ``first`` to ``last``, along a half cosine."""
    return last + (first - last) * 0.5 * (1 + math.cos(math.pi * progress))


def linear(first: float, last: float, progress: float) -> float:
    """A value on its way from ``first`` to ``last``."""
    return first + (last - first) * progress


def observations(settings: "Settings", core: Core) -> int | tuple[int]:
    """How many different observations a game has, or how many numbers each has; see ``cnet``.

    Raises:
        ValueError: if they are something else.
    """
    space = core.observation_space
    if isinstance(space, spaces.Discrete) and space.start == 0:
        return int(space.n)
    if isinstance(space, spaces.Box) and len(space.shape) == 1 and space.dtype == np.float32:
        return (space.shape[0],)
    rule = f"{settings.recipe} runs on games whose observations are Discrete from 0, or float32 numbers in a row"
    raise bad(rule, f"{settings.game}, whose observations are {space}", "Give the game such observations.")


def check_game(settings: "Settings") -> None:
    """Raise unless the recipe runs on the game.

    Raises:
        ValueError: if it does not, or there is no such game.
    """
    if game_spec(settings.game) and settings.game not in settings.games:
        raise bad(f"{settings.recipe} runs on {', '.join(settings.games)}", settings.game, "Choose one of these.")


def check_cpu(settings: "Settings") -> None:
    """Raise unless a recipe that computes on the CPU only is asked to.

    Raises:
        ValueError: for another device.
    """
    if settings.device != "cpu":
        raise bad(f"{settings.recipe} computes on the CPU so far", settings.device, "Give --device cpu.")


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
