"""Scripted players of naming digits."""

import numpy as np
from jaxtyping import Int64, Integer

from ...protocols.channels.carriers import Carrier
from ...protocols.channels.symbols import Symbols
from ...protocols.common.errors import invalid, unknown
from ...protocols.common.player import Player, PlayerInput, PlayerOutput, State
from ..core.core import Core
from ..core.scripted import Codebook
from ..pictures.classifier import predicted_digits
from .rules import Digits


class LabelPlayer:
    """Names the label that a table assigns to each picture.

    Args:
        core: The core that is played. The index of each agent's picture is read from it.
        labels: Label of each picture.
        carrier: Carrier of the channel. Only its first message is sent.
    """

    def __init__(self, core: Digits, labels: Int64[np.ndarray, "P"], carrier: Carrier | None = None) -> None:
        self._core, self._labels = core, labels
        self._codebook = Codebook(carrier or Symbols(1), 1)

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        """An empty state."""
        return {}

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        """See ``Player``."""
        named = self._labels[self._core.picture].reshape(-1)
        return named, self._codebook.encode(0 * named), state


def reference_player(name: str, core: Core, carrier: Carrier | None = None) -> Player:
    """The scripted player that earns the reference return of this name.

    Args:
        name: "oracle", "no_communication" or "vision".
        core: The core that the player will play.
        carrier: Carrier of the channel.

    Raises:
        ValueError: If no player has this name, or the core belongs to another game.
    """
    if not isinstance(core, Digits):
        raise invalid("A reference player of naming digits needs its core", type(core).__name__, "Pass a Digits.")
    digit = core.pictures.digit
    labels = {"oracle": digit, "no_communication": digit, "vision": predicted_digits(core.pictures)}
    if name not in labels:
        raise unknown("scripted player of naming digits", name, labels)
    return LabelPlayer(core, labels[name], carrier)
