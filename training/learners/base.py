"""The base class of all learners, with named networks, named optimizers, a game, counters, and their checkpoints."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeAlias, TypeVar

import numpy as np
import torch
from gymnasium import spaces
from torch import Tensor, nn

from ...agents import Team
from ...envs.core.core import Core
from ...envs.core.registry import game_spec
from ...protocols.common.errors import argument, invalid
from .settings import Settings

S = TypeVar("S", bound=Settings)
ClipGradients: TypeAlias = Callable[[list[nn.Parameter]], object]
"""Clips the gradients of parameters in place."""


class Learner(ABC, Generic[S]):
    """The complete state that training changes.

    A learner draws all random numbers of update k from (seed, k) and the counters of its game, so a checkpoint needs no
    state of a random generator.

    A subclass builds its game and its networks, and implements ``update`` and ``team``. The training loop, checkpoints,
    exact resumption, multiple seeds and reports need no further code.

    Args:
        settings: Settings of the run.
        core: The game.
        networks: Modules by name. All of them are saved in checkpoints.
        optimizers: Optimizers by the name of the network whose parameters they update. A network without an optimizer,
            such as a target network, is saved but not trained. The optimizer's state must exist before the first step:
            see ``preallocate_state``.
    """

    def __init__(
        self,
        settings: S,
        core: Core,
        networks: Mapping[str, nn.Module],
        optimizers: Mapping[str, torch.optim.Optimizer],
    ) -> None:
        self.settings, self.core = settings, core
        self.networks, self.optimizers = dict(networks), dict(optimizers)
        self.updates = self.episodes = self.environment_steps = 0

    @abstractmethod
    def update(self) -> float:
        """Play one batch of episodes and take one optimizer step.

        Returns:
            The loss.

        Raises:
            FloatingPointError: if the loss is not finite; the parameters are then unchanged by this step.
        """

    @abstractmethod
    def team(self) -> Team:
        """A copy of the current team, in evaluation mode, on the CPU."""

    def parameters(self, network: str) -> list[nn.Parameter]:
        """Parameters of the network with this name."""
        return list(self.networks[network].parameters())

    def finite(self) -> bool:
        """Whether all trained parameters are finite."""
        return all(bool(torch.isfinite(p).all()) for name in self.optimizers for p in self.parameters(name))

    def tensors(self) -> dict[str, Tensor]:
        """All tensors of a checkpoint: those of the networks and of the states of their optimizers."""
        tensors = {f"{k}.{name}": t for k, network in self.networks.items() for name, t in network.state_dict().items()}
        for network, optimizer in self.optimizers.items():
            for i, parameter in enumerate(self.parameters(network)):
                state = optimizer.state[parameter].items()
                tensors |= {f"optimizer.{network}.{i}.{name}": t for name, t in state}
        return tensors

    def counters(self) -> dict[str, Any]:
        """All counters of a checkpoint."""
        return {
            "updates": self.updates,
            "episodes": self.episodes,
            "environment_steps": self.environment_steps,
            "game": {"seed": self.core.draws.seed, "episode": self.core.draws.episode.tolist()},
        }

    def restore(self, tensors: dict[str, Tensor], counters: Mapping[str, Any]) -> None:
        """Continue exactly from a checkpoint.

        Raises:
            ValueError: if the checkpoint belongs to a run with other settings.
        """
        mine = self.tensors()
        if {n: (t.shape, t.dtype) for n, t in mine.items()} != {n: (t.shape, t.dtype) for n, t in tensors.items()}:
            differ = sorted(mine.keys() ^ tensors.keys())[:4] or "other shapes"
            raise invalid("A checkpoint must fit the settings of its run", differ, "Use a checkpoint of this run.")
        with torch.no_grad():
            for name, tensor in mine.items():
                tensor.copy_(tensors[name])
        try:
            self.updates = int(counters["updates"])
            self.episodes = int(counters["episodes"])
            self.environment_steps = int(counters["environment_steps"])
            game = counters["game"]
            seed, episode = int(game["seed"]), np.array(game["episode"])
        except (KeyError, TypeError) as error:
            rule = "A checkpoint must contain updates, episodes and environment steps"
            raise invalid(rule, counters, "Use an older checkpoint.") from error
        if seed != self.core.draws.seed:
            rule = f"A checkpoint must continue the random numbers of seed {self.core.draws.seed}"
            raise invalid(rule, f"seed {seed}", "Use a checkpoint of this run.")
        if episode.shape != (self.core.lanes,):
            rule = f"A checkpoint must contain the episodes of {self.core.lanes} lanes"
            raise invalid(rule, f"{len(episode)} lanes", "Use a checkpoint of this run.")
        self.core.draws.restore(seed, episode)
        if not self.finite():
            raise invalid("The parameters of a checkpoint must be finite", "others", "Use an older checkpoint.")

    def step(
        self, loss: Tensor, learning_rate: float, clip: ClipGradients | None = None, network: str = "network"
    ) -> float:
        """Take one optimizer step on a network.

        Args:
            loss: The loss to minimize.
            learning_rate: The learning rate of this step.
            clip: Clips the gradients before the step.
            network: Name of the network to update.

        Returns:
            The loss.

        Raises:
            FloatingPointError: if the loss is not finite, in which case the parameters are unchanged, or the step
                overflows.
        """
        optimizer = self.optimizers[network]
        optimizer.zero_grad()
        loss.backward()
        value = loss.item()
        if not math.isfinite(value):
            of = "" if network == "network" else f" of the {network.replace('_', ' ')}"
            raise FloatingPointError(f"The loss{of} became {value} at update {self.updates + 1}")
        if clip:
            clip(self.parameters(network))
        for group in optimizer.param_groups:
            group["lr"] = learning_rate
        try:
            optimizer.step()
        except RuntimeError as error:
            if "overflow" not in str(error):
                raise
            raise FloatingPointError(f"The optimizer step overflowed at update {self.updates + 1}") from error
        return value

    def count(self, environment_steps: int) -> None:
        """Count one update with this number of environment steps."""
        self.updates += 1
        self.episodes += self.core.lanes
        self.environment_steps += environment_steps


def clip_by_norm(largest: float) -> ClipGradients:
    """Clip the global norm of the gradients to ``largest``; 0 disables clipping."""

    def clip(parameters: list[nn.Parameter]) -> None:
        if largest:
            nn.utils.clip_grad_norm_(parameters, largest)

    return clip


def clip_by_value(largest: float) -> ClipGradients:
    """Clip each gradient to [-``largest``, ``largest``]; 0 disables clipping."""

    def clip(parameters: list[nn.Parameter]) -> None:
        if largest:
            nn.utils.clip_grad_value_(parameters, largest)

    return clip


def adam(
    parameters: Iterable[nn.Parameter],
    learning_rate: float,
    eps: float = 1e-8,
    betas: tuple[float, float] = (0.9, 0.999),
    fused: bool = False,
) -> torch.optim.Adam:
    """Adam with preallocated state, in PyTorch's implementation "foreach", or the faster one, "fused"."""
    kernel = {"fused" if fused else "foreach": True}
    optimizer = torch.optim.Adam(list(parameters), lr=learning_rate, betas=betas, eps=eps, **kernel)
    preallocate_state(optimizer, "exp_avg", "exp_avg_sq")
    return optimizer


def preallocate_state(optimizer: torch.optim.Optimizer, *names: str) -> None:
    """Initialize the optimizer state of every parameter, so that each checkpoint holds the same tensors.

    Args:
        optimizer: An optimizer that has not taken a step.
        names: Names of its state tensors, other than "step".
    """
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            zeros = {name: torch.zeros_like(parameter) for name in names}
            optimizer.state[parameter] = {"step": torch.zeros(()), **zeros}


def observation_size(settings: Settings, core: Core) -> int | tuple[int]:
    """The number of discrete observations, or the length of a float observation as a tuple; see ``cnet``.

    Raises:
        ValueError: for any other observation space.
    """
    space = core.observation_space
    if isinstance(space, spaces.Discrete) and space.start == 0:
        return int(space.n)
    if isinstance(space, spaces.Box) and len(space.shape) == 1 and space.dtype == np.float32:
        return (space.shape[0],)
    rule = f"{settings.recipe} needs a game whose observations are Discrete from 0, or a flat float32 Box"
    raise invalid(rule, f"{settings.game}, whose observations are {space}", "Flatten the game's observations.")


def check_game(settings: Settings) -> None:
    """Raise unless the recipe runs on the game.

    Raises:
        ValueError: if it does not, or there is no such game.
    """
    if game_spec(settings.game) and not settings.runs_on(settings.game):
        raise invalid(
            f"{settings.recipe} must run on {', '.join(settings.games or ())}",
            settings.game,
            "Choose one of these games.",
        )


def check_cpu(settings: Settings) -> None:
    """Raise unless the device is the CPU, the only device that some recipes support.

    Raises:
        ValueError: for another device.
    """
    if settings.device != "cpu":
        raise invalid(f"{settings.recipe} must run on the CPU", settings.device, f"Pass {argument('device', 'cpu')}.")


def device_of(settings: Settings) -> torch.device:
    """The device of a run.

    Raises:
        ValueError: if the device is not available.
    """
    name = settings.device
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise invalid("The device must be available", name, f"Choose cpu, or fix this problem: {reason}") from error
    return device
