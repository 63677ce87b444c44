"""Discrete symbols: what each carrier sends, and what comes back."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from interlect.protocols import Channel, Gumbel, Quantized, Sampled, Symbols
from interlect.protocols.channels.serialization import CARRIERS, channel_from_json, channel_to_json


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
    for carrier in (Gumbel(4, 2, temperature), Sampled(4, 2), Quantized(4, 2)):
        assert torch.equal(carrier.encode(emit), Symbols(4, 2).encode(emit))


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


@pytest.mark.parametrize("carrier", [Gumbel(3, 1, 0.3), Gumbel(3, 1, 3.0), Sampled(3)], ids=str)
def test_at_any_temperature_symbols_are_drawn_from_the_softmax(carrier):
    emit = torch.tensor([[0.0, 1.0, -1.0]]).expand(40_000, 1, 3)
    sent = carrier.encode(emit, torch.from_numpy(carrier.noise((40_000,), np.random.default_rng(0))))
    np.testing.assert_allclose(sent.mean(0)[0].numpy(), emit[0, 0].softmax(-1).numpy(), atol=0.01)


@given(st.lists(st.sampled_from([-np.inf, -200.0, -3.0, 0.0, 0.7]), min_size=2, max_size=9), st.integers(0, 999))
def test_what_is_impossible_is_never_drawn(emit, seed):
    emit = torch.tensor([*emit, 0.0])[torch.randperm(len(emit) + 1, generator=torch.Generator().manual_seed(seed))]
    drawn = np.random.default_rng(seed).random(9, dtype=np.float32)
    noise = torch.tensor([0.0, *drawn, 1 - 2**-24])[:, None]
    sent = Sampled(len(emit)).encode(emit.expand(len(noise), 1, -1), noise)
    assert (sent.sum(-1) == 1).all()
    assert (sent * emit.softmax(-1)).sum(-1).gt(0).all()


def test_what_was_drawn_is_as_likely_as_torch_says():
    emit = emitted(3).requires_grad_()
    carrier = Sampled(4, 2)
    sent = carrier.encode(emit, torch.from_numpy(carrier.noise((6,), np.random.default_rng(1))))
    expected = torch.distributions.Categorical(logits=emit).log_prob(sent.argmax(-1)).sum(-1)
    torch.testing.assert_close(carrier.log_probability(emit, sent), expected)
    assert not sent.requires_grad
    assert carrier.holds(sent.numpy())


def test_the_mean_score_times_gain_is_the_gradient_of_the_mean_gain():
    """All 9 messages weighed by their chance (Williams 1992, theorem 1), whatever the baseline."""
    carrier, emit = Sampled(3, 2), emitted(5, 1, 2, 3)
    worth = torch.randn(9, generator=torch.Generator().manual_seed(6))
    messages = torch.stack([torch.from_numpy(carrier.signal(np.array(m))) for m in np.ndindex(3, 3)])
    for baseline in (0.0, 2.0):
        leaf = emit.clone().requires_grad_()
        likely = carrier.log_probability(leaf.expand(9, 2, 3), messages)
        (likely.exp().detach() * (worth - baseline) * likely).sum().backward()
        true = emit.clone().requires_grad_()
        (carrier.log_probability(true.expand(9, 2, 3), messages).exp() * worth).sum().backward()
        torch.testing.assert_close(leaf.grad, true.grad)


def test_a_gradient_passes_a_quantized_message_as_it_is():
    emit, weight = emitted(0).requires_grad_(), emitted(1)
    (Channel(Quantized(4, 2)).send(emit) * weight).sum().backward()
    assert torch.equal(emit.grad, weight)


@pytest.mark.parametrize("kind", CARRIERS.values(), ids=str)
def test_credit_that_a_carrier_cannot_give_names_those_that_work(kind):
    carrier = kind()
    assert Channel(carrier, credit="blocked").credit == "blocked"
    for credit in ("through", "synthetic"):
        if carrier.differentiable:
            assert Channel(carrier, credit=credit).credit == credit
            continue
        with pytest.raises(
            ValueError, match=f'Credit "{credit}" needs a differentiable carrier.*Pass credit="blocked"'
        ) as error:
            Channel(carrier, credit=credit)
        offered = {name for name in CARRIERS if f"{name}()" in str(error.value)}
        assert offered == {name for name, other in CARRIERS.items() if other().differentiable}


def test_a_temperature_is_positive():
    with pytest.raises(ValueError, match=r"temperature of Gumbel must be positive; received 0\.0"):
        Gumbel(2, temperature=0.0)


def test_it_is_saved_by_name():
    channel = Channel(Gumbel(16, 1, 2.0, False))
    assert channel_from_json(channel_to_json(channel)) == channel
