"""Exact probabilities of a correct answer: without communication, and with a classifier that makes errors.

Both depend only on the *pattern* of a chain: for each place, the first place of the same agent. Parities 0 and 1 are
equally likely, because all classes are equally likely.
"""

from collections.abc import Callable
from math import fsum

import numpy as np
from jaxtyping import Float64, Int64

from .chains import PADDING, Chains

Pattern = tuple[int, ...]
SPELLED = 3
"""The number of parities in the answer of "spell"."""


def patterns(chains: Chains) -> tuple[list[Pattern], Int64[np.ndarray, "C"]]:
    """The different patterns, and the index of the pattern of each chain."""
    table = chains.table
    first = (table[:, :, None] == table[:, None, :]).argmax(axis=2)
    rows, which = np.unique(np.where(table == PADDING, PADDING, first), axis=0, return_inverse=True)
    return [tuple(place for place in row if place != PADDING) for row in rows.tolist()], which.reshape(-1)


def best_guess(task: str, pattern: Pattern) -> tuple[float, tuple[int, int]]:
    """The best answer of the last agent without communication, if it knows the chain.

    Returns:
        The probability that the answer is correct; and the answers if the agent's own digit is even, and if it is odd.
    """
    own = pattern[-1]
    if task == "spell":
        bits = [1 << bit for bit, place in enumerate(reversed(pattern[-SPELLED:])) if place == own]
        return 0.5 ** len(set(pattern[-SPELLED:]) - {own}), (0, sum(bits))
    others = np.ones(1)
    for place in set(pattern) - {own}:
        others = np.convolve(others, _spread(pattern.count(place), [0.5, 0.5]))
    most = int(others.argmax())
    return float(others[most]), (most, most + pattern.count(own))


def no_communication(task: str, chains: Chains) -> float:
    """The probability that the best guess is correct, over all chains."""
    return _over_chains(chains, lambda pattern: best_guess(task, pattern)[0])


def predicted_correctly(task: str, pattern: Pattern, joint: Float64[np.ndarray, "2 2"]) -> float:
    """The probability that the answer computed from predicted parities is correct.

    Each picture is classified once, even if its agent has two places. Errors of a count can cancel.

    Args:
        task: "count" or "spell".
        pattern: Pattern of the chain.
        joint: Joint probability of the parity of a picture (row) and the predicted parity (column).
    """
    if task == "spell":
        return float(np.trace(joint) ** len(set(pattern[-SPELLED:])))
    error = np.ones(1)
    for place in set(pattern):
        own_error = _spread(pattern.count(place), [joint[1, 0], np.trace(joint), joint[0, 1]])
        error = np.convolve(error, own_error)
    return float(error[len(error) // 2])


def vision(task: str, chains: Chains, joint: Float64[np.ndarray, "2 2"]) -> float:
    """The probability that the answer computed from predicted parities is correct, over all chains."""
    return _over_chains(chains, lambda pattern: predicted_correctly(task, pattern, joint))


def _over_chains(chains: Chains, value: Callable[[Pattern], float]) -> float:
    found, which = patterns(chains)
    return fsum((chains.chance * np.array([value(pattern) for pattern in found])[which]).tolist())


def _spread(step: int, chances: list[float]) -> Float64[np.ndarray, "_"]:
    """The distribution that assigns these probabilities to 0, ``step``, 2 ``step`` and so on."""
    spread = np.zeros(step * (len(chances) - 1) + 1)
    spread[::step] = chances
    return spread
