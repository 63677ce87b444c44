"""Estimates of the memory of a run from its settings, before anything is built."""

from dataclasses import dataclass
from math import prod

from gymnasium.spaces import flatdim

from ...envs.core.registry import make_core
from ...protocols.common.errors import argument
from ...protocols.common.limits import check_memory
from ..learners.base import check_game
from ..learners.settings import Settings

BYTES = 4
COPIES = 6
"""Copies of the parameters: network, target network, gradients, two of the optimizer, and the team for a checkpoint."""
MATRICES = 6
"""Square matrices of parameters per layer, and values per unit that the backward pass needs: those of a GRU."""


@dataclass(frozen=True)
class Size:
    """An estimate of the size of a run.

    Attributes:
        parameters: Number of parameters of all agents.
        network_bytes: Memory of the networks, their gradients and the states of their optimizers.
        batch_bytes: Memory of the episodes of one update, with all values that the backward pass needs.
    """

    parameters: int
    network_bytes: int
    batch_bytes: int


def estimate(settings: Settings) -> Size:
    """Estimate the size of a run, to within an order of magnitude.

    Only one lane of the game is built.

    Raises:
        ValueError: If the game cannot be built.
    """
    core = make_core(settings.game, settings.agents, lanes=1, seed=0, **settings.training_options())
    width, layers, message = settings.width, settings.depth, _message(settings)
    observation = flatdim(core.observation_space)
    ends = observation + core.message_slots * message + message + core.actions + core.agents
    parameters = (1 if settings.shared else core.agents) * width * (MATRICES * layers * width + ends)
    frames = settings.batch * core.horizon * core.agents
    values = frames * (MATRICES * layers * width + ends + core.agents * (1 + message))
    return Size(parameters, COPIES * BYTES * parameters, BYTES * values)


def check_size(settings: Settings) -> None:
    """Raise unless a run with these settings fits into the memory of this machine, by the estimate.

    Raises:
        ValueError: If it does not.
    """
    check_game(settings)
    size = estimate(settings)
    agents = "one agent" if settings.shared else f"{settings.agents} agents"
    check_memory(
        f"The networks of {agents} with {argument('width', settings.width)}, about {size.parameters} parameters,",
        size.network_bytes,
        f"Use a smaller {argument('width')}, fewer layers or shorter messages.",
    )
    check_memory(
        f"The episodes of an update with {argument('batch', settings.batch)} and {argument('width', settings.width)}",
        size.batch_bytes,
        f"Use a smaller {argument('batch')} or {argument('width')}, or shorter messages.",
    )


def _message(settings: Settings) -> int:
    """Maximum length of a decoded message."""
    return prod(getattr(settings, name, 1) for name in ("vocabulary", "length"))
