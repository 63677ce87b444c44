"""The positive-signaling bias: known values, what it ignores, and where it is refused."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from interlect.envs import make_core, play
from interlect.training import Dial
from interlect.training.learners.dial import Optimizer
from interlect.training.learners.positive_signaling import bit_probabilities, positive_signaling
from interlect.training.recipes.table import make_learner

ONCE = torch.ones(1, 4, 1)


def bits(*logits):
    """One step of four lanes, one agent and one bit."""
    return bit_probabilities(torch.tensor(logits, dtype=torch.float32).reshape(1, 4, 1, 1))


@pytest.mark.parametrize(
    ("chances", "expected"),
    [
        (bits(99, 99, 99, 99), 0.1**2),
        (bits(99, 99, -99, -99), 0.1**2 - math.log(2)),
        (bits(99, -99, -99, -99), 0.1**2 - (math.log(4) - 0.75 * math.log(3))),
        (bits(0, 0, 0, 0), (math.log(2) - 0.1) ** 2 - math.log(2)),
    ],
    ids=["always the same", "half and half", "a quarter", "target_entropy"],
)
def test_known_values(chances, expected):
    assert positive_signaling(chances, ONCE, 0.1).item() == pytest.approx(expected, abs=1e-6)


def test_messages_of_several_symbols_by_hand():
    emit = torch.randn(3, 5, 2, 4, 6, generator=torch.Generator().manual_seed(0)).double()
    chances = emit.softmax(-1)
    mean = chances.mean(1)
    often = -(mean * mean.log()).sum(-1)
    alone = -(chances * chances.log()).sum(-1).mean(1)
    expected = ((alone - 0.3) ** 2 - often).mean()
    torch.testing.assert_close(positive_signaling(chances, torch.ones(3, 5, 2).double(), 0.3), expected)


def test_agents_and_steps_have_separate_entropies():
    """Two agents that each always send their own symbol convey nothing."""
    one = bits(99, 99, 99, 99)
    two = torch.cat([one, one.flip(-1)], 2)
    assert positive_signaling(two, torch.ones(1, 4, 2), 0.0).item() == pytest.approx(0, abs=1e-6)
    later = torch.cat([one, one.flip(-1)], 0)
    assert positive_signaling(later, torch.ones(2, 4, 1), 0.0).item() == pytest.approx(0, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.floats(0, 1))
def test_messages_that_are_not_delivered_have_no_effect(seed, share):
    draw = torch.Generator().manual_seed(seed)
    chances = torch.randn(2, 6, 3, 1, 2, generator=draw).softmax(-1)
    heard = (torch.rand(2, 6, 3, generator=draw) < share).float()
    other = torch.randn(2, 6, 3, 1, 2, generator=draw).softmax(-1)
    mixed = torch.where(heard[..., None, None] > 0, chances, other)
    loss = positive_signaling(chances, heard, 0.1)
    assert torch.isfinite(loss)
    torch.testing.assert_close(positive_signaling(mixed, heard, 0.1), loss)
    only = positive_signaling(chances, torch.zeros_like(heard), 0.1)
    assert only.item() == 0


def test_the_bias_changes_the_loss_only_with_a_weight():
    small = {"updates": 2, "batch": 8, "width": 8}
    losses = [
        make_learner(Dial("multistep_digit_v0", **small, positive_signaling_weight=s)).update() for s in (0.0, 0.0, 1.0)
    ]
    assert losses[0] == losses[1] != losses[2]


def test_with_the_bias_messages_vary_over_pictures():
    fast = Optimizer(learning_rate=3e-3)
    setup = Dial("color_digit_v0", updates=150, batch=32, width=32, positive_signaling_weight=10.0, optimizer=fast)
    learner = make_learner(setup)
    for _ in range(setup.updates):
        learner.update()
    core, team = make_core("color_digit_v0", lanes=500, seed=1), learner.team()
    said = play(core, team, team.channel).sent[0, :, :, 0].mean(0)
    assert ((said > 0.25) & (said < 0.75)).all()


def test_a_carrier_without_probabilities_is_refused():
    with pytest.raises(ValueError, match=r"positive_signaling_weight=0\.1 with carrier=.number."):
        Dial("switch_riddle_v0", carrier="number", positive_signaling_weight=0.1)
