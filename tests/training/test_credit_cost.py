"""A step of work is a whole update, for every arm."""

import pytest
from interlect.training.experiments.credit import cost as credit_cost
from interlect.training.experiments.credit import depth as credit_depth
from torch.optim.optimizer import register_optimizer_step_post_hook


@pytest.mark.parametrize("name", credit_depth.ARMS)
def test_a_piece_of_work_is_so_many_updates(name, monkeypatch):
    monkeypatch.setattr(credit_cost, "STEPS", 3)
    steps = []
    hook = register_optimizer_step_post_hook(lambda optimizer, *_: steps.append(optimizer))
    assert credit_cost.training_steps(credit_depth.ARMS[name], 100, layers=3)() == 3
    hook.remove()
    assert len(steps) == 3


@pytest.mark.slow
def test_a_decoupled_step_costs_at_most_three_plain_ones(monkeypatch):
    monkeypatch.setattr(credit_cost, "ARMS", {name: credit_depth.ARMS[name] for name in ("backprop", "DNI", "cDNI")})
    rows = credit_cost.run(100)
    assert rows["backprop"]["over backprop"] == 1
    assert max(rows[name]["over backprop"] for name in ("DNI", "cDNI")) < 3
