"""Bars of color-digit, and their scripted players. Values are the reward of the team, which each of the two gets."""

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
from ..pictures.images import Pictures
from ..pictures.vision import joint, read
from .rules import ColorDigit

Tables = tuple[Int64[np.ndarray, "labels"], Int64[np.ndarray, "labels 2"]]
"""What is said, and what is answered to 0 and to 1."""


def odd(pictures: Pictures) -> float:
    """How likely a digit is odd."""
    return fsum(pictures.share[1::2].tolist())


def reference_returns(core: ColorDigit) -> dict[str, ReferenceReturn]:
    """The reference returns by name, each the value of the player of that name in a game with the core's options.

    An agent with color c and parity d that chooses u adds 2 A + B: A = (-1)^(u + c + d') and B = (-1)^(u + d + c') are
    each 1 or -1, and c' and d' are the other one's.

    "oracle". As 2 > 1, the best choice makes A = 1, whatever B is; and that takes one bit, the other one's parity. Then
    B = (-1)^(c + d' + d + c') has the mean 0, as colors are uniform. So an agent adds 2, and knowing more adds nothing.

    "no_communication", the best without communication. B has the mean 0 whatever one chooses, as c' is uniform; and A
    has the mean 1 - 2 p or its negative, if a digit is odd with the chance p.

    "parity": each says its parity, and chooses u = c + d'. "color": each says its color, and chooses u = d + c'; then
    B = 1 and A has the mean 0. "vision": as "parity", but each judges its parity by a plain classifier, and is right
    with the chance q: then A has the mean 2 q - 1.
    """
    eyes = float(np.trace(joint(core.pictures)))
    sees = f"a support vector classifier judges {eyes:.2%} of parities right"
    split = core.pictures.split.replace("_", "-")
    found = (
        ReferenceReturn(
            "oracle", 4.0, "exact", "one bit, the other one's parity, tells the best choice; knowing more adds nothing"
        ),
        ReferenceReturn(
            "no_communication", 4 * abs(1 - 2 * odd(core.pictures)), "exact", "a guess at the other one's parity"
        ),
        ReferenceReturn("vision", 4 * (2 * eyes - 1), "reference", f"says its parity; {sees}, on {split} pictures"),
        ReferenceReturn("parity", 4.0, "exact", "equals the oracle, with two different messages"),
        ReferenceReturn("color", 2.0, "reference", "says its color: what is worth less is always right"),
    )
    return {reference.name: reference for reference in found}


def player(name: str, core: Core, carrier: Carrier | None = None) -> Player:
    """The scripted player behind the bar of that name.

    Args:
        name: "oracle", "no_communication", "vision", "parity" or "color".
        core: the very core that it will play; only the oracle looks at more than its pictures.
        carrier: of the channel; one bit by default.

    Raises:
        ValueError: if there is no such player, the core is not color-digit, or the carrier has too few messages.
    """
    if not isinstance(core, ColorDigit):
        raise bad("These players know color-digit only", type(core).__name__, "Give a ColorDigit.")
    color, parity = np.divmod(np.arange(4), 2)
    bit = np.arange(2)
    guess = int(odd(core.pictures) > 0.5)
    tables: dict[str, Tables] = {
        "no_communication": (0 * color, (color[:, None] + guess + 0 * bit) % 2),
        "parity": (parity, (color[:, None] + bit) % 2),
        "color": (color, (parity[:, None] + bit) % 2),
    }
    tables["vision"] = tables["parity"]
    if name == "oracle":
        return oracle(core, carrier)
    if name not in tables:
        raise unknown("scripted player of color-digit", name, ["oracle", *tables])
    says, answers = tables[name]
    taken = read(core.pictures) if name == "vision" else core.pictures.digit
    return ByTable(core, taken, says[None], answers, carrier)


def game(**options: Any) -> Game:
    """Color-digit as evaluation sees it, with options of its core: pictures, data."""

    def core(agents: int, lanes: int = 1, seed: int | None = None) -> ColorDigit:
        return ColorDigit(agents, lanes, seed, **options)

    def exact_value(agents: int, player: Player, channel: Channel) -> tuple[float, str] | None:
        return exact.exact_value(core(agents), player, channel)

    return Game("color_digit_v0", core, lambda agents: reference_returns(core(agents)), player, exact_value=exact_value)
