"""Splits of the combinations of attribute values into training and held-out objects.

Three ways of holding out objects test three kinds of generalization. The two parts are disjoint and together contain
all combinations.
"""

import math

import numpy as np
from jaxtyping import Bool, Int64, Integer

from ...protocols.common.checks import check_integer, check_number, check_one_of
from ...protocols.common.draws import LAST_SEED, splitmix64
from ...protocols.common.errors import invalid

SPLITS = ("all", "train", "held_out")
HOLDOUTS = ("random", "compositional", "values")
MAX_COMBINATIONS = 1 << 20
"""The maximum number of combinations, because a split stores one row per combination."""


def combinations(values: tuple[int, ...]) -> Int64[np.ndarray, "M K"]:
    """Every combination of values, in order. Attribute k has the values 0 to ``values[k]`` - 1.

    Raises:
        ValueError: If there are more than 2^20.
    """
    total = math.prod(values)
    if total > MAX_COMBINATIONS:
        rule = f"There must be at most {MAX_COMBINATIONS} objects"
        raise invalid(rule, f"{total} of {values}", "Use fewer attributes or values.")
    return np.stack(np.unravel_index(np.arange(total), values), axis=-1).astype(np.int64)


def split_of(
    values: tuple[int, ...], split: str, holdout: str = "random", holdout_share: float = 0.1, split_seed: int = 0
) -> Int64[np.ndarray, "M K"]:
    """The combinations of a split, in order.

    Args:
        values: Number of values of each attribute.
        split: "all", "train" or "held_out".
        holdout: Which combinations are held out.
            "random": A random fraction of all combinations, by a hash of seed and combination.
            "compositional": Combinations with certain pairs of values of the first two attributes, whatever the other
            values are. About one in k pairs of each value is held out, where k is the integer nearest to
            1 / holdout_share. If the other attribute has fewer than k values, some values have no held-out pair. Every
            value occurs in training: because k >= 2, no value has all its pairs held out.
            "values": Combinations with an unseen value. The last values of each attribute, a fraction, are unseen.
        holdout_share: Approximate fraction held out, of the combinations or, with "values", of each attribute's values.
        split_seed: Seed of the held-out combinations, for "random" and "compositional".

    Raises:
        ValueError: If a name, fraction or seed is invalid, or one of the two parts would be empty.
    """
    check_one_of("split", split, SPLITS)
    check_one_of("holdout", holdout, HOLDOUTS)
    check_number("holdout_share", holdout_share, 0, 1)
    check_integer("split_seed", split_seed, 0, LAST_SEED)
    rows = combinations(values)
    if split == "all":
        return rows
    held = {"random": _random, "compositional": _compositional, "values": _values}[holdout](
        rows, values, holdout_share, split_seed
    )
    if held.all() or not held.any():
        rule = f'holdout="{holdout}" must split the {len(rows)} objects into two non-empty parts'
        raise invalid(
            rule,
            f"holdout_share={holdout_share}, which holds out {held.sum()}",
            "Use another fraction or more values.",
        )
    kept: Int64[np.ndarray, "M K"] = rows[held if split == "held_out" else ~held]
    return kept


def _random(rows: Int64[np.ndarray, "M K"], values: tuple[int, ...], share: float, seed: int) -> Bool[np.ndarray, "M"]:
    rank = _permutation(len(rows), seed)
    return np.asarray(rank < round(share * len(rows)))


def _compositional(
    rows: Int64[np.ndarray, "M K"], values: tuple[int, ...], share: float, seed: int
) -> Bool[np.ndarray, "M"]:
    """A Latin square with shuffled rows and columns: a pair of values is held out where the square is 0."""
    if len(values) < 2 or min(values[:2]) < 2 or not 0 < share <= 0.5:
        rule = 'holdout="compositional" needs two attributes with at least two values, and 0 < holdout_share <= 0.5'
        remedy = 'Use other values or fractions, or pass holdout="random".'
        raise invalid(rule, f"values {values} and holdout_share={share}", remedy)
    first, second = (_permutation(values[k], seed, k) for k in range(2))
    return np.asarray((first[rows[:, 0]] + second[rows[:, 1]]) % round(1 / share) == 0)


def _values(rows: Int64[np.ndarray, "M K"], values: tuple[int, ...], share: float, seed: int) -> Bool[np.ndarray, "M"]:
    seen = np.array([value - max(1, round(share * value)) for value in values])
    return np.asarray((rows >= seen).any(axis=1))


def _permutation(count: int, seed: int, stream: int = 0) -> Integer[np.ndarray, "count"]:
    """A permutation of 0 to ``count`` - 1 that depends on seed and stream only, not on machine or NumPy version."""
    root = splitmix64(splitmix64(np.array([seed], dtype=np.uint64)) + np.uint64(stream))
    order = np.argsort(splitmix64(root + np.arange(count, dtype=np.uint64)), kind="stable")
    return np.argsort(order, kind="stable")
