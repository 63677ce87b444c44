"""Messages with an end: what follows it does not exist, for receivers, in numbers, in bits, and for gradients."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from interlect.protocols import Channel, Composed, Draws, Erasure, Flip, Gaussian, Gumbel, Quantized, Sampled, Symbols
from interlect.protocols.analysis.messages import message_count, message_elements, message_names, message_numbers
from interlect.protocols.channels.lengths import lengths, until_end
from interlect.protocols.channels.serialization import channel_from_json, channel_to_json

KINDS = (Symbols, Sampled, Gumbel, Quantized)
LINKS = (Flip(0.4), Erasure(0.3), Gaussian(0.5), Composed((Gaussian(0.2), Flip(0.3))))
sizes, seeds = st.tuples(st.integers(1, 4), st.integers(1, 4)), st.integers(0, 2**31)
kinds = st.builds(lambda kind, size: kind(*size, end=True), st.sampled_from(KINDS), sizes)


def every_element(carrier):
    return np.array(list(np.ndindex(*carrier.space.nvec)), dtype=np.int64)


def length(symbols):
    """Own words: how long a list of symbols is."""
    return symbols.index(0) + 1 if 0 in symbols else len(symbols)


def same_start(element, rng):
    """Other symbols after the end."""
    other = rng.integers(element.max() + 2, size=element.shape)
    return np.where(np.arange(len(element)) < length(element.tolist()), element, np.minimum(other, element.max()))


@given(sizes, seeds)
def test_lengths_count_the_end(size, seed):
    element = np.random.default_rng(seed).integers(size[0], size=(5, size[1]))
    assert lengths(element).tolist() == [length(row) for row in element.tolist()]


def test_known_lengths():
    assert lengths(np.array([[0, 3, 1], [2, 0, 1], [2, 1, 0], [2, 1, 3]])).tolist() == [1, 2, 3, 3]


@given(kinds, st.sampled_from(LINKS), seeds)
def test_what_follows_the_end_changes_nothing_that_is_heard(carrier, link, seed):
    rng = np.random.default_rng(seed)
    element = rng.integers(carrier.vocabulary, size=carrier.length)
    if carrier.vocabulary == 1:
        link = Erasure(0.3)
    channel, draws, hears = Channel(carrier, link), Draws(1, seed), np.ones((1, 2, 2), dtype=bool)
    noise, heard = channel.link_noise(draws, 0, 2), []
    for said in (element, same_start(element, rng)):
        sent = np.stack([carrier.signal(said)] * 2)
        assert carrier.holds(sent)
        heard.append(channel.transmit(sent[None], hears, noise)[0])
    assert heard[0].tobytes() == heard[1].tobytes()


@given(kinds)
def test_capacity_is_the_logarithm_of_how_many_sound_different(carrier):
    element = every_element(carrier)
    signal = np.stack([carrier.signal(row) for row in element])
    heard = {sound.tobytes() for sound in carrier.decode(signal)}
    assert len(heard) == message_count(carrier)
    assert carrier.capacity_bits == Channel(carrier).capacity_bits == pytest.approx(math.log2(len(heard)))
    assert Channel(carrier).capacity.kind == "exact"
    plain = replace(carrier, end=False)
    assert carrier.capacity_bits <= plain.capacity_bits
    assert Channel(carrier, Erasure(0.25)).capacity_bits == pytest.approx(0.75 * carrier.capacity_bits)
    assert Channel(carrier, Gaussian(0.01)).capacity_bits <= carrier.capacity_bits
    if carrier.vocabulary > 1:
        flipped = Channel(carrier, Flip(0.1)).capacity
        bound = Channel(plain, Flip(0.1)).capacity_bits + math.log2(carrier.length)  # flips do not hide the length
        assert flipped.bits == pytest.approx(min(carrier.capacity_bits, bound))
        assert flipped.kind == "upper bound"


@given(kinds)
def test_numbers_are_those_of_a_dictionary(carrier):
    element = every_element(carrier)
    signal = np.stack([carrier.signal(row) for row in element])
    said = sorted({tuple(row[: length(row)]) for row in element.tolist()})
    assert message_names(carrier) == tuple("".join(map(str, word)) for word in said)
    expected = [said.index(tuple(row[: length(row)])) for row in element.tolist()]
    assert message_numbers(carrier, signal).tolist() == expected
    back = message_elements(carrier, np.arange(len(said)))
    assert [tuple(row[: length(row)]) for row in back.tolist()] == said
    assert message_numbers(carrier, np.stack([carrier.signal(row) for row in back])).tolist() == [*range(len(said))]


@given(kinds)
def test_without_an_end_nothing_is_cut(carrier):
    plain = replace(carrier, end=False)
    element = every_element(plain)
    signal = np.stack([plain.signal(row) for row in element])
    np.testing.assert_array_equal(plain.element(plain.decode(signal).reshape(signal.shape)), element)
    assert message_count(plain) == len(element)
    assert message_numbers(plain, signal).tolist() == [*range(len(element))]


@given(kinds, seeds)
def test_numpy_and_torch_cut_alike_and_one_hot_rows_exactly(carrier, seed):
    rng = np.random.default_rng(seed)
    soft = rng.normal(size=(3, *carrier.signal_shape)).astype(np.float32)
    assert until_end(soft).tobytes() == until_end(torch.from_numpy(soft)).numpy().tobytes()
    element = rng.integers(carrier.vocabulary, size=(3, carrier.length))
    rows = np.eye(carrier.vocabulary, dtype=np.float32)[element]
    place = np.arange(carrier.length)
    np.testing.assert_array_equal(until_end(rows), rows * (place < lengths(element)[:, None])[..., None])
    np.testing.assert_array_equal(until_end(until_end(rows)), until_end(rows))


@given(seeds)
def test_a_soft_message_counts_as_far_as_it_has_not_ended(seed):
    """By hand: place k times the chance that none of the places before is the end; and autograd agrees."""
    emit = torch.randn(5, 3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    carrier = Gumbel(4, 3, 0.7, False, end=True)
    soft = (emit / 0.7).softmax(-1)
    going = torch.stack([torch.ones(5), 1 - soft[:, 0, 0], (1 - soft[:, 0, 0]) * (1 - soft[:, 1, 0])], dim=1)
    torch.testing.assert_close(carrier.encode(emit, torch.zeros_like(emit)), soft * going[..., None])
    leaf = emit[:1].clone().requires_grad_()
    torch.autograd.gradcheck(lambda e: carrier.encode(e, torch.zeros_like(e)), leaf)
    carrier.encode(leaf, torch.zeros_like(leaf))[0, 2].sum().backward()
    assert leaf.grad[0, 0].abs().sum() > 0  # ending earlier or later is felt by whoever would have heard the rest


@pytest.mark.parametrize("carrier", [Gumbel(3, 3, end=True), Quantized(3, 3, end=True)], ids=str)
def test_straight_through_sends_elements_and_feels_the_end(carrier):
    emit = torch.tensor([[[0.0, 2.0, 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]], requires_grad=True)
    sent = Channel(carrier).send(emit, torch.zeros(1, 3, 3) if isinstance(carrier, Gumbel) else None)
    assert carrier.holds(sent.detach().numpy())
    assert carrier.element(sent.detach().numpy()).tolist() == [[1, 1, 2]]
    sent[0, 2].sum().backward()
    assert emit.grad[0, 0, 0] < 0
    ended = carrier.encode(torch.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]]))
    assert ended[0].tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0]]


def test_what_is_not_sent_has_no_score():
    carrier = Sampled(3, 2, end=True)
    emit = torch.randn(1, 2, 3, generator=torch.Generator().manual_seed(0)).expand(20, 2, 3)
    sent = carrier.encode(emit, torch.from_numpy(carrier.noise((20,), np.random.default_rng(0))))
    symbol = emit.log_softmax(-1)[0].numpy()
    first, second = carrier.element(sent.numpy()).T
    assert 0 < (first == 0).sum() < 20
    expected = symbol[0, first] + np.where(first == 0, 0, symbol[1, second])
    np.testing.assert_allclose(carrier.log_probability(emit, sent).numpy(), expected, rtol=1e-5)


def test_chances_of_messages_with_an_end_add_up_to_one():
    carrier, emit = Sampled(3, 3, end=True), torch.randn(1, 3, 3, generator=torch.Generator().manual_seed(0))
    element = message_elements(carrier, np.arange(message_count(carrier)))
    sent = torch.from_numpy(np.stack([carrier.signal(row) for row in element]))
    assert carrier.log_probability(emit.expand(len(sent), 3, 3), sent).exp().sum() == pytest.approx(1)


def test_a_flip_of_the_end_shows_nothing_and_a_flip_into_one_hides_the_rest():
    carrier = Symbols(2, 3, end=True)
    channel, hears = Channel(carrier, Flip(1.0)), np.ones((1, 1, 1), dtype=bool)
    noise = channel.link_noise(Draws(1, 0), 0, 1)

    def heard(*element):
        sent = carrier.signal(np.array(element))[None, None]
        return channel.transmit(sent, hears, noise)[0].reshape(3, 2).tolist()

    assert heard(0, 1, 1) == [[0, 1], [0, 0], [0, 0]]
    assert heard(1, 1, 1) == [[1, 0], [0, 0], [0, 0]]


def test_what_is_sent_after_an_end_is_no_signal_and_a_channel_with_an_end_is_saved():
    carrier = Symbols(3, 2, end=True)
    assert not carrier.holds(np.eye(3, dtype=np.float32)[[[0, 1]]])
    assert not carrier.holds(np.zeros((1, 2, 3), dtype=np.float32))
    assert Symbols(3, 2).holds(np.eye(3, dtype=np.float32)[[[0, 1]]])
    channel = Channel(carrier)
    assert channel_from_json(channel_to_json(channel)) == channel
    old = channel_to_json(Channel(Symbols(3, 2)))
    del old["carrier"][1]["end"]
    assert channel_from_json(old) == Channel(Symbols(3, 2))
