"""Messages as numbers and as names, for the instruments: all of a carrier's, or those that were said.

There are V**L messages of L symbols. Up to ``LISTED`` of them are all numbered, whether anybody says them or not; of
more, only those that were said or heard, so that time and memory grow with what was said.
"""

import math
from dataclasses import dataclass
from typing import Any, SupportsInt

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float, Int64, Integer

from ..channels import lengths
from ..channels.carriers import Carrier
from ..channels.symbols import SymbolCarrier
from ..common.errors import bad
from .knowledge import NOTHING

LISTED = 64
"""The most messages that are all listed."""


@dataclass(frozen=True)
class Messages:
    """What was said and heard in play.

    Attributes:
        names: what messages are called, in the order of a dictionary: all of the carrier's if they are ``LISTED`` at
            most, else those that occur here.
        possible: how many messages the carrier has.
        sent: the place of each message among ``names``; ``NOTHING`` where none was said.
        heard: the same of what was heard.
    """

    names: tuple[str, ...]
    possible: int
    sent: Int64[np.ndarray, "..."]
    heard: Int64[np.ndarray, "..."]

    def name(self, place: SupportsInt) -> str | None:
        """What the message at a place is called; None where it is ``NOTHING``."""
        return None if int(place) == NOTHING else self.names[int(place)]


def messages(
    carrier: Carrier,
    sent: Float[np.ndarray, "..."],
    said: Bool[np.ndarray, "..."],
    heard: Float[np.ndarray, "... size"],
    present: Bool[np.ndarray, "..."],
) -> Messages:
    """Number what was said and heard.

    Args:
        carrier: of the messages.
        sent: evaluation signals, ``[..., *signal_shape]``.
        said: which of them count as said, with the leading axes of ``sent``.
        heard: signals that came through.
        present: whether one did, with the leading axes of ``heard``.

    Raises:
        ValueError: if the carrier's messages cannot be counted.
    """
    possible = message_count(carrier)
    came = heard.reshape(*heard.shape[:-1], *carrier.signal_shape)
    element = carrier.element(np.concatenate([sent[said], came[present]]))
    if possible <= LISTED:
        names, number = message_names(carrier), _numbers(carrier, element)
    else:
        distinct, number = np.unique(element, axis=0, return_inverse=True)
        names, number = _names(carrier, distinct), number.ravel()
    spoken = int(said.sum())
    return Messages(names, possible, _put(said, number[:spoken]), _put(present, number[spoken:]))


def _put(where: Bool[np.ndarray, "..."], number: Int64[np.ndarray, "M"]) -> Int64[np.ndarray, "..."]:
    placed = np.full(where.shape, NOTHING, dtype=np.int64)
    placed[where] = number
    return placed


def message_count(carrier: Carrier) -> int:
    """How many messages of a carrier sound different.

    Raises:
        ValueError: if its messages cannot be counted.
    """
    sizes = _sizes(carrier)
    return lengths.count(sizes[0], len(sizes)) if _ends(carrier) else math.prod(sizes)


def message_elements(carrier: Carrier, number: Integer[np.ndarray, "M"]) -> Int64[np.ndarray, "M symbols"]:
    """The elements of the carrier's space with these numbers.

    Raises:
        ValueError: if the carrier's messages cannot be counted.
    """
    sizes = _sizes(carrier)
    if _ends(carrier):
        return lengths.element_of(number, sizes[0], len(sizes))
    return np.stack(np.unravel_index(number, sizes), axis=-1).astype(np.int64)


def message_names(carrier: Carrier) -> tuple[str, ...]:
    """Every message of a carrier, in the order of their numbers: "0", "1"; "00", "01"; "3 11" past ten symbols.

    A message with an end is named up to it: "0", "10", "11".

    Raises:
        ValueError: if its messages cannot be counted.
    """
    return _names(carrier, message_elements(carrier, np.arange(message_count(carrier))))


def _names(carrier: Carrier, elements: Int64[np.ndarray, "M symbols"]) -> tuple[str, ...]:
    sizes = _sizes(carrier)
    gap = " " if max(sizes) > 10 else ""
    said = lengths.lengths(elements) if _ends(carrier) else np.full(len(elements), len(sizes))
    return tuple(gap.join(map(str, row[:n])) for row, n in zip(elements.tolist(), said.tolist(), strict=True))


def message_numbers(carrier: Carrier, signal: Float[np.ndarray, "..."]) -> Int64[np.ndarray, "..."]:
    """The number of each message of evaluation signals ``[..., *signal_shape]``.

    Raises:
        ValueError: if the carrier's messages cannot be counted.
    """
    _sizes(carrier)
    return _numbers(carrier, carrier.element(signal))


def _numbers(carrier: Carrier, element: Int64[np.ndarray, "... symbols"]) -> Int64[np.ndarray, "..."]:
    sizes = _sizes(carrier)
    if _ends(carrier):
        return lengths.number_of(element, sizes[0])
    return np.asarray(np.ravel_multi_index(tuple(np.moveaxis(element, -1, 0)), sizes, mode="clip"), dtype=np.int64)


def _sizes(carrier: Carrier) -> tuple[int, ...]:
    space: Any = carrier.space
    if not isinstance(space, spaces.MultiDiscrete):
        remedy = "Study a team that talks in bits or symbols; silence or shuffle this one's channel instead."
        raise bad("The study of a language needs messages that can be counted", carrier, remedy)
    return tuple(int(size) for size in space.nvec)


def _ends(carrier: Carrier) -> bool:
    return isinstance(carrier, SymbolCarrier) and carrier.end
