"""Layer normalization and noise."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from interlect.agents.modules import LayerNorm, Noise


@given(seed=st.integers(0, 99), scale=st.floats(0.5, 8), size=st.floats(0.1, 100))
def test_each_row_is_standardized_by_itself(seed, scale, size):
    x = size * torch.randn(5, 2, 16, generator=torch.Generator().manual_seed(seed))
    out = LayerNorm((2, 16), scale)(x)
    torch.testing.assert_close(out.mean(-1), torch.zeros(5, 2), atol=1e-4, rtol=0)
    torch.testing.assert_close(out.std(-1, correction=0), torch.full((5, 2), scale), atol=0, rtol=1e-2)
    assert torch.equal(out.argsort(-1), x.argsort(-1))
    torch.testing.assert_close(LayerNorm((2, 16), scale)(x[2:3]), out[2:3])


def test_noise_is_there_in_training_only():
    torch.manual_seed(0)
    noise, x = Noise((50,), 0.3), torch.ones(1000, 50)
    assert torch.equal(noise.eval()(x), x)
    added = noise.train()(x) - x
    assert abs(added.mean()) < 0.01
    assert abs(added.std() - 0.3) < 0.01
