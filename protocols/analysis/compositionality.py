"""Measures from the literature of the compositionality of a code, a map from meanings to messages."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64, Integer
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr

from ..common.errors import invalid
from .information import entropy, mutual_information

MOST_MEANINGS = 1000
"""The largest number of meanings whose pairwise distances are compared. Above it, they are a sample with fixed seed."""


@dataclass(frozen=True)
class Compositionality:
    """The measures of a code.

    Attributes:
        topsim: See ``topographic_similarity``.
        posdis: See ``positional_disentanglement``.
        bosdis: See ``bag_disentanglement``.
        positions: See ``positional_information``; one row per position (L), one number per attribute (K).
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
        meanings: The attributes of each object.
        messages: The symbols sent for each object.
        vocabulary: The number of symbols (V).

    Raises:
        ValueError: If there are fewer than two meanings, arrays of different length or without columns, entries that
            are not integers, or symbols that are not in 0 to V - 1.
    """
    _check_code(meanings, messages)
    outside = (messages < 0) | (messages >= vocabulary)
    if outside.any():
        rule = f"Symbols must be 0 to {vocabulary - 1}"
        raise invalid(rule, int(messages[outside][0]), "Pass the size of the vocabulary, and symbols in its range.")
    return Compositionality(
        topographic_similarity(meanings, messages),
        positional_disentanglement(meanings, messages),
        bag_disentanglement(meanings, messages, vocabulary),
        tuple(map(tuple, positional_information(meanings, messages).tolist())),
    )


def topographic_similarity(meanings: Integer[np.ndarray, "M K"], messages: Integer[np.ndarray, "M L"]) -> float | None:
    """Topsim (Lazaridou et al. 2018): how well distances between messages reflect distances between meanings.

    Spearman's rank correlation of the pairwise Hamming distances between meanings and those between messages. None if
    all distances between meanings, or all distances between messages, are equal.

    Raises:
        ValueError: If there are fewer than two meanings, arrays of different length or without columns, or entries that
            are not integers.
    """
    _check_code(meanings, messages)
    if len(meanings) > MOST_MEANINGS:
        sample = np.random.default_rng(0).choice(len(meanings), MOST_MEANINGS, replace=False)
        meanings, messages = meanings[sample], messages[sample]
    one, other = (pdist(rows, "hamming") for rows in (meanings, messages))
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(spearmanr(one, other).statistic)


def _check_code(meanings: np.ndarray, messages: np.ndarray) -> None:
    for name, array in (("meanings", meanings), ("messages", messages)):
        if array.dtype.kind not in "iu" or array.ndim != 2 or not array.shape[1]:
            rule = f"{name} must be an array of integers with one row per meaning and at least one column"
            raise invalid(
                rule, f"an array of {array.dtype}, of shape {list(array.shape)}", "Encode values as integers."
            )
    if len(meanings) != len(messages):
        received = f"{len(meanings)} meanings, {len(messages)} messages"
        raise invalid("There must be one message per meaning", received, "Pass arrays of equal length.")
    if len(meanings) < 2:
        raise invalid("Compositionality needs at least two meanings", len(meanings), "Pass two or more.")


def positional_disentanglement(
    meanings: Integer[np.ndarray, "M K"], messages: Integer[np.ndarray, "M L"]
) -> float | None:
    """Posdis (Chaabouni et al. 2020, equation 1): the degree to which each position encodes a single attribute.

    The mean, over positions that are not constant, of the gap between the two largest mutual informations of the symbol
    with an attribute, divided by the symbol's entropy. None if all positions are constant.
    """
    return _disentanglement(meanings, list(messages.T))


def bag_disentanglement(
    meanings: Integer[np.ndarray, "M K"], messages: Integer[np.ndarray, "M L"], vocabulary: int
) -> float | None:
    """Bosdis (Chaabouni et al. 2020, equation 2): as posdis, but for the number of occurrences of each symbol."""
    return _disentanglement(meanings, [(messages == symbol).sum(axis=1) for symbol in range(vocabulary)])


def positional_information(
    meanings: Integer[np.ndarray, "M K"], messages: Integer[np.ndarray, "M L"]
) -> Float64[np.ndarray, "L K"]:
    """The normalized mutual information between each position and each attribute, from 0 to 1.

    Mutual information divided by the mean of both entropies (scikit-learn's ``normalized_mutual_info_score``): 1 if the
    symbol determines the attribute and conversely, 0 if one of them is constant or they are independent. This is the
    plug-in estimator, so values lie above 0 by chance if there are few meanings.
    """
    return np.array([[_normalized_information(symbol, attribute) for attribute in meanings.T] for symbol in messages.T])


def _normalized_information(symbol: Integer[np.ndarray, "M"], attribute: Integer[np.ndarray, "M"]) -> float:
    table = _contingency_table(symbol, attribute)
    both = entropy(table.sum(axis=1)) + entropy(table.sum(axis=0))
    return 2 * mutual_information(table) / both if both else 0.0


def _disentanglement(meanings: Integer[np.ndarray, "M K"], signs: Sequence[Integer[np.ndarray, "M"]]) -> float | None:
    gaps = []
    for sign in signs:
        total = entropy(np.bincount(sign))
        if total > 0:
            informations = sorted(mutual_information(_contingency_table(sign, attribute)) for attribute in meanings.T)
            second = informations[-2] if len(informations) > 1 else 0.0
            gaps.append((informations[-1] - second) / total)
    return float(np.mean(gaps)) if gaps else None


def _contingency_table(
    one: Integer[np.ndarray, "M"], other: Integer[np.ndarray, "M"]
) -> Int64[np.ndarray, "rows columns"]:
    counts = np.zeros((one.max() + 1, other.max() + 1), dtype=np.int64)
    np.add.at(counts, (one, other), 1)
    return counts
