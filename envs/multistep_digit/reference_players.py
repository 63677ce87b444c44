"""Reference players of multi-step digits."""

import numpy as np
from jaxtyping import Int64

from ...protocols.channels.carriers import Carrier
from ...protocols.common.errors import invalid, unknown
from ...protocols.common.player import Player
from ..core.core import Core
from ..pairs.reference_players import TablePlayer, oracle
from ..pictures.classifier import predicted_digits
from ..pictures.images import CLASSES, Pictures
from .rules import MultistepDigit

MESSAGE_STEPS = MultistepDigit.horizon - 1
"""The number of communication steps."""
BITS = {"no_communication": 0, "1 bit": 1, "2 bits": 2, "3 bits": 3, "4 bits": 4, "vision": 4}
"""The number of communication steps that each player uses, at one bit per step."""


def reference_player(name: str, core: Core, carrier: Carrier | None = None) -> Player:
    """The scripted player that earns the reference return of this name.

    Args:
        name: "oracle", "no_communication", "vision", or "1 bit" to "4 bits".
        core: The core that the player will play. The oracle reads its state; the others read only its pictures.
        carrier: Carrier of the channel. Defaults to one bit.

    Raises:
        ValueError: If no player has this name, the core is not multi-step digits, or the carrier has too few messages.
    """
    if not isinstance(core, MultistepDigit):
        raise invalid(
            "A reference player of multi-step digits needs its core", type(core).__name__, "Pass a MultistepDigit."
        )
    if name == "oracle":
        return oracle(core, carrier)
    if name not in BITS:
        raise unknown("scripted player of multi-step digits", name, ["oracle", *BITS])
    digit = predicted_digits(core.pictures) if name == "vision" else core.pictures.digit
    return TablePlayer(core, digit, *code(core.pictures, BITS[name]), carrier)


def code(pictures: Pictures, bits: int) -> tuple[Int64[np.ndarray, "talks 10"], Int64[np.ndarray, "10 heard"]]:
    """A code of ``bits`` bits: each of the most probable digits has a number, and all other digits share the last one.

    Returns:
        Tables for ``TablePlayer``. After these bits, only zeros are sent.
    """
    most_probable = np.argsort(-pictures.share, kind="stable")
    number = np.minimum(most_probable.argsort(), 2**bits - 1)
    padded = number << (MESSAGE_STEPS - bits)
    messages = padded >> np.arange(MESSAGE_STEPS)[::-1, None] & 1
    answers = most_probable[np.minimum(np.arange(2**MESSAGE_STEPS) >> (MESSAGE_STEPS - bits), CLASSES - 1)]
    return messages, np.tile(answers, (CLASSES, 1))
