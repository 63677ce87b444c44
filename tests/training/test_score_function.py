"""The score function of sampled symbols: over all samples, its mean is the gradient of the expected loss."""

from itertools import product

import torch
from hypothesis import given
from hypothesis import strategies as st
from interlect.training.learners.policy_gradient import score_loss


@given(st.integers(0, 999), st.integers(1, 3))
def test_the_expected_score_gradient_is_the_gradient_of_the_expected_loss(seed, lanes):
    generator = torch.Generator().manual_seed(seed)
    symbols = 3
    logits = torch.randn(lanes, symbols, generator=generator, dtype=torch.float64).requires_grad_()
    loss = torch.rand(lanes, symbols, generator=generator, dtype=torch.float64)
    each = torch.arange(lanes)

    expected = torch.zeros_like(logits)
    for drawn in product(range(symbols), repeat=lanes):
        log = logits.log_softmax(-1)[each, list(drawn)]
        (gradient,) = torch.autograd.grad(score_loss(loss[each, list(drawn)], log), logits)
        expected += log.sum().exp().detach() * gradient
    (true,) = torch.autograd.grad((logits.softmax(-1) * loss).sum(-1).mean(), logits)
    torch.testing.assert_close(expected, true)


def test_equal_losses_give_no_gradient():
    said = torch.zeros(4, requires_grad=True)
    score_loss(torch.full((4,), 0.3), said).backward()
    torch.testing.assert_close(said.grad, torch.zeros(4))
