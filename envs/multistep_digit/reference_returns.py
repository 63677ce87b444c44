"""Bars of multi-step digits, and their scripted players. Values are chances that a digit is named right.

Right answers of both add up to 1, so that is also the reward of the team, which each of the two gets.
"""

from math import fsum
from typing import Any

import numpy as np
from jaxtyping import Int64

from ...protocols.channels.carriers import Carrier
from ...protocols.channels.channel import Channel
from ...protocols.common.errors import bad, unknown
from ...protocols.common.player import Player
from ..core.core import Core
from ..core.game import Game
from ..core.reference_returns import ReferenceReturn
from ..pairs import exact
from ..pairs.reference_players import ByTable, oracle
from ..pictures.images import CLASSES, Pictures
from ..pictures.vision import read, right
from .rules import MultistepDigit

TALKS = MultistepDigit.horizon - 1
"""At how many steps one talks."""
BITS = {"no_communication": 0, "1 bit": 1, "2 bits": 2, "3 bits": 3, "4 bits": 4, "vision": 4}
"""How many steps the players of these names make use of, a bit each."""


def best(pictures: Pictures, bits: int) -> float:
    """The chance of naming the other one's digit, given so many bits: that it is one of the 2^bits likeliest.

    To each sequence of bits that one hears belongs one answer, so 2^bits answers are all there are; and each of them is
    right about one digit. The other one's digit does not depend on one's own. So no protocol does better.
    """
    return fsum(sorted(pictures.share.tolist(), reverse=True)[: 2**bits])


def reference_returns(core: MultistepDigit) -> dict[str, ReferenceReturn]:
    """The reference returns by name, each the value of the player of that name in a game with the core's options.

    "oracle"; "no_communication", the best without communication; "1 bit" to "4 bits", the best with so many; "vision",
    four bits by agents whose eyes are a plain classifier.
    """
    pictures = core.pictures
    sees = f"four bits; a support vector classifier, on {pictures.split.replace('_', '-')} pictures"
    found = [
        ReferenceReturn("oracle", 1.0, "exact", "four bits tell ten digits apart"),
        ReferenceReturn("no_communication", best(pictures, 0), "exact", "names the likeliest digit"),
        ReferenceReturn("vision", right(pictures), "reference", sees),
    ]
    for name in ("1 bit", "2 bits", "3 bits"):
        found.append(ReferenceReturn(name, best(pictures, BITS[name]), "reference", f"the best with {name} each way"))
    found.append(ReferenceReturn("4 bits", 1.0, "exact", "equals the oracle, with two different messages a step"))
    return {reference.name: reference for reference in found}


def player(name: str, core: Core, carrier: Carrier | None = None) -> Player:
    """The scripted player behind the bar of that name.

    Args:
        name: "oracle", "no_communication", "vision", or "1 bit" to "4 bits".
        core: the very core that it will play; only the oracle looks at more than its pictures.
        carrier: of the channel; one bit by default.

    Raises:
        ValueError: if there is no such player, the core is not multi-step digits, or the carrier has too few messages.
    """
    if not isinstance(core, MultistepDigit):
        raise bad("These players know multi-step digits only", type(core).__name__, "Give a MultistepDigit.")
    if name == "oracle":
        return oracle(core, carrier)
    if name not in BITS:
        raise unknown("scripted player of multi-step digits", name, ["oracle", *BITS])
    taken = read(core.pictures) if name == "vision" else core.pictures.digit
    return ByTable(core, taken, *code(core.pictures, BITS[name]), carrier)


def code(pictures: Pictures, bits: int) -> tuple[Int64[np.ndarray, "talks 10"], Int64[np.ndarray, "10 heard"]]:
    """What to say and to answer: the likeliest digits have a number of so many bits each, the last for all others too.

    Returns:
        Tables for ``ByTable``; after these bits only zeros are said.
    """
    likeliest = np.argsort(-pictures.share, kind="stable")
    number = np.minimum(likeliest.argsort(), 2**bits - 1)
    padded = number << (TALKS - bits)
    says = padded >> np.arange(TALKS)[::-1, None] & 1
    named = likeliest[np.minimum(np.arange(2**TALKS) >> (TALKS - bits), CLASSES - 1)]
    return says, np.tile(named, (CLASSES, 1))


def game(**options: Any) -> Game:
    """Multi-step digits as evaluation sees them, with options of their core: pictures, data."""

    def core(agents: int, lanes: int = 1, seed: int | None = None) -> MultistepDigit:
        return MultistepDigit(agents, lanes, seed, **options)

    def exact_value(agents: int, player: Player, channel: Channel) -> tuple[float, str] | None:
        return exact.exact_value(core(agents), player, channel)

    return Game(
        "multistep_digit_v0", core, lambda agents: reference_returns(core(agents)), player, exact_value=exact_value
    )
