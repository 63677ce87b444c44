"""A game as evaluation sees it: its core, its reference returns and their players, and its episodes if countable.

``registry.game(name, **options)`` makes one: all that is said here is said of the game with these options.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Integer

from ...protocols.channels.carriers import Carrier
from ...protocols.channels.channel import Channel
from ...protocols.common.errors import bad
from ...protocols.common.player import Player
from .core import Core
from .reference_returns import ReferenceReturn


def no_reference_returns(agents: int) -> dict[str, ReferenceReturn]:
    """The reference returns of a game of which nobody knows what is possible."""
    return {}


def nobody(reference: str, core: Core, carrier: Carrier | None) -> Player:
    """The players behind the reference returns of such a game."""
    raise bad("A player is asked for by the name of a bar of its game", reference, "This game has none.")


def uncounted(agents: int) -> int | None:
    """The count of a game whose episodes are too many to play one by one."""
    return None


def not_enumerated(agents: int, numbers: Integer[np.ndarray, "B"]) -> Core:
    """The enumeration of such a game."""
    raise bad("Only a game with a count has numbered episodes", numbers, "Look at `count` first.")


def equally_likely(agents: int, numbers: Integer[np.ndarray, "B"]) -> Float64[np.ndarray, "B"]:
    """The weight of each numbered episode, where all have the same."""
    return np.ones(len(numbers))


def no_exact_value(agents: int, player: Player, channel: Channel) -> tuple[float, str] | None:
    """The exact value of a player in a game that knows no other way to it than to play all episodes."""
    return None


@dataclass(frozen=True)
class Game:
    """What a game tells evaluation.

    Attributes:
        name: in the registry.
        core: builds its core from agents, lanes and seed.
        reference_returns: by name, for a number of agents: "oracle", if the best is known; and then "no_communication",
            if the best without communication is known.
        player: the scripted player behind the bar of a name, for a core it will play and a carrier.
        count: how many episodes there are for a number of agents; None if too many.
        enumerated: a core whose lanes play the episodes of these numbers (0 to count - 1), whatever was played before.
        weight: how much more likely each of them is than the mean episode.
        exact_value: the exact value of a player by another way than playing all episodes, and this way in words; None
            if there is none for this player and channel.
        episodes: how many evaluation plays where they are neither enumerated nor followed.
        lanes: the most of them that it plays at once; None for as many as fit.
    """

    name: str
    core: Callable[[int, int, int | None], Core]
    reference_returns: Callable[[int], dict[str, ReferenceReturn]] = no_reference_returns
    player: Callable[[str, Core, Carrier | None], Player] = nobody
    count: Callable[[int], int | None] = uncounted
    enumerated: Callable[[int, Integer[np.ndarray, "B"]], Core] = not_enumerated
    weight: Callable[[int, Integer[np.ndarray, "B"]], Float64[np.ndarray, "B"]] = equally_likely
    exact_value: Callable[[int, Player, Channel], tuple[float, str] | None] = no_exact_value
    episodes: int = 16384
    lanes: int | None = None
