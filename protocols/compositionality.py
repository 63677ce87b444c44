"""How compositional a code of symbols is: three measures of the literature, over meanings and what is said of each."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int64, Integer
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr

from .errors import bad
from .information import entropy, mutual_information

MOST = 1000
"""The most meanings whose distances are compared, drawn at random, always the same: pairs grow with the square."""


def topographic_similarity(meanings: Integer[np.ndarray, "M K"], messages: Integer[np.ndarray, "M L"]) -> float | None:
    """Spearman's correlation of distances over pairs (Lazaridou et al. 2018), both of Hamming; None if all are equal.

    Raises:
        ValueError: for fewer than two meanings.
    """
    if len(meanings) < 2:
        raise bad("Distances are of two meanings or more", len(meanings), "Give more of them.")
    if len(meanings) > MOST:
        few = np.random.default_rng(0).choice(len(meanings), MOST, replace=False)
        meanings, messages = meanings[few], messages[few]
    one, other = (pdist(rows, "hamming") for rows in (meanings, messages))
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(spearmanr(one, other).statistic)


def positional_disentanglement(
    meanings: Integer[np.ndarray, "M K"], messages: Integer[np.ndarray, "M L"]
) -> float | None:
    """Posdis (Chaabouni et al. 2020, equation 1): how far each place of a message speaks of one attribute alone.

    The mean over places that are not constant of the gap between the two attributes that the symbol tells most about,
    in shares of its entropy. None if all places are constant.
    """
    return _disentanglement(meanings, list(messages.T))


def bag_disentanglement(
    meanings: Integer[np.ndarray, "M K"], messages: Integer[np.ndarray, "M L"], vocabulary: int
) -> float | None:
    """Bosdis (Chaabouni et al. 2020, equation 2): the same of how often each symbol occurs, wherever it stands."""
    return _disentanglement(meanings, [(messages == symbol).sum(axis=1) for symbol in range(vocabulary)])


def _disentanglement(meanings: Integer[np.ndarray, "M K"], signs: Sequence[Integer[np.ndarray, "M"]]) -> float | None:
    gaps = []
    for sign in signs:
        uncertain = entropy(np.bincount(sign))
        if uncertain > 0:
            told = sorted(mutual_information(_table(sign, attribute)) for attribute in meanings.T)
            gaps.append((told[-1] - (told[-2] if len(told) > 1 else 0.0)) / uncertain)
    return float(np.mean(gaps)) if gaps else None


def _table(one: Integer[np.ndarray, "M"], other: Integer[np.ndarray, "M"]) -> Int64[np.ndarray, "rows columns"]:
    counts = np.zeros((one.max() + 1, other.max() + 1), dtype=np.int64)
    np.add.at(counts, (one, other), 1)
    return counts
