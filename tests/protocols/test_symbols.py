"""Discrete symbols: what the Gumbel-softmax sends, and what comes back."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from interlect.protocols import Channel, Gumbel, Symbols
from interlect.protocols.channel_json import channel_from_json, channel_to_json


def emitted(seed, rows=6, length=2, vocabulary=4):
    return torch.randn(rows, length, vocabulary, generator=torch.Generator().manual_seed(seed))


@given(seed=st.integers(0, 99), temperature=st.floats(0.1, 5), hard=st.booleans())
def test_it_is_torchs_gumbel_softmax(seed, temperature, hard):
    emit = emitted(seed)
    torch.manual_seed(seed)
    expected = torch.nn.functional.gumbel_softmax(emit, temperature, hard)
    torch.manual_seed(seed)
    noise = -torch.empty_like(emit).exponential_().log()
    torch.testing.assert_close(Gumbel(4, 2, temperature, hard).encode(emit, noise), expected, atol=1e-6, rtol=0)


@given(seed=st.integers(0, 99), temperature=st.floats(0.1, 5))
def test_in_evaluation_it_says_what_plain_symbols_say(seed, temperature):
    emit = emitted(seed)
    assert torch.equal(Gumbel(4, 2, temperature).encode(emit), Symbols(4, 2).encode(emit))


def test_straight_through_sends_elements_and_takes_the_soft_gradient_back():
    emit, weight = emitted(0), emitted(1)
    noise = torch.from_numpy(Gumbel(4, 2).noise((6,), np.random.default_rng(0)))
    gradients = []
    for straight in (True, False):
        leaf = emit.clone().requires_grad_()
        sent = Gumbel(4, 2, 2.0, straight).encode(leaf, noise)
        assert Gumbel(4, 2).holds(sent.detach().numpy()) == straight
        (sent * weight).sum().backward()
        gradients.append(leaf.grad)
    assert gradients[0].abs().sum() > 0
    torch.testing.assert_close(*gradients)


@pytest.mark.parametrize("temperature", [0.3, 3.0])
def test_at_any_temperature_symbols_are_drawn_from_the_softmax(temperature):
    carrier = Gumbel(3, 1, temperature)
    emit = torch.tensor([[0.0, 1.0, -1.0]]).expand(40_000, 1, 3)
    sent = carrier.encode(emit, torch.from_numpy(carrier.noise((40_000,), np.random.default_rng(0))))
    np.testing.assert_allclose(sent.mean(0)[0].numpy(), emit[0, 0].softmax(-1).numpy(), atol=0.01)


def test_a_temperature_is_positive():
    with pytest.raises(ValueError, match=r"temperature of Gumbel is positive; received 0\.0"):
        Gumbel(2, temperature=0.0)


def test_it_is_saved_by_name():
    channel = Channel(Gumbel(16, 1, 2.0, False))
    assert channel_from_json(channel_to_json(channel)) == channel
