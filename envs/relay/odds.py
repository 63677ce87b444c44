"""How likely an answer is right: from one's own picture alone, and where each picture is judged with errors. Exact.

Both depend on a chain's *pattern* alone: for each place, the first place at which its agent was. Parities are 0 or 1
with equal chances, for each class is equally likely.
"""

from collections.abc import Callable
from math import fsum

import numpy as np
from jaxtyping import Float64, Int64

from .chains import NOBODY, Chains

Pattern = tuple[int, ...]
LAST = 3
"""How many parities are spelled."""


def patterns(chains: Chains) -> tuple[list[Pattern], Int64[np.ndarray, "C"]]:
    """The different patterns, and which of them each chain has."""
    table = chains.table
    first = (table[:, :, None] == table[:, None, :]).argmax(axis=2)
    rows, which = np.unique(np.where(table == NOBODY, NOBODY, first), axis=0, return_inverse=True)
    return [tuple(place for place in row if place != NOBODY) for row in rows.tolist()], which.reshape(-1)


def best_guess(task: str, pattern: Pattern) -> tuple[float, tuple[int, int]]:
    """The best that the last agent can name without hearing anything, when it knows the chain.

    Returns:
        How likely it is right; and what it names where its own digit is even, and where it is odd.
    """
    own = pattern[-1]
    if task == "spell":
        bits = [1 << bit for bit, place in enumerate(reversed(pattern[-LAST:])) if place == own]
        return 0.5 ** len(set(pattern[-LAST:]) - {own}), (0, sum(bits))
    others = np.ones(1)
    for place in set(pattern) - {own}:
        others = np.convolve(others, _spread(pattern.count(place), [0.5, 0.5]))
    most = int(others.argmax())
    return float(others[most]), (most, most + pattern.count(own))


def no_communication(task: str, chains: Chains) -> float:
    """The chance of the best guess, over all chains."""
    return _over_chains(chains, lambda pattern: best_guess(task, pattern)[0])


def judged_right(task: str, pattern: Pattern, joint: Float64[np.ndarray, "2 2"]) -> float:
    """How likely the answer is right that is computed from judged parities.

    Each picture is judged once, also where its agent has two places. Errors of a count can cancel.

    Args:
        task: "count" or "spell".
        pattern: of the chain.
        joint: how likely a picture has a parity (row) and is judged to have one (column).
    """
    if task == "spell":
        return float(np.trace(joint) ** len(set(pattern[-LAST:])))
    error = np.ones(1)
    for place in set(pattern):
        one = _spread(pattern.count(place), [joint[1, 0], np.trace(joint), joint[0, 1]])
        error = np.convolve(error, one)
    return float(error[len(error) // 2])


def vision(task: str, chains: Chains, joint: Float64[np.ndarray, "2 2"]) -> float:
    """The chance that judged parities give the right answer, over all chains."""
    return _over_chains(chains, lambda pattern: judged_right(task, pattern, joint))


def _over_chains(chains: Chains, value: Callable[[Pattern], float]) -> float:
    found, which = patterns(chains)
    return fsum((chains.chance * np.array([value(pattern) for pattern in found])[which]).tolist())


def _spread(step: int, chances: list[float]) -> Float64[np.ndarray, "_"]:
    """Chances of 0, ``step``, 2 ``step`` and so on."""
    spread = np.zeros(step * (len(chances) - 1) + 1)
    spread[::step] = chances
    return spread
