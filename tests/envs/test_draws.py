"""The counter-based random numbers: known answers, the law of lanes, and uniformity."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from interlect.protocols.common.draws import LAST_SEED, Digits, Draws, below, halves, lane_seed, splitmix64


def test_splitmix64_known_answers() -> None:
    """The first outputs of the reference generator for the seed 1234567."""
    golden = np.uint64(0x9E3779B97F4A7C15)
    states = np.uint64(1234567) + np.arange(5, dtype=np.uint64) * golden
    expected = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    assert splitmix64(states).tolist() == expected


@given(st.integers(0, 2**63), st.integers(1, 9), st.integers(0, 9), st.integers(0, 3), st.data())
def test_a_lane_draws_the_same_whatever_is_beside_it(seed: int, lanes: int, more: int, draw: int, data) -> None:
    few, many = Draws(lanes, seed), Draws(lanes + more, seed)
    for _ in range(3):
        again = np.array(data.draw(st.lists(st.booleans(), min_size=lanes + more, max_size=lanes + more)))
        few.reset(lanes=again[:lanes])
        many.reset(lanes=again)
        for stream in (0, 1):
            assert few.bits(draw, stream).tolist() == many.bits(draw, stream)[:lanes].tolist()
            assert few.uniform(5, draw, stream).tobytes() == many.uniform(5, draw, stream)[:lanes].tobytes()


def test_lanes_may_be_counted_from_any_number() -> None:
    alone, many = Draws(1, 6, first=3), Draws(4, 0)
    for seed in (6, None):
        for draws in (alone, many):
            draws.reset(6 if seed else None)
        assert alone.bits(2).tolist() == many.bits(2)[3:].tolist()
        assert alone.episode.tolist() == [0 if seed else 1]


@given(st.integers(0, LAST_SEED), st.integers(0, 40))
def test_each_lane_is_lane_0_of_its_own_seed(seed: int, lane: int) -> None:
    alone, many = Draws(1, None), Draws(lane + 1, None)
    alone.reset(lane_seed(seed, lane))
    many.reset(seed)
    for _ in range(2):
        assert alone.bits(3, stream=1)[0] == many.bits(3, stream=1)[lane]
        assert alone.uniform(5, 2).tobytes() == many.uniform(5, 2)[lane].tobytes()
        alone.reset()
        many.reset()
    assert lane_seed(seed, 0) == seed


def test_all_numbers_differ() -> None:
    draws, seen = Draws(50, 3), []
    for _ in range(4):
        seen += [draws.bits(draw, stream) for draw in range(5) for stream in range(3)]
        draws.reset()
    assert len(np.unique(np.concatenate(seen))) == 4 * 5 * 3 * 50


def test_two_counters_are_all_state() -> None:
    draws, other = Draws(4, 5), Draws(4, 6)
    draws.reset()
    draws.reset(lanes=np.array([True, False, True, False]))
    other.restore(draws.seed, draws.episode)
    assert draws.episode.tolist() == [2, 1, 2, 1]
    assert draws.bits(7).tolist() == other.bits(7).tolist()


def test_uniform_numbers_are_uniform() -> None:
    numbers = Draws(1000, 0).uniform(100, 3, 1)
    assert numbers.min() >= 0
    assert numbers.max() < 1
    counts = np.histogram(numbers, bins=50, range=(0, 1))[0]
    assert ((counts - 2000) ** 2 / 2000).sum() < 49 + 5 * np.sqrt(2 * 49)
    assert abs(np.corrcoef(numbers[:, 0], numbers[:, 1])[0, 1]) < 0.15
    assert Draws(3, 0).uniform(0, 3).shape == (3, 0)


@given(st.integers(2, 50), st.integers(0, 2**64 - 1))
def test_digits_are_those_of_the_fraction(base: int, bits: int) -> None:
    digits = Digits(base)
    number = (bits >> 32) * base**digits.per_draw >> 32
    fraction, read = digits.begin(np.array([bits], dtype=np.uint64)), 0
    for _ in range(digits.per_draw):
        read = read * base + int(digits.take(fraction)[0])
    assert read == number
    assert base**digits.per_draw <= 2**16


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1), st.integers(1, 2**32))
def test_halves_scale_to_integers_below_a_base(bits: list[int], base: int) -> None:
    high, low = halves(np.array(bits, dtype=np.uint64))
    assert below(high, base).tolist() == [(word >> 32) * base >> 32 for word in bits]
    assert below(low, np.full(len(bits), base)).tolist() == [word % 2**32 * base >> 32 for word in bits]
