"""Capacity: known values, and what senders of all kinds get through, which is never more, and at best as much."""

import itertools
import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from interlect.protocols import (
    DRU,
    Channel,
    Composed,
    Continuous,
    Delay,
    Draws,
    Erasure,
    Flip,
    Gaussian,
    Gumbel,
    Link,
    Perfect,
    Quantized,
    Sampled,
    Symbols,
)
from interlect.protocols.analysis.information import mutual_information
from interlect.protocols.channels.capacity import amplitude_bits, binary_gaussian_bits, one_hot_bits, symmetric_bits
from interlect.protocols.channels.lengths import END, count, element_of
from interlect.protocols.channels.serialization import CARRIERS

LANES = 20_000
FEW = 30
"""In so many lanes or more that fare otherwise than most, their share is known well enough by its standard error."""
UNSEEN = 15 / LANES
"""What happens less often than this may not happen in any lane; more often, it does not but once in a million times."""
rates = st.floats(0, 1)
countable = st.one_of(
    st.builds(DRU, st.integers(1, 3)),
    st.builds(
        lambda kind, shape: kind(*shape),
        st.sampled_from([Symbols, Sampled, Gumbel, Quantized]),
        st.sampled_from([(2, 1), (3, 1), (7, 1), (3, 2)]),
    ),
)
parts = st.one_of(
    st.builds(Flip, rates), st.builds(Erasure, rates), st.builds(Delay, st.integers(1, 2)), st.just(Perfect())
)
digital = st.lists(parts, min_size=1, max_size=3)


@pytest.mark.parametrize("kind", CARRIERS.values(), ids=str)
def test_a_carrier_carries_the_logarithm_of_how_many_messages_there_are(kind):
    carrier = kind()
    expected = math.inf if carrier.alphabet is None else math.log2(math.prod(carrier.space.nvec))
    assert Channel(carrier).capacity_bits == carrier.capacity_bits == pytest.approx(expected)
    assert Channel(carrier).capacity.kind == "exact"


@pytest.mark.parametrize(
    ("carrier", "link", "bits"),
    [
        (DRU(), Flip(0.11), 0.5001),  # the binary symmetric channel at rate 1/2
        (DRU(4), Flip(0.5), 0.0),
        (DRU(), Flip(1.0), 1.0),
        (Symbols(4), Flip(0.75), 0.0),
        (Symbols(3), Flip(1.0), math.log2(3) - 1),  # one of the two others
        (Symbols(8, 2), Erasure(0.25), 4.5),
        (Symbols(8), Composed((Delay(3), Erasure(0.5), Erasure(0.5))), 0.75),
        (DRU(), Composed((Flip(0.1), Flip(0.2))), symmetric_bits(2, 0.1 * 0.2 + 0.9 * 0.8)),
        (DRU(), Gaussian(10 ** (-0.0187 / 2) / 2), 0.5),  # antipodal signals at Eb/N0 = 0.187 dB, rate 1/2
        (Continuous(3), Flip(0.3), math.inf),
        (Continuous(), Erasure(1.0), 0.0),
    ],
    ids=str,
)
def test_known_values(carrier, link, bits):
    assert Channel(carrier, link).capacity.kind == "exact"
    assert Channel(carrier, link).capacity_bits == pytest.approx(bits, abs=2e-4)


def test_under_much_noise_a_bound_is_close_and_under_little_it_is_the_carriers():
    """A number that is +-1 has the bit's capacity at twice the distance, and a one-hot row of two its at sqrt(2)."""
    for std in (0.05, 0.3, 1.0, 3.0):
        assert binary_gaussian_bits(std / 2) <= amplitude_bits(std)
        assert binary_gaussian_bits(std / math.sqrt(2)) <= one_hot_bits(2, std**2)
    assert amplitude_bits(3.0) == pytest.approx(binary_gaussian_bits(1.5), rel=0.06)
    assert one_hot_bits(2, 9.0) == pytest.approx(binary_gaussian_bits(3 / math.sqrt(2)), rel=0.06)
    assert one_hot_bits(5, 1e-4) == math.log2(5)


@dataclass
class Measured:
    """What got through: an estimate, how much it overstates, and five times its standard error, with what is unseen."""

    bits: float
    bias: float
    error: float


def chancy(link):
    """Whether it may do one thing or another."""
    return any(0 < getattr(part, "rate", 0) < 1 for part in getattr(link, "links", (link,)))


def measured(channel, weights, seed, bins=0):
    """Between which message is sent, drawn with these chances, and what arrives; with bins, of its first number."""
    carrier, delay, rng = channel.carrier, channel.link.delay, np.random.default_rng(seed)
    elements = list(np.ndindex(*carrier.space.nvec))
    words = np.stack([carrier.signal(np.array(element)) for element in elements])
    said = rng.choice(len(words), (delay + 1, LANES, 2), p=weights)
    hears, draws, state = np.ones((LANES, 2, 2), dtype=bool), Draws(LANES, seed), ()
    for time in range(delay + 1):
        heard, present, state = channel.transmit(words[said[time]], hears, channel.link_noise(draws, time, 2), state)
    heard, present = heard[:, 1, 0], present[:, 1, 0]
    if bins:
        kinds, got = bins + 1, np.digitize(heard[:, 0], np.quantile(heard[:, 0], np.arange(1, bins) / bins))
    else:
        element = carrier.element(heard.reshape(LANES, *carrier.signal_shape))
        kinds, got = len(words) + 1, np.ravel_multi_index(tuple(element.T), tuple(carrier.space.nvec))
    counts = np.zeros((len(words), kinds), dtype=np.int64)
    np.add.at(counts, (said[0, :, 0], np.where(present, got, kinds - 1)), 1)
    counts = counts[counts.any(1)][:, counts.any(0)]
    told = np.log2(np.maximum(counts, 1) * LANES / counts.sum(0) / counts.sum(1, keepdims=True))
    spread = np.sqrt(np.cov(told.ravel(), fweights=counts.ravel()))
    freedom, unit = (counts.shape[0] - 1) * (counts.shape[1] - 1), 2 * LANES * math.log(2)
    error = 1e-9 + 5 * (float(spread) / math.sqrt(LANES) + math.sqrt(2 * freedom) / unit)
    if chancy(channel.link) and LANES - counts.max(1).sum() < FEW:
        error += UNSEEN * math.log2(kinds / UNSEEN) + UNSEEN * math.log2(math.e)
    return Measured(mutual_information(counts), freedom / unit, error)


def spread_out(carrier, seed):
    """Chances of all messages, anything from nearly even to nearly all on one."""
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(math.prod(carrier.space.nvec), rng.choice([0.1, 1.0, 10.0])))


def even(carrier):
    count = math.prod(carrier.space.nvec)
    return np.full(count, 1 / count)


@settings(max_examples=30)
@example(DRU(), [Erasure(0.99999)], 0)
@example(DRU(), [Flip(0.00001)], 0)
@given(countable, digital, st.integers(0, 2**31))
def test_no_sender_gets_more_through_and_an_even_one_as_much(carrier, links, seed):
    channel = Channel(carrier, links[0] if len(links) == 1 else Composed(tuple(links)))
    random = measured(channel, spread_out(carrier, seed), seed)
    assert random.bits <= channel.capacity_bits + random.bias + random.error
    best = measured(channel, even(carrier), seed)
    assert abs(best.bits - channel.capacity_bits) <= best.bias + best.error
    assert channel.capacity.kind == "exact"


@settings(max_examples=30)
@given(st.floats(0.2, 3), st.floats(0, 0.5), st.integers(0, 2**31))
def test_a_bit_under_noise_tells_its_capacity_less_what_binning_costs(std, lost, seed):
    channel = Channel(DRU(), Composed((Gaussian(std), Erasure(lost), Gaussian(std))))
    assert channel.capacity.kind == "exact"
    assert channel.capacity_bits == pytest.approx((1 - lost) * binary_gaussian_bits(std * math.sqrt(2)))
    random = measured(channel, spread_out(DRU(), seed), seed, bins=64)
    assert random.bits <= channel.capacity_bits + random.bias + random.error
    best = measured(channel, even(DRU()), seed, bins=64)
    assert best.bits >= 0.98 * channel.capacity_bits - best.error


@settings(max_examples=30)
@given(countable, st.floats(0.05, 3), rates, st.booleans(), st.integers(0, 2**31))
def test_bounds_hold(carrier, std, rate, flip_first, seed):
    both = (Flip(rate), Gaussian(std)) if flip_first else (Gaussian(std), Flip(rate))
    channel = Channel(carrier, Composed(both))
    random, best = (measured(channel, w, seed) for w in (spread_out(carrier, seed), even(carrier)))
    for found in (random, best):
        assert found.bits <= channel.capacity_bits + found.bias + found.error


@settings(max_examples=30)
@given(st.floats(0.1, 3), st.integers(2, 5), st.integers(0, 2**31))
def test_a_real_number_under_noise_tells_no_more_than_its_bound(std, levels, seed):
    """A sender that uses so many levels, evenly spaced; what arrives is binned."""
    rng, channel = np.random.default_rng(seed), Channel(Continuous(), Gaussian(std))
    level = rng.choice(levels, (LANES, 2), p=rng.dirichlet(np.ones(levels)))
    sent = (2 * level / (levels - 1) - 1).astype(np.float32)[..., None]
    noise = channel.link_noise(Draws(LANES, seed), 0, 2)
    heard = channel.transmit(sent, np.ones((LANES, 2, 2), dtype=bool), noise)[0][:, 1, 0, 0]
    counts = np.zeros((levels, 32), dtype=np.int64)
    np.add.at(counts, (level[:, 0], np.digitize(heard, np.quantile(heard, np.arange(1, 32) / 32))), 1)
    bias = (levels - 1) * 31 / (2 * LANES * math.log(2))
    assert mutual_information(counts) <= channel.capacity_bits + bias + 0.03
    assert channel.capacity.kind == "upper bound"


def heard_with_chances(carrier, sent, rate):
    """What arrives of one message with an end over ``Flip(rate)``, with probabilities, by enumeration."""
    present = next((k + 1 for k, symbol in enumerate(sent) if symbol == END), len(sent))
    found = {}
    for arrived in itertools.product(range(carrier.vocabulary), repeat=present):
        chance = math.prod(
            1 - rate if a == b else rate / (carrier.vocabulary - 1) for a, b in zip(arrived, sent, strict=False)
        )
        last = next((k + 1 for k, symbol in enumerate(arrived) if symbol == END), present)
        rows = arrived[:last] + (None,) * (len(sent) - last)
        found[rows] = found.get(rows, 0.0) + chance
    return found


def messages_with_an_end(carrier):
    """All distinct messages, with 0 after an end."""
    number = np.arange(count(carrier.vocabulary, carrier.length))
    return [tuple(row) for row in element_of(number, carrier.vocabulary, carrier.length).tolist()]


@example((2, 2), 0.5, 0)
@example((3, 3), 1.0, 1)
@given(
    st.sampled_from([(2, 1), (2, 2), (3, 2), (2, 4), (4, 2)]), st.just(0.0) | st.floats(1e-6, 1), st.integers(0, 2**31)
)
def test_messages_with_an_end_get_no_more_through_flips_than_their_bound(shape, rate, seed):
    carrier = Symbols(*shape, end=True)
    channel, sent = Channel(carrier, Flip(rate)), messages_with_an_end(carrier)
    arrived = [heard_with_chances(carrier, message, rate) for message in sent]
    outcomes = sorted({rows for found in arrived for rows in found}, key=str)
    matrix = np.array([[found.get(rows, 0.0) for rows in outcomes] for found in arrived])
    assert matrix.sum(axis=1) == pytest.approx(1)
    rng = np.random.default_rng(seed)
    for concentration in (0.1, 1.0, 100.0):
        joint = rng.dirichlet(np.full(len(sent), concentration))[:, None] * matrix
        expected = joint.sum(1, keepdims=True) * joint.sum(0)
        told = (joint[joint > 0] * np.log2(joint[joint > 0] / expected[joint > 0])).sum()
        assert told <= channel.capacity_bits + 1e-9
    assert channel.capacity.kind == ("exact" if rate == 0 else "upper bound")


def test_the_enumeration_is_what_the_channel_does():
    carrier, rate = Symbols(3, 2, end=True), 0.3
    channel, hears = Channel(carrier, Flip(rate)), np.ones((LANES, 2, 2), dtype=bool)
    for message in messages_with_an_end(carrier):
        sent = np.broadcast_to(carrier.signal(np.array(message)), (LANES, 2, *carrier.signal_shape))
        heard = channel.transmit(sent, hears, channel.link_noise(Draws(LANES, 1), 0, 2))[0][:, 1, 0]
        rows = heard.reshape(LANES, *carrier.signal_shape)
        symbols = np.where(rows.any(-1), rows.argmax(-1), -1)
        for expected, chance in heard_with_chances(carrier, message, rate).items():
            found = (symbols == [-1 if symbol is None else symbol for symbol in expected]).all(-1).mean()
            assert found == pytest.approx(chance, abs=0.015)


@settings(max_examples=30)
@given(st.floats(0.1, 3), st.sampled_from([(2, 1), (2, 2), (3, 2)]), rates, st.integers(0, 2**31))
def test_messages_with_an_end_keep_to_their_bound_under_noise(std, shape, rate, seed):
    """The receiver decodes each position to a symbol or to none."""
    carrier = Symbols(*shape, end=True)
    channel = Channel(carrier, Composed((Flip(rate), Gaussian(std))))
    messages = messages_with_an_end(carrier)
    rng = np.random.default_rng(seed)
    said = rng.choice(len(messages), (LANES, 2), p=rng.dirichlet(np.ones(len(messages))))
    words = np.stack([carrier.signal(np.array(message)) for message in messages])
    noise = channel.link_noise(Draws(LANES, seed), 0, 2)
    heard = channel.transmit(words[said], np.ones((LANES, 2, 2), dtype=bool), noise)[0][:, 1, 0]
    rows = heard.reshape(LANES, *carrier.signal_shape)
    symbols = np.where(rows.max(-1) > 0.5, rows.argmax(-1), carrier.vocabulary)
    got = np.ravel_multi_index(tuple(symbols.T), (carrier.vocabulary + 1,) * carrier.length)
    counts = np.zeros((len(messages), (carrier.vocabulary + 1) ** carrier.length), dtype=np.int64)
    np.add.at(counts, (said[:, 0], got), 1)
    bias = (counts.shape[0] - 1) * (counts.shape[1] - 1) / (2 * LANES * math.log(2))
    assert mutual_information(counts) <= channel.capacity_bits + bias + 0.03


def test_the_capacity_of_a_link_of_ones_own_is_not_known():
    class Fog(Link):
        def noise_size(self, carrier):
            return 0

        def carry(self, carrier, signal, present, noise, state):
            return signal, present, state

    with pytest.raises(
        ValueError, match=r"needs links that are part of interlect; received .*Fog.* Use mutual_information"
    ):
        Channel(DRU(), Composed((Flip(), Fog()))).capacity  # noqa: B018
