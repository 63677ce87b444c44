"""Reference players of color-digit."""

import numpy as np
from jaxtyping import Int64

from ...protocols.channels.carriers import Carrier
from ...protocols.common.errors import invalid, unknown
from ...protocols.common.player import Player
from ..core.core import Core
from ..pairs.reference_players import TablePlayer, oracle
from ..pictures.classifier import predicted_digits
from ..pictures.images import odd_probability
from .rules import ColorDigit

Tables = tuple[Int64[np.ndarray, "labels"], Int64[np.ndarray, "labels 2"]]
"""The message for each label, and the answer for each label after message 0 and after message 1."""


def reference_player(name: str, core: Core, carrier: Carrier | None = None) -> Player:
    """The scripted player that earns the reference return of this name.

    Args:
        name: "oracle", "no_communication", "vision", "parity" or "color".
        core: The core that the player will play. The oracle reads its state; the others read only its pictures.
        carrier: Carrier of the channel. Defaults to one bit.

    Raises:
        ValueError: If no player has this name, the core is not color-digit, or the carrier has too few messages.
    """
    if not isinstance(core, ColorDigit):
        raise invalid("A reference player of color-digit needs its core", type(core).__name__, "Pass a ColorDigit.")
    color, parity = np.divmod(np.arange(4), 2)
    bit = np.arange(2)
    guess = int(odd_probability(core.pictures) > 0.5)
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
    messages, answers = tables[name]
    digit = predicted_digits(core.pictures) if name == "vision" else core.pictures.digit
    return TablePlayer(core, digit, messages[None], answers, carrier)
