"""The parts of a game that evaluation needs: core, reference returns, reference players, and enumerable episodes.

``registry.game(name, **options)`` returns them for a game with the given options.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Integer

from ...protocols.channels.carriers import Carrier
from ...protocols.channels.channel import Channel
from ...protocols.common.errors import invalid
from ...protocols.common.player import Player
from .core import Core
from .reference_returns import UNKNOWN, ReferenceReturn


def no_reference_returns(agents: int) -> dict[str, ReferenceReturn]:
    """The reference returns of a game without known reference returns: none."""
    return {}


def no_reference_player(name: str, core: Core, carrier: Carrier | None) -> Player:
    """Raise an error, because a game without reference returns has no reference players."""
    remedy = "Use another game: this one has no reference returns."
    raise invalid("A reference player must have the name of a reference return", name, remedy)


def not_enumerable(agents: int) -> int | None:
    """The episode count of a game that has too many episodes to enumerate: None."""
    return None


def no_enumerated_core(agents: int, numbers: Integer[np.ndarray, "B"]) -> Core:
    """Raise an error, because a game with too many episodes cannot be enumerated."""
    remedy = "Use enumerated_core only if episode_count is not None."
    raise invalid("A game must be enumerable to have numbered episodes", numbers, remedy)


def uniform_weights(agents: int, numbers: Integer[np.ndarray, "B"]) -> Float64[np.ndarray, "B"]:
    """The weights of equally likely episodes, which are all 1."""
    return np.ones(len(numbers))


def no_exact_value(agents: int, player: Player, channel: Channel) -> tuple[float, str] | None:
    """The exact value of a player in a game without a method to compute it, other than enumeration: None."""
    return None


@dataclass(frozen=True)
class Game:
    """A game with fixed options, as evaluation uses it.

    Attributes:
        name: Name in the registry.
        core: Builds the core from agents, lanes and seed.
        reference_returns: Returns the reference returns by name for a number of agents. They include "oracle" if the
            optimum is known, and then "no_communication" if the optimum without communication is known.
        reference_player: Returns the scripted player that earns the reference return of this name, from the name, the
            core that the player will play, and a carrier.
        episode_count: Returns the number of distinct episodes for a number of agents; None if there are too many.
        enumerated_core: Builds a core whose lanes play the episodes with the given numbers, 0 to episode_count - 1,
            after every reset.
        episode_weight: Returns the probability of each numbered episode, divided by the mean probability.
        exact_value: Computes the exact expected return of a player without enumeration, and describes the method.
            Returns None if the player or the channel does not allow it.
        no_oracle: The reason why the reference returns include no oracle, for results.
        episodes: Default number of episodes that evaluation samples if no exact value is available.
        lanes: Maximum number of episodes played in parallel; None for as many as fit into memory.
    """

    name: str
    core: Callable[[int, int, int | None], Core]
    reference_returns: Callable[[int], dict[str, ReferenceReturn]] = no_reference_returns
    reference_player: Callable[[str, Core, Carrier | None], Player] = no_reference_player
    episode_count: Callable[[int], int | None] = not_enumerable
    enumerated_core: Callable[[int, Integer[np.ndarray, "B"]], Core] = no_enumerated_core
    episode_weight: Callable[[int, Integer[np.ndarray, "B"]], Float64[np.ndarray, "B"]] = uniform_weights
    exact_value: Callable[[int, Player, Channel], tuple[float, str] | None] = no_exact_value
    no_oracle: str = UNKNOWN
    episodes: int = 16384
    lanes: int | None = None

    def __post_init__(self) -> None:
        stated = self.reference_returns is not no_reference_returns
        if stated and self.reference_player is no_reference_player:
            remedy = "Pass reference_player as well, a function of name, core and carrier."
            rule = "A game with reference returns must have reference players"
            raise invalid(rule, f"{self.name} without reference players", remedy)
