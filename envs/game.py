"""A game as evaluation sees it: its core, its bars with their players, and its episodes if they can be counted."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Integer

from ..protocols.carriers import Carrier
from ..protocols.player import Player
from .bars import Bar
from .core import Core


@dataclass(frozen=True)
class Game:
    """What a game tells evaluation.

    Attributes:
        name: in the registry.
        core: builds its core from agents, lanes and seed.
        bars: by name, for a number of agents: always "oracle", and "ceiling" if the best without communication is
            known.
        player: the scripted player behind the bar of a name, for a core it will play and a carrier.
        count: how many equally likely episodes there are for a number of agents; None if too many.
        enumerated: a core whose lanes play the episodes of these numbers (0 to count - 1), whatever was played before.
    """

    name: str
    core: Callable[[int, int, int | None], Core]
    bars: Callable[[int], dict[str, Bar]]
    player: Callable[[str, Core, Carrier | None], Player]
    count: Callable[[int], int | None]
    enumerated: Callable[[int, Integer[np.ndarray, "B"]], Core]
