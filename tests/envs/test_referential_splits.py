"""Splits of objects: nothing is lost or in both parts, every way holds out what it says, and it is always the same."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from interlect.envs.referential.objects import AttributeObjects, DigitObjects
from interlect.envs.referential.splits import HOLDOUTS, combinations, split_of

sizes = st.lists(st.integers(2, 6), min_size=1, max_size=4).map(tuple)
pairs = st.lists(st.integers(2, 6), min_size=2, max_size=4).map(tuple)
shares, seeds = st.floats(0.02, 0.5), st.integers(0, 2**64 - 1)


def rows(array):
    return {tuple(row) for row in array.tolist()}


def parts(values, holdout, share, seed):
    try:
        return tuple(split_of(values, split, holdout, share, seed) for split in ("train", "held_out"))
    except ValueError as error:
        assume("two non-empty parts" not in str(error))  # so few objects that a part is empty
        raise


@given(pairs, st.sampled_from(HOLDOUTS), shares, seeds)
def test_both_parts_are_all_objects_and_never_mix(values, holdout, share, seed):
    train, held = parts(values, holdout, share, seed)
    assert not rows(train) & rows(held)
    everything = np.array(list(np.ndindex(*values)))
    assert rows(train) | rows(held) == rows(everything) == rows(split_of(values, "all"))
    assert len(train) + len(held) == math.prod(values) == len(combinations(values))
    assert len(train) > 0
    assert len(held) > 0


@given(sizes, shares, seeds)
def test_random_holds_out_a_share(values, share, seed):
    _, held = parts(values, "random", share, seed)
    assert len(held) == round(share * math.prod(values))


@given(pairs, shares, seeds)
def test_compositional_trains_on_every_value_and_never_on_certain_pairs(values, share, seed):
    train, held = parts(values, "compositional", share, seed)
    for k, size in enumerate(values):
        assert set(train[:, k].tolist()) == set(range(size))
    assert not rows(train[:, :2]) & rows(held[:, :2])
    for value in range(values[0]):
        partners = set(held[held[:, 0] == value, 1].tolist())
        assert abs(len(partners) - values[1] / round(1 / share)) < 1


@given(sizes, shares, seeds)
def test_values_holds_out_objects_with_an_unseen_value(values, share, seed):
    train, held = parts(values, "values", share, seed)
    unseen = [set(range(size)) - set(train[:, k].tolist()) for k, size in enumerate(values)]
    for size, missing in zip(values, unseen, strict=True):
        assert missing == set(range(size - max(1, round(share * size)), size))
    assert all(any(value in unseen[k] for k, value in enumerate(row)) for row in held.tolist())


@given(pairs, st.sampled_from(HOLDOUTS), seeds)
def test_what_is_held_out_depends_on_the_seed_alone(values, holdout, seed):
    once, again = (parts(values, holdout, 0.3, seed) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(once, again, strict=True))


@pytest.mark.parametrize(("holdout", "held"), [("random", 10), ("compositional", 10), ("values", 19)])
def test_sizes_of_ten_by_ten(holdout, held):
    found = [split_of((10, 10), "held_out", holdout, 0.1, seed) for seed in range(5)]
    assert {len(rows) for rows in found} == {held}
    different = {rows.tobytes() for rows in found}
    assert len(different) == (1 if holdout == "values" else 5)
    if holdout == "compositional":
        assert all(sorted(column) == [*range(10)] for column in found[0].T.tolist())


def test_what_is_held_out_stays_the_same_in_later_versions():
    assert split_of((4, 4), "held_out", "random", 0.2, 0).tolist() == [[0, 0], [1, 0], [2, 0]]
    assert split_of((4, 4), "held_out", "compositional", 0.25, 0).tolist() == [[0, 0], [1, 2], [2, 3], [3, 1]]


def test_objects_of_attributes_are_seen_one_hot():
    objects = AttributeObjects(2, (2, 3), "all", "random", 0.1, 0)
    assert objects.observation_of(np.array([1]))[0].tolist() == [1, 0, 0, 1, 0]
    assert objects.attributes(np.array([[5, 1]])).tolist() == [[[1, 2], [0, 1]]]
    every = np.arange(objects.kinds)
    np.testing.assert_array_equal(objects.recognize(objects.observation_of(every)), objects.attributes(every))
    np.testing.assert_array_equal(objects.code(objects.attributes(every)), every)
    held = AttributeObjects(2, (2, 3), "held_out", "values", 0.1, 0)
    assert held.code(held.attributes(np.arange(held.kinds))).tolist() == [2, 3, 4, 5]


@pytest.mark.parametrize("split", ["all", "train", "held_out"])
def test_pictures_are_of_their_class_and_recognized(split):
    objects = DigitObjects(split)
    looks = np.arange(len(objects.digit))
    np.testing.assert_array_equal(objects.recognize(objects.observation_of(looks)), objects.attributes(looks))
    ends = np.array([0, 2**32 - 1], dtype=np.uint64)
    for kind in range(10):
        first, last = objects.view(np.full(2, kind), ends).tolist()
        assert (objects.digit == kind).nonzero()[0].tolist() == [*range(first, last + 1)]
        count = last - first + 1
        fraction = (np.arange(count - 1, dtype=np.uint64) * np.uint64(2**32)) // np.uint64(count - 1) + np.uint64(1)
        others = objects.another_view(np.full(count - 1, first), fraction)
        assert sorted(others.tolist()) == [*range(first + 1, last + 1)]


def test_all_pictures_are_those_of_both_splits():
    total = len(DigitObjects("all").digit)
    assert total == 1797
    assert total == len(DigitObjects("train").digit) + len(DigitObjects("held_out").digit)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((3,), "test"), "; received 'test'"),
        (((3, 3), "train", "compositonal"), "Did you mean 'compositional'"),
        (((3, 3), "train", "random", 1.5), "holdout_share must be a finite number from 0 to 1; received 1.5"),
        (((3, 3), "train", "random", 0.0), "two non-empty parts; received 'holdout_share=0.0, which holds out 0'"),
        (((3, 3), "train", "random", 1.0), "which holds out 9"),
        (((9,), "train", "compositional"), r"two attributes with at least two values.*received 'values \(9,\)"),
        (((3, 3), "train", "compositional", 0.6), "<= 0.5; received .* and holdout_share=0.6"),
        (((3, 3), "train", "values", 1.0), "which holds out 9"),
        (((3, 3), "train", "random", 0.1, -1), "split_seed must be an integer from 0 to"),
        (((2048, 1024), "all"), "at most 1048576 objects; received '2097152 of"),
    ],
)
def test_what_cannot_be(arguments, message):
    with pytest.raises(ValueError, match=message):
        split_of(*arguments)
