"""Measures of compositionality: codes whose values are known, and what renaming cannot change."""

from inspect import unwrap
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from interlect.protocols.analysis.compositionality import (
    bag_disentanglement,
    compositionality,
    positional_disentanglement,
    positional_information,
    topographic_similarity,
)
from sklearn.metrics import normalized_mutual_info_score

FOUR = np.array(list(product(range(4), repeat=2)))
THREE = np.array(list(product(range(3), repeat=3)))


def turned(rows):
    """Attributes in another order where the first is odd."""
    return np.where(rows[:, :1] % 2 == 1, np.roll(rows, -1, axis=1), rows)


def apart(rows, size):
    """The same with symbols of its own in each place."""
    return rows + size * np.arange(rows.shape[1])


ORDERS = [np.random.default_rng(seed).permutation(10_000) for seed in range(3)] + [np.arange(10_000)]
SHUFFLED = np.random.default_rng(0).permutation(16)


@pytest.mark.parametrize(
    ("meanings", "messages", "topsim", "posdis", "bosdis"),
    [
        (FOUR, FOUR, 1, 1, 0),
        (FOUR, apart(FOUR, 4), 1, 1, 1),
        (FOUR, turned(apart(FOUR, 4)), 0.7385, 0.2, 1),
        (FOUR, FOUR[SHUFFLED], 0.1667, 0.0236, None),
        (THREE, np.stack([3 * THREE[:, 0] + THREE[:, 1], THREE[:, 2]], axis=1), 0.7268, None, None),
        (THREE, turned(THREE), 0.5308, None, None),
    ],
)
def test_known_codes(meanings, messages, topsim, posdis, bosdis):
    found = (
        topographic_similarity(meanings, messages),
        positional_disentanglement(meanings, messages),
        bag_disentanglement(meanings, messages, int(messages.max()) + 1),
    )
    for value, known in zip(found, (topsim, posdis, bosdis), strict=True):
        assert known is None or value == pytest.approx(known, abs=6e-5)


def test_of_many_meanings_some_are_compared_that_stand_for_all():
    """Ten thousand in their order: a part taken in steps of ten would lack the last attribute."""
    many = np.array(list(product(range(10), repeat=4)))
    messages = many.copy()
    messages[:, -1] = np.random.default_rng(0).integers(0, 10, len(many))
    compared = [topographic_similarity(x[order], y[order]) for x, y in ((many, messages),) for order in ORDERS]
    assert np.ptp(compared) < 0.02
    assert np.mean(compared) == pytest.approx(0.735, abs=0.02)


def test_a_position_says_its_attribute():
    told = positional_information(FOUR, np.stack([FOUR[:, 1], 0 * FOUR[:, 0], 3 - FOUR[:, 0]], axis=1))
    np.testing.assert_allclose(told, [[0, 1], [0, 0], [1, 0]], atol=1e-12)


@given(st.integers(0, 99))
def test_positional_information_agrees_with_scikit_learn(seed):
    messages = np.random.default_rng(seed).integers(0, 3, (16, 3))
    told = positional_information(FOUR, messages)
    for place, attribute in np.ndindex(3, 2):
        known = normalized_mutual_info_score(messages[:, place], FOUR[:, attribute])
        assert told[place, attribute] == pytest.approx(known, abs=1e-9)


@given(st.permutations(range(4)), st.integers(0, 99))
def test_other_names_for_symbols_change_nothing(names, seed):
    messages = np.random.default_rng(seed).integers(0, 4, (16, 3))
    renamed = np.array(names)[messages]
    assert topographic_similarity(FOUR, messages) == topographic_similarity(FOUR, renamed)
    assert positional_disentanglement(FOUR, messages) == pytest.approx(positional_disentanglement(FOUR, renamed))
    assert bag_disentanglement(FOUR, messages, 4) == pytest.approx(bag_disentanglement(FOUR, renamed, 4))


def test_a_constant_code_has_no_values():
    nothing = np.zeros((16, 2), dtype=np.int64)
    assert topographic_similarity(FOUR, nothing) is None
    assert positional_disentanglement(FOUR, nothing) is None
    assert bag_disentanglement(FOUR, nothing, 3) is None
    with pytest.raises(ValueError, match="at least two meanings; received 1"):
        topographic_similarity(FOUR[:1], nothing[:1])


GOOD = np.array([[0, 1], [1, 0], [1, 1]])


@pytest.mark.parametrize(
    ("meanings", "messages", "match"),
    [
        (GOOD, np.array([[0, 1], [1, -1], [0, 0]]), "Symbols must be 0 to 2; received -1"),
        (GOOD, np.array([[0, 1], [1, 3], [0, 0]]), "Symbols must be 0 to 2; received 3"),
        (GOOD, GOOD[:2], "one message per meaning; received '3 meanings, 2 messages'"),
        (
            GOOD,
            np.zeros((3, 0), dtype=np.int64),
            r"one column; received 'an array of int64, of shape \[3, 0\]'",
        ),
        (GOOD, GOOD * np.nan, "messages must be an array of integers"),
        (GOOD * 1.0, GOOD, "meanings must be an array of integers"),
        (GOOD[:1], GOOD[:1], "at least two meanings; received 1"),
    ],
)
def test_codes_that_are_none_are_rejected(meanings, messages, match):
    with pytest.raises(ValueError, match=match):
        unwrap(compositionality)(meanings, messages, 3)
