"""How compositional a code of symbols is: measures of the literature, over meanings and what is said of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64, Integer
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr

from ..common.errors import bad
from .information import entropy, mutual_information

MOST = 1000
"""The most meanings whose distances are compared, drawn at random, always the same: pairs grow with the square."""


@dataclass(frozen=True)
class Compositionality:
    """A code, measured.

    Attributes:
        topsim: see ``topographic_similarity``.
        posdis: see ``positional_disentanglement``.
        bosdis: see ``bag_disentanglement``.
        positions: see ``positional_information``; one row a position (L), one number an attribute (K).
    """

    topsim: float | None
    posdis: float | None
    bosdis: float | None
    positions: tuple[tuple[float, ...], ...]


def compositionality(
    meanings: Integer[np.ndarray, "M K"], messages: Integer[np.ndarray, "M L"], vocabulary: int
) -> Compositionality:
    """All measures of a code.

    Args:
        meanings: the attributes of each object.
        messages: the symbols said of it.
        vocabulary: V, from how many symbols they are.

    Raises:
        ValueError: for fewer than two meanings.
    """
    return Compositionality(
        topographic_similarity(meanings, messages),
        positional_disentanglement(meanings, messages),
        bag_disentanglement(meanings, messages, vocabulary),
        tuple(map(tuple, positional_information(meanings, messages).tolist())),
    )


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


def positional_information(
    meanings: Integer[np.ndarray, "M K"], messages: Integer[np.ndarray, "M L"]
) -> Float64[np.ndarray, "L K"]:
    """Which position says which attribute: their normalized mutual information, from 0 to 1.

    Mutual information over the mean of both entropies (scikit-learn's ``normalized_mutual_info_score``): 1 where the
    symbol is a name of the attribute's value, 0 where one of them is constant or they are independent. The estimator is
    plug-in: few meanings give values above 0 by chance.
    """
    return np.array([[_shared(symbol, attribute) for attribute in meanings.T] for symbol in messages.T])


def _shared(symbol: Integer[np.ndarray, "M"], attribute: Integer[np.ndarray, "M"]) -> float:
    table = _table(symbol, attribute)
    both = entropy(table.sum(axis=1)) + entropy(table.sum(axis=0))
    return 2 * mutual_information(table) / both if both else 0.0


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
