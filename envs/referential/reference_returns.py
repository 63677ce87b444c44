"""Bars of the referential game, and their scripted players. Values are chances, or mean shares, of what is right."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Integer

from ...protocols.channels.carriers import Carrier
from ...protocols.common.errors import bad, unknown
from ...protocols.common.player import Player
from ..core.core import Core
from ..core.game import Game
from ..core.reference_returns import ReferenceReturn
from .odds import best_guess
from .reference_players import Coding, NoCommunication, oracle
from .rules import Referential

ENUMERABLE = 1 << 20
"""The most episodes that are worth playing one by one."""


def reference_returns(core: Referential) -> dict[str, ReferenceReturn]:
    """The reference returns by name, each the value of the player of that name in a game with the core's options.

    "oracle"; "no_communication", the best without communication; "coding", a hand-written code.
    """
    needs = math.prod(core.objects.values)
    found = (
        ReferenceReturn("oracle", 1.0, "exact", "the sender sees all that is asked for"),
        _ceiling(core),
        ReferenceReturn("coding", 1.0, "exact", f"equals the oracle, with {needs} different messages"),
    )
    return {reference.name: reference for reference in found}


def _ceiling(core: Referential) -> ReferenceReturn:
    """The best without communication.

    Picking: candidates are drawn one after another, without replacement and independently of which position is the
    object's; so given all that the receiver sees each position has the chance 1 / C. That holds for pictures, too: the
    receiver's picture of each class is uniform, whatever other picture of the object's class the sender sees.
    """
    if core.picks:
        how = f"all {core.candidates} candidates are equally likely to be the object, whatever they are"
        return ReferenceReturn("no_communication", 1 / core.candidates, "exact", how)
    value, _ = best_guess(core.objects, core.partial)
    kinds = core.objects.kinds
    how = f"the most frequent value of each attribute, among {kinds} objects" if core.partial else f"one of {kinds}"
    return ReferenceReturn("no_communication", value, "exact", how)


def player(name: str, core: Core, carrier: Carrier | None = None) -> Player:
    """The scripted player behind the bar of that name.

    Args:
        name: "oracle", "no_communication" or "coding".
        core: the core that it will play; the oracle reads it, the others take its options.
        carrier: of the channel; a symbol an attribute, out of as many as an attribute has values, by default.

    Raises:
        ValueError: if there is no such player, the core is another game's, or the carrier has too few messages.
    """
    if not isinstance(core, Referential):
        raise bad("These players know the referential game only", type(core).__name__, "Give a Referential.")
    players: dict[str, Callable[[Referential, Carrier | None], Player]] = {
        "oracle": oracle,
        "no_communication": NoCommunication,
        "coding": Coding,
    }
    if name not in players:
        raise unknown("scripted player of the referential game", name, players)
    return players[name](core, carrier)


def game(**options: Any) -> Game:
    """The referential game as evaluation sees it, with options of its core.

    To rebuild attributes has one episode an object, so it is enumerated up to 2^20 objects. To discriminate has one an
    order of candidates and a position, which are few where objects are few; pictures are not enumerated.

    Raises:
        ValueError: for given episodes.
    """
    if "shown" in options:
        remedy = "Leave it out; play a core of your own instead."
        raise bad("The reference returns of the referential game are for random episodes", ["shown"], remedy)

    def core(agents: int, lanes: int = 1, seed: int | None = None) -> Referential:
        return Referential(agents, lanes, seed, **options)

    def count(agents: int) -> int | None:
        episodes = core(agents).count
        return episodes if episodes is not None and episodes <= ENUMERABLE else None

    def enumerated(agents: int, numbers: Integer[np.ndarray, "B"]) -> Referential:
        return Referential(agents, len(numbers), 0, **options, shown=numbers)

    return Game("referential_v0", core, lambda agents: reference_returns(core(agents)), player, count, enumerated)
