"""Messages of variable length: symbol 0 ends a message, and receivers do not hear any symbol that follows it.

The length of a message counts the symbols before the first end, and the end itself if there is one. Lengths are thus 1
to L, and a message of length L either has its end in the last position or has none. Positions after the end are absent:
rows of zeros in a signal, as for every message that does not arrive, and 0 in an element.
"""

from typing import Any

import numpy as np
from jaxtyping import Float, Int64, Integer

END = 0
"""The symbol that ends a message."""


def until_end(signal: Float[Any, "*rows length vocabulary"]) -> Float[Any, "*rows length vocabulary"]:
    """Weight each position of a signal (NumPy or torch) by the probability that the message has not ended before it.

    Each row is multiplied by the product of 1 - p(end) over all rows before it, with p(end) clipped to [0, 1]. One-hot
    rows are kept up to the end and zeroed after it; relaxed rows receive a gradient through the product.
    """
    going, rows = 1.0, []
    for place in range(signal.shape[-2]):
        row = signal[..., place, :]
        rows.append(row * going)
        going = going * (1 - row[..., END : END + 1]).clip(0, 1)
    if isinstance(signal, np.ndarray):
        return np.stack(rows, axis=-2)
    import torch

    return torch.stack(rows, dim=-2)


def lengths(element: Integer[np.ndarray, "*rows length"]) -> Int64[np.ndarray, "*rows"]:
    """The length of each message, from its symbols."""
    before = np.cumprod(element != END, axis=-1).sum(axis=-1)
    return np.asarray(np.minimum(before + 1, element.shape[-1]), dtype=np.int64)


def count(vocabulary: int, length: int) -> int:
    """The number of distinct messages: those with an end after k < L other symbols, and those without an end."""
    others = vocabulary - 1
    total: int = sum(others**k for k in range(length)) + others**length
    return total


def number_of(element: Integer[np.ndarray, "*rows length"], vocabulary: int) -> Int64[np.ndarray, "*rows"]:
    """The index of each message, 0 to ``count`` - 1, in lexicographic order; symbols after an end are ignored."""
    number = np.zeros(element.shape[:-1], dtype=np.int64)
    going = number + 1
    for place in range(element.shape[-1]):
        symbol = element[..., place]
        going = going * (symbol != END)
        number += going * (1 + (symbol - 1) * count(vocabulary, element.shape[-1] - place - 1))
    return number


def element_of(number: Integer[np.ndarray, "*rows"], vocabulary: int, length: int) -> Int64[np.ndarray, "*rows length"]:
    """The symbols of the message with each index, 0 after its end."""
    symbols, rest = [], number.astype(np.int64)
    for place in range(length):
        shorter = count(vocabulary, length - place - 1)
        goes_on = rest > 0
        symbols.append(np.where(goes_on, 1 + (rest - 1) // shorter, END))
        rest = np.where(goes_on, (rest - 1) % shorter, 0)
    return np.stack(symbols, axis=-1)
