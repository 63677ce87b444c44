"""Indices and names of messages for the analyses: of all messages of a carrier, or of those that occur.

There are V**L messages of L symbols. If there are at most ``LISTED``, all of them are listed. Otherwise, only those
that were sent or heard are listed, so that time and memory are linear in the messages that occur.
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
from ..common.errors import invalid
from .knowledge import NO_MESSAGE

LISTED = 64
"""The largest number of possible messages for which all of them are listed."""


@dataclass(frozen=True)
class Messages:
    """The messages sent and heard in play.

    Attributes:
        names: The names of the messages in lexicographic order: of all messages of the carrier if there are at most
            ``LISTED``, otherwise of those that occur.
        possible: The number of messages of the carrier.
        sent: The index of each message sent among ``names``; ``NO_MESSAGE`` where none was sent.
        heard: The same for the messages heard.
    """

    names: tuple[str, ...]
    possible: int
    sent: Int64[np.ndarray, "..."]
    heard: Int64[np.ndarray, "..."]

    def name(self, index: SupportsInt) -> str | None:
        """The name of the message with this index; None for ``NO_MESSAGE``."""
        return None if int(index) == NO_MESSAGE else self.names[int(index)]


def messages(
    carrier: Carrier,
    sent: Float[np.ndarray, "..."],
    said: Bool[np.ndarray, "..."],
    heard: Float[np.ndarray, "... size"],
    present: Bool[np.ndarray, "..."],
) -> Messages:
    """Index the messages sent and heard.

    Args:
        carrier: The carrier of the messages.
        sent: Evaluation signals, ``[..., *signal_shape]``.
        said: Whether each of these signals counts as sent, with the leading axes of ``sent``.
        heard: Decoded signals that arrived.
        present: Whether a signal arrived, with the leading axes of ``heard``.

    Raises:
        ValueError: If the carrier's messages are not countable.
    """
    possible = message_count(carrier)
    arrived = heard.reshape(*heard.shape[:-1], *carrier.signal_shape)
    element = carrier.element(np.concatenate([sent[said], arrived[present]]))
    if possible <= LISTED:
        names, number = message_names(carrier), _numbers(carrier, element)
    else:
        distinct, number = np.unique(element, axis=0, return_inverse=True)
        names, number = _names(carrier, distinct), number.ravel()
    count = int(said.sum())
    return Messages(names, possible, _put(said, number[:count]), _put(present, number[count:]))


def _put(where: Bool[np.ndarray, "..."], number: Int64[np.ndarray, "M"]) -> Int64[np.ndarray, "..."]:
    placed = np.full(where.shape, NO_MESSAGE, dtype=np.int64)
    placed[where] = number
    return placed


def message_count(carrier: Carrier) -> int:
    """The number of distinct messages of a carrier.

    Raises:
        ValueError: If its messages are not countable.
    """
    sizes = _sizes(carrier)
    return lengths.count(sizes[0], len(sizes)) if _has_end(carrier) else math.prod(sizes)


def message_elements(carrier: Carrier, number: Integer[np.ndarray, "M"]) -> Int64[np.ndarray, "M symbols"]:
    """The elements of the carrier's space with these indices.

    Raises:
        ValueError: If the carrier's messages are not countable.
    """
    sizes = _sizes(carrier)
    if _has_end(carrier):
        return lengths.element_of(number, sizes[0], len(sizes))
    return np.stack(np.unravel_index(number, sizes), axis=-1).astype(np.int64)


def message_names(carrier: Carrier) -> tuple[str, ...]:
    """The names of all messages of a carrier, by index: "0", "1"; "00", "01"; "3 11" with more than ten symbols.

    If symbol 0 ends a message, names stop there: "0", "10", "11".

    Raises:
        ValueError: If its messages are not countable.
    """
    return _names(carrier, message_elements(carrier, np.arange(message_count(carrier))))


def _names(carrier: Carrier, elements: Int64[np.ndarray, "M symbols"]) -> tuple[str, ...]:
    sizes = _sizes(carrier)
    gap = " " if max(sizes) > 10 else ""
    length = lengths.lengths(elements) if _has_end(carrier) else np.full(len(elements), len(sizes))
    return tuple(gap.join(map(str, row[:n])) for row, n in zip(elements.tolist(), length.tolist(), strict=True))


def message_numbers(carrier: Carrier, signal: Float[np.ndarray, "..."]) -> Int64[np.ndarray, "..."]:
    """The index of each message of evaluation signals ``[..., *signal_shape]``.

    Raises:
        ValueError: If the carrier's messages are not countable.
    """
    _sizes(carrier)
    return _numbers(carrier, carrier.element(signal))


def _numbers(carrier: Carrier, element: Int64[np.ndarray, "... symbols"]) -> Int64[np.ndarray, "..."]:
    sizes = _sizes(carrier)
    if _has_end(carrier):
        return lengths.number_of(element, sizes[0])
    return np.asarray(np.ravel_multi_index(tuple(np.moveaxis(element, -1, 0)), sizes, mode="clip"), dtype=np.int64)


def _sizes(carrier: Carrier) -> tuple[int, ...]:
    space: Any = carrier.space
    if not isinstance(space, spaces.MultiDiscrete):
        remedy = "Pass a team that sends bits or symbols, or use the channel interventions silent and shuffled instead."
        raise invalid("The analysis of a language needs countable messages", carrier, remedy)
    return tuple(int(size) for size in space.nvec)


def _has_end(carrier: Carrier) -> bool:
    return isinstance(carrier, SymbolCarrier) and carrier.end
