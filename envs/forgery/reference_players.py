"""Scripted players of forgery."""

import numpy as np
from jaxtyping import Integer

from ...protocols.channels.carriers import Carrier, Continuous
from ...protocols.common.errors import invalid, unknown
from ...protocols.common.player import Player, PlayerInput, PlayerOutput, State
from ..core.core import Core
from .rules import FAKE, Forgery


class Equilibrium:
    """Both sides of the equilibrium: painters send genuine pictures, and critics choose at random.

    A painter sends the genuine picture of its critic, which the critic does not observe if it hears the painter.

    Args:
        core: The core that is played, from which the genuine pictures are read.
        carrier: The carrier of pictures.

    Raises:
        ValueError: If the carrier cannot carry the pictures.
    """

    def __init__(self, core: Forgery, carrier: Carrier) -> None:
        if carrier != Continuous(core.source.size):
            rule = f"Pictures of {core.source.size} numbers must be sent over Continuous({core.source.size})"
            raise invalid(rule, carrier, f"Pass Channel(Continuous({core.source.size})).")
        self._core = core

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        """An empty state."""
        return {}

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        """See ``Player``."""
        core = self._core
        sent = np.zeros((core.lanes, core.agents, core.source.size), dtype=np.float32)
        sent[:, core.pairing] = core.genuine_picture
        judged = rng.integers(2, size=len(inputs.legal)) + FAKE
        action = np.where(inputs.legal[:, FAKE], judged, 0)
        return action, sent.reshape(len(action), -1), state


def reference_player(name: str, core: Core, carrier: Carrier | None = None) -> Player:
    """The scripted player that earns the reference return of this name.

    Args:
        name: "equilibrium".
        core: The core that the player will play.
        carrier: Carrier of the channel; ``Continuous(D)`` if None.

    Raises:
        ValueError: If no player has this name, or the core belongs to another game.
    """
    if not isinstance(core, Forgery):
        raise invalid("A reference player of forgery needs its core", type(core).__name__, "Pass a Forgery.")
    if name != "equilibrium":
        raise unknown("scripted player of forgery", name, ["equilibrium"])
    return Equilibrium(core, carrier or Continuous(core.source.size))
