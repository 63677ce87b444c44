"""Messages and observations as text, for drawings and tables."""

import numpy as np
from jaxtyping import Float32, Shaped

from ...protocols.channels.carriers import Carrier

LISTED = 8
"""Longer observations are summarized."""


def message_text(numbers: Shaped[np.ndarray, "..."]) -> str:
    """The numbers of a message, separated by spaces; those that are not integers have two decimals."""
    listed = numbers.ravel().tolist()
    return " ".join(f"{number:.2f}" if isinstance(number, float) else str(number) for number in listed)


def heard_text(carrier: Carrier, heard: Float32[np.ndarray, "size"]) -> str:
    """A decoded message that was heard: the element of the carrier's space, or numbers if noise has made it another."""
    element = carrier.element(heard.reshape(carrier.signal_shape))
    is_element = carrier.space.contains(element) and bool((carrier.decode(carrier.signal(element)) == heard).all())
    return message_text(element if is_element else heard)


def observation_text(observation: Shaped[np.ndarray, "..."]) -> str:
    """An observation in words: a few numbers, the places of a few ones, or a summary of many numbers."""
    numbers = observation.ravel()
    marked = np.flatnonzero(numbers)
    if numbers.size <= LISTED:
        return " ".join(f"{number:g}" for number in numbers.tolist())
    if not len(marked):
        return f"{numbers.size} zeros"
    if len(marked) <= LISTED and (numbers[marked] == 1).all():
        return f"1 at {' '.join(map(str, marked.tolist()))} of {numbers.size}"
    return f"{numbers.size} numbers from {numbers.min():.2f} to {numbers.max():.2f}, mean {numbers.mean():.2f}"
