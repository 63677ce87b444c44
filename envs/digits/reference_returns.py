"""Bars of naming digits, and their scripted players. Values are chances of being right."""

from typing import Any

import numpy as np
from jaxtyping import Float64, Int64, Integer

from ...protocols.channels.carriers import Carrier
from ...protocols.channels.symbols import Symbols
from ...protocols.common.errors import bad, unknown
from ...protocols.common.player import Player, PlayerInput, PlayerOutput, State
from ..core.core import Core
from ..core.game import Game
from ..core.reference_returns import ReferenceReturn
from ..core.scripted import Words
from ..pictures.images import Pictures, digits
from ..pictures.vision import read, right
from .rules import Digits


class Naming:
    """Names the digit that a table has for each picture; says nothing.

    Args:
        core: the very core that is played: which picture an agent sees is read off it, not seen.
        names: what each picture is taken for.
        carrier: of the channel; its first message is sent, which nobody hears.
    """

    def __init__(self, core: Digits, names: Int64[np.ndarray, "P"], carrier: Carrier | None = None) -> None:
        self._core, self._names = core, names
        self._words = Words(carrier or Symbols(1), 1)

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        """Nothing to remember."""
        return {}

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        """See ``Player``."""
        named = self._names[self._core.picture].reshape(-1)
        return named, self._words.say(0 * named), state


def reference_returns(pictures: Pictures) -> dict[str, ReferenceReturn]:
    """The reference returns by name, each the value of the player of that name.

    "oracle"; "no_communication", the same, as nobody hears anybody; "vision", a plain classifier.
    """
    sees = f"a support vector classifier, on {pictures.split.replace('_', '-')} pictures"
    found = (
        ReferenceReturn("oracle", 1.0, "exact", "no two pictures are equal, so each has one right name"),
        ReferenceReturn("no_communication", 1.0, "exact", "equals the oracle: nobody hears anybody"),
        ReferenceReturn("vision", right(pictures), "reference", sees),
    )
    return {reference.name: reference for reference in found}


def player(name: str, core: Core, carrier: Carrier | None = None) -> Player:
    """The scripted player behind the bar of that name.

    Args:
        name: "oracle", "no_communication" or "vision".
        core: the very core that it will play.
        carrier: of the channel.

    Raises:
        ValueError: if there is no such player, or the core is another game's.
    """
    if not isinstance(core, Digits):
        raise bad("These players know naming digits only", type(core).__name__, "Give a Digits.")
    players = {"oracle": core.pictures.digit, "no_communication": core.pictures.digit, "vision": read(core.pictures)}
    if name not in players:
        raise unknown("scripted player of naming digits", name, players)
    return Naming(core, players[name], carrier)


def game(pictures: str = "train", **others: Any) -> Game:
    """Naming digits as evaluation sees it.

    An agent's reward depends on its own picture alone. So all episodes are worth what those are in which everybody
    sees the same picture, and these are counted.

    Raises:
        ValueError: for given pictures.
    """
    if others:
        remedy = "Leave it out; play a core of your own instead."
        raise bad("The reference returns of naming digits are for random pictures", sorted(others), remedy)
    seen = digits(pictures)

    def core(agents: int, lanes: int = 1, seed: int | None = None) -> Digits:
        return Digits(agents, lanes, seed, pictures)

    def enumerated(agents: int, numbers: Integer[np.ndarray, "B"]) -> Digits:
        return Digits(agents, len(numbers), 0, pictures, np.repeat(numbers[:, None], agents, axis=1))

    def weight(agents: int, numbers: Integer[np.ndarray, "B"]) -> Float64[np.ndarray, "B"]:
        return np.asarray(len(seen.digit) * seen.chance[numbers])

    return Game(
        "digits_v0",
        core,
        lambda agents: reference_returns(seen),
        player,
        count=lambda agents: len(seen.digit),
        enumerated=enumerated,
        weight=weight,
    )
