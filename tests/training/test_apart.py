"""Two parts of a network in two processes: the mailbox between them, parity with one process, and a death."""

import os
import signal
import time
from dataclasses import replace
from threading import Lock

import numpy as np
import pytest
import torch
from interlect.agents import Agent, SyntheticGradient
from interlect.training.adaptation.optimization import Budget
from interlect.training.experiments.credit import shared_queue as mailbox
from interlect.training.experiments.credit import two_processes as apart
from interlect.training.experiments.credit.networks import fold
from interlect.training.experiments.credit.processes import decoupled_network, extract_parts
from interlect.training.experiments.credit.shared_queue import SharedQueue
from interlect.training.experiments.credit.two_processes import prediction_loss, train_in_two_processes
from interlect.training.rollouts.schedules import cosine
from torch import nn

BUDGET = Budget(updates=5, batch=16, learning_rate=3e-3, max_grad_norm=0.0)


def test_a_message_arrives_late_and_the_newest_is_taken(monkeypatch):
    now = 100.0
    monkeypatch.setattr(mailbox.time, "monotonic", lambda: now)
    box = SharedQueue((2,), 0.5, Lock())
    assert box.newest(-1) is None
    assert box.send(0, torch.tensor([1.0, 2.0]))
    now = 100.25
    assert box.send(1, torch.tensor([3.0, 4.0]))
    assert box.newest(-1) is None
    now = 100.5
    assert box.newest(-1)[0] == 0
    assert box.newest(0) is None
    now = 100.75
    number, value = box.newest(-1)
    assert (number, value.tolist()) == (1, [3.0, 4.0])
    assert box.wait(1).tolist() == [3.0, 4.0]


def test_a_sender_does_not_wait_where_all_room_is_taken(monkeypatch):
    now = 0.0
    monkeypatch.setattr(mailbox.time, "monotonic", lambda: now)
    box = SharedQueue((1,), 1.0, Lock())
    assert all(box.send(number, torch.ones(1)) for number in range(mailbox.CAPACITY))
    assert not box.send(mailbox.CAPACITY, torch.zeros(1))
    now = 1.0
    assert box.newest(-1)[0] == mailbox.CAPACITY - 1
    assert box.send(mailbox.CAPACITY, torch.zeros(1))


def test_in_lock_step_two_processes_do_what_one_does():
    some, _ = fold(0)
    graph = decoupled_network(7)
    whole = Agent(graph).clone()
    lower, upper = extract_parts(graph)
    done = train_in_two_processes(lower, upper, None, some, BUDGET)
    assert done.updates == (5, 5)
    assert done.seconds > 0
    one, two = extract_parts(whole.graph)
    together = [*one.train().parameters(), *two.train().parameters()]
    adam = torch.optim.Adam(together, lr=BUDGET.learning_rate)
    for update in range(BUDGET.updates):
        rows = np.random.default_rng([BUDGET.seed, update]).integers(len(some.digit), size=BUDGET.batch)
        (value,) = one(torch.from_numpy(some.image[rows]), None)[0].values()
        (logits,) = two(value, None)[0].values()
        adam.param_groups[0]["lr"] = cosine(BUDGET.learning_rate, 0.0, update / BUDGET.updates)
        adam.zero_grad()
        nn.functional.cross_entropy(logits, torch.from_numpy(some.digit[rows])).backward()
        adam.step()
    for mine, other in zip([*lower.parameters(), *upper.parameters()], together, strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-5)


def test_decoupled_both_parts_and_the_prediction_learn():
    some, _ = fold(0)
    graph = decoupled_network(7)
    before = {name: tensor.clone() for name, tensor in Agent(graph).state_dict().items()}
    done = train_in_two_processes(*extract_parts(graph), graph.modules["credit"], some, replace(BUDGET, updates=60))
    assert done.updates[0] == 60
    assert 1 <= done.updates[1] <= 60
    assert done.rate == pytest.approx(sum(done.updates) / 2 / done.seconds)
    after = Agent(graph).state_dict()
    for name in ("layer_0.0.map.weight", "layer_5.map.weight", "credit.predict.0.weight"):
        assert not torch.equal(before[name], after[name]), name


def test_a_prediction_learns_from_what_comes_late_as_from_what_comes_at_once():
    torch.manual_seed(0)
    credit = decoupled_network(0).modules["credit"].train()
    nn.init.normal_(credit.predict[-1].weight)
    value, weight = torch.randn(8, 64, requires_grad=True), torch.randn(64)
    label = torch.eye(10)[torch.arange(8)]
    (credit(value, label) @ weight).mean().backward()
    zero_shot = credit.predict[-1].weight.grad.clone()
    credit.zero_grad()
    prediction_loss(credit, value, label, weight.expand(8, 64) / 8).backward()
    torch.testing.assert_close(credit.predict[-1].weight.grad, zero_shot)


@pytest.mark.parametrize("decoupled", [True, False])
def test_a_dead_process_is_noticed_and_its_last_state_kept(decoupled):
    some, _ = fold(0)
    graph = decoupled_network(7)
    lower, upper = extract_parts(graph)
    before = upper.layer_5.map.weight.clone()

    def kill_one(processes, updates):
        if updates[1] >= 3:
            os.kill(processes[1], signal.SIGKILL)

    begun = time.monotonic()
    budget, credit = replace(BUDGET, updates=10**6), graph.modules["credit"] if decoupled else None
    with pytest.raises(ChildProcessError, match=r"upper part died of SIGKILL, after \d+ updates.*latest parameters"):
        train_in_two_processes(lower, upper, credit, some, budget, callback=kill_one)
    assert time.monotonic() - begun < 60
    assert not torch.equal(upper.layer_5.map.weight, before)
    assert all(parameter.isfinite().all() for part in (lower, upper) for parameter in part.parameters())


def test_what_cannot_be_is_refused_before_a_process_begins(monkeypatch):
    monkeypatch.setattr(apart.mp, "get_context", None)
    some, _ = fold(0)
    lower, upper = extract_parts(decoupled_network(0))
    credit = SyntheticGradient((64,), labels=10)
    for given, said in (
        ((lower, upper, None, some, BUDGET, -1.0), "delay in seconds"),
        (
            (lower, upper, None, some, replace(BUDGET, max_grad_norm=1.0)),
            "cannot be clipped, .*; received 'max_grad_norm=1.0'",
        ),
        ((upper, lower, None, some, BUDGET), r"one row of numbers to the upper part.*\[10\].* to .*\[64\]"),
        ((lower, upper, SyntheticGradient((16,)), some, BUDGET), r"A credit between the parts must be of float\[64\]"),
        ((lower, upper, SyntheticGradient((64,), labels=3), some, BUDGET), "with 10 labels or none"),
        ((lower, upper, SyntheticGradient((64,), context=10), some, BUDGET), "must have no context.*context 10"),
        (
            (lower, upper, SyntheticGradient((64,), gradient_prob=0.5), some, BUDGET),
            "a gradient_prob of 1.*gradient_prob 0.5",
        ),
    ):
        with pytest.raises(ValueError, match=said):
            train_in_two_processes(*given)
    with pytest.raises(TypeError):
        train_in_two_processes(lower, upper, credit, some, BUDGET)  # it is asked for a process: nothing was refused
