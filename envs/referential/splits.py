"""Which combinations of attribute values are objects: all of them, those to train on, or those held out.

Three ways to hold objects out ask for three kinds of generalization. Both parts together are all combinations, and no
combination is in both.
"""

import math

import numpy as np
from jaxtyping import Bool, Int64, Integer

from ...protocols.common.checks import number, one_of, whole
from ...protocols.common.draws import LAST_SEED, splitmix64
from ...protocols.common.errors import bad

SPLITS = ("all", "train", "held_out")
HOLDOUTS = ("random", "compositional", "values")
MOST = 1 << 20
"""The most combinations that there may be: a split holds a row of each."""


def combinations(values: tuple[int, ...]) -> Int64[np.ndarray, "M K"]:
    """Every combination of values, in order; attribute k has the values 0 to ``values[k]`` - 1.

    Raises:
        ValueError: if there are more than 2^20.
    """
    total = math.prod(values)
    if total > MOST:
        raise bad(f"There are at most {MOST} objects", f"{total} of {values}", "Give fewer attributes or values.")
    return np.stack(np.unravel_index(np.arange(total), values), axis=-1).astype(np.int64)


def split_of(
    values: tuple[int, ...], split: str, holdout: str = "random", holdout_share: float = 0.1, split_seed: int = 0
) -> Int64[np.ndarray, "M K"]:
    """The combinations of a split, in order.

    Args:
        values: how many values each attribute has.
        split: "all", "train" or "held_out".
        holdout: which combinations are held out.
            "random": a share of them, by a hash of seed and combination.
            "compositional": those with certain pairs of values of the first two attributes, whatever the others are.
            Each value has about one partner in k, with k the whole number nearest to 1 / holdout_share; where the
            other attribute has fewer than k values, some have none. Every value is trained on: as k >= 2, no value
            has all those of the other attribute for partners.
            "values": those with an unseen value, which a share of each attribute's values are, the last ones.
        holdout_share: about how much is held out: of combinations; with "values" of each attribute's values.
        split_seed: which combinations are held out, for "random" and "compositional".

    Raises:
        ValueError: for names, shares or seeds that cannot be, or if one part would be empty.
    """
    one_of("split of the objects", split, SPLITS)
    one_of("way to hold objects out", holdout, HOLDOUTS)
    number("holdout_share", holdout_share, 0, 1)
    whole("split_seed", split_seed, 0, LAST_SEED)
    rows = combinations(values)
    if split == "all":
        return rows
    held = {"random": _random, "compositional": _compositional, "values": _values}[holdout](
        rows, values, holdout_share, split_seed
    )
    if held.all() or not held.any():
        rule = f'holdout="{holdout}" leaves some of the {len(rows)} objects to train on and holds some out'
        raise bad(
            rule, f"holdout_share={holdout_share}, which holds {held.sum()} out", "Give another share, or more values."
        )
    kept: Int64[np.ndarray, "M K"] = rows[held if split == "held_out" else ~held]
    return kept


def _random(rows: Int64[np.ndarray, "M K"], values: tuple[int, ...], share: float, seed: int) -> Bool[np.ndarray, "M"]:
    rank = _shuffled(len(rows), seed)
    return np.asarray(rank < round(share * len(rows)))


def _compositional(
    rows: Int64[np.ndarray, "M K"], values: tuple[int, ...], share: float, seed: int
) -> Bool[np.ndarray, "M"]:
    """A Latin square, its rows and columns shuffled: where it has a 0, the two values never meet in training."""
    if len(values) < 2 or min(values[:2]) < 2 or not 0 < share <= 0.5:
        rule = 'holdout="compositional" takes two attributes of two values or more, and a share above 0, at most 0.5'
        raise bad(rule, f"values {values} and holdout_share={share}", 'Give these, or holdout="random".')
    first, second = (_shuffled(values[k], seed, k) for k in range(2))
    return np.asarray((first[rows[:, 0]] + second[rows[:, 1]]) % round(1 / share) == 0)


def _values(rows: Int64[np.ndarray, "M K"], values: tuple[int, ...], share: float, seed: int) -> Bool[np.ndarray, "M"]:
    seen = np.array([value - max(1, round(share * value)) for value in values])
    return np.asarray((rows >= seen).any(axis=1))


def _shuffled(count: int, seed: int, stream: int = 0) -> Integer[np.ndarray, "count"]:
    """0 to ``count`` - 1 in an order that depends on seed and stream alone, on every machine and with every NumPy."""
    root = splitmix64(splitmix64(np.array([seed], dtype=np.uint64)) + np.uint64(stream))
    order = np.argsort(splitmix64(root + np.arange(count, dtype=np.uint64)), kind="stable")
    return np.argsort(order, kind="stable")
