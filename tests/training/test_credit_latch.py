"""What comes back over the border of two windows: laws, and known answers in a few updates; floors are slow."""

import numpy as np
import pytest
import torch
from interlect.training.experiments.credit import latch as credit_latch
from interlect.training.experiments.credit.latch import ARMS, Latch, sequences, updates_to_solve


def learner(name, seed=0):
    torch.manual_seed(seed)
    made = Latch(ARMS[name]).train()
    if made.border and list(made.border.parameters()):
        torch.nn.init.normal_(made.border.predict[-1].weight, 0.0, 0.3)
    return made


def reached(name, distractors=6):
    """By step, whether the loss has a gradient for what was seen there."""
    signal, bit = sequences(distractors, 9, np.random.default_rng(0))
    loss, _ = learner(name)(signal.requires_grad_(), bit)
    (gradient,) = torch.autograd.grad(loss, signal)
    return [bool(at.any()) for at in gradient]


@pytest.mark.parametrize("distractors", [6, 7])
def test_truncation_leaves_exactly_no_gradient_before_the_last_window_and_predictions_leave_some(distractors):
    steps = distractors + 2
    last = steps - (steps % 2 or 2)
    assert reached("full BPTT", distractors) == [True] * steps
    assert reached("BPTT(2)", distractors) == [False] * last + [True] * (steps - last)
    for name in ("DNI", "DNI, label", "DNI, auxiliary task"):
        assert reached(name, distractors) == [True] * steps


def test_a_border_learns_the_gradient_of_the_next_window_with_its_own_prediction():
    made = learner("DNI")
    signal, bit = sequences(4, 5, np.random.default_rng(1))
    made(signal, bit)[0].backward()
    # By hand: three windows; the second border's target is the loss's, the first one's is what is predicted behind it.
    memory, expected = None, 0.0
    for time in range(0, 6, 2):
        if memory is not None:
            state = memory[0].detach().requires_grad_()
            memory = (state,)
        for seen in signal[time : time + 2]:
            outputs, memory = made.agent(seen, memory)
        if time:
            if time == 4:
                value = torch.nn.functional.cross_entropy(outputs["act"], bit, reduction="sum") / np.log(2)
            else:
                value = (made.border.predict(memory[0].detach()).detach() * memory[0]).sum()
            (target,) = torch.autograd.grad(value, state)
            expected += 2 * (made.border.predict(state) - target).mean(0)
    torch.testing.assert_close(made.border.predict[-1].bias.grad, expected)


def test_the_auxiliary_task_moves_the_state_and_what_tells_and_not_what_is_told():
    made = learner("DNI, auxiliary task")
    signal, bit = sequences(4, 5, np.random.default_rng(1))
    _, auxiliary = made(signal, bit)
    auxiliary.backward()
    assert made.ahead.weight.grad.any()
    assert made.agent.rnn.layers[0].from_input.weight.grad.any()
    assert made.agent.action_head.map.weight.grad is None
    assert all(parameter.grad is None for parameter in made.border.parameters())
    assert learner("DNI")(signal, bit)[1] == 0


def test_sequences_show_a_flagged_bit_once():
    signal, bit = sequences(6, 400, np.random.default_rng(2))
    assert signal.shape == (8, 400, 2)
    assert torch.equal(signal[0, :, 0], bit * 2.0 - 1)
    assert torch.equal(signal[:, 0, 1], torch.eye(8)[0])
    assert not signal[-1].any()
    assert set(signal[1:-1, :, 0].unique().tolist()) == {-1.0, 1.0}
    assert 0.4 < bit.double().mean() < 0.6


def test_updates_are_counted_up_to_the_most(monkeypatch):
    assert updates_to_solve(ARMS["DNI"], 2, 100, 3) is None
    monkeypatch.setattr(credit_latch, "SOLVED", 100.0)
    assert updates_to_solve(ARMS["DNI"], 2, 100, 3) == 0
    monkeypatch.setattr(credit_latch, "DISTRACTORS", (2,))
    assert credit_latch.run(100)["full BPTT, 2 distractors"] == {"updates": 0.0, "solved": 1.0}
    took = {"full BPTT": 7, "DNI": 70}
    named = {id(arm): name for name, arm in ARMS.items()}
    monkeypatch.setattr(credit_latch, "updates_to_solve", lambda arm, _d, _s, most: took.get(named[id(arm)]))
    rows = credit_latch.run(100)
    assert rows["DNI, 2 distractors"] == {"updates": 70.0, "solved": 1.0}
    assert rows["BPTT(2), 2 distractors"] == {"updates": 70.0, "solved": 0.0}


def test_a_short_latch_is_learned():
    assert updates_to_solve(ARMS["full BPTT"], 2, 100, 200) is not None


@pytest.mark.slow
def test_a_long_latch_is_learned_by_predictions_and_not_by_truncation():
    full = updates_to_solve(ARMS["full BPTT"], 14, 20, 2000)
    assert updates_to_solve(ARMS["DNI, label"], 14, 20, 2 * full) is not None
    assert updates_to_solve(ARMS["BPTT(2)"], 14, 20, 10 * full) is None
