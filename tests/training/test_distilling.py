"""Distilling: the loss by hand, what learns and what stays, teachers of several heads."""

import math

import numpy as np
import pytest
import torch
from interlect.agents import Agent, Linear, image_classifier, relay_agent
from interlect.agents.operators import substitute
from interlect.protocols import DRU, Gumbel
from interlect.training.adaptation.distilling import answers, distill, distill_loss, teacher
from interlect.training.adaptation.optimization import Budget, class_balanced_rows, fit

SHORT = Budget(updates=3, batch=8)


def runners():
    torch.manual_seed(0)
    return [Agent(relay_agent(64, 7, Gumbel(5, 2), width=8)) for _ in range(2)]


def batch_loss(rng, rows):
    inputs = {
        "observation": torch.from_numpy(rng.random((rows, 64), dtype=np.float32)),
        "heard": torch.from_numpy(rng.random((rows, 1, 10), dtype=np.float32)),
        "present": torch.ones(rows, 1),
    }
    return inputs, {"act": torch.from_numpy(rng.integers(0, 7, rows))}


def test_the_loss_by_hand():
    """One row, two choices: the teacher says 3/4 to 1/4 at temperature 2, the student 1/2 to 1/2."""
    theirs = {"act": torch.tensor([[2 * math.log(3.0), 0.0]])}
    ours = {"act": torch.tensor([[1.0, 1.0]])}
    kl = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    right = {"act": torch.tensor([1])}
    expected = 0.7 * 4 * kl + 0.3 * math.log(2)
    assert float(distill_loss(ours, theirs, right, 2.0, 0.7)) == pytest.approx(expected, abs=1e-6)
    assert float(distill_loss(ours, theirs, right, 2.0, 0.0)) == pytest.approx(math.log(2), abs=1e-6)
    assert float(distill_loss(ours, theirs, {}, 2.0, 0.7)) == pytest.approx(0.7 * 4 * kl, abs=1e-6)
    assert float(distill_loss(theirs, theirs, right, 2.0, 1.0)) == pytest.approx(0, abs=1e-6)


def test_heads_add_up_places_average_and_a_teacher_may_rule_out():
    act, emit = torch.tensor([[0.0, 0.0, -math.inf]]), torch.tensor([[[2 * math.log(3.0), 0.0], [0.0, 0.0]]])
    ours = {"act": torch.zeros(1, 3), "emit": torch.zeros(1, 2, 2)}
    kl = math.log(1.5), (0.75 * math.log(1.5) + 0.25 * math.log(0.5)) / 2
    found = distill_loss(ours, {"act": act, "emit": emit}, {}, 2.0, 1.0)
    assert float(found) == pytest.approx(4 * sum(kl), abs=1e-6)


def test_only_what_is_named_learns_and_the_student_given_stays():
    student, other = runners()
    before = {name: tensor.clone() for name, tensor in student.state_dict().items()}
    pupil = distill(
        student, teacher(other, ["act", "emit"]), batch_loss, budget=SHORT, trainable=["hidden", "message_head"]
    )
    assert all(torch.equal(before[name], tensor) for name, tensor in student.state_dict().items())
    changed = {name.split(".")[0] for name, t in pupil.state_dict().items() if not torch.equal(before[name], t)}
    assert changed == {"hidden", "message_head"}
    assert not any(p.grad is not None for p in pupil.parameters())
    assert not pupil.training


def test_a_teacher_answers_as_in_evaluation_and_keeps_its_mode():
    agent = runners()[0].train()
    inputs, _ = batch_loss(np.random.default_rng(0), 6)
    found = teacher(agent, ["act", "emit"])(inputs)
    assert agent.training
    assert [head.shape for head in found.values()] == [(6, 7), (6, 2, 5)]
    assert all(torch.equal(head, answers(agent.eval(), inputs)[name]) for name, head in found.items())
    assert not any(head.requires_grad for head in found.values())


def test_a_function_may_teach_a_module_elsewhere():
    """A student behind other ports: a reader learns what a table says, through its own inputs."""
    torch.manual_seed(0)
    student = Agent(image_classifier(64, 10, DRU(), 8))
    hot = Agent(substitute(student.graph, "observation_encoder", Linear(64, (8,), relu=True)).after)
    pupil = distill(
        hot, lambda inputs: {"act": inputs["observation"][:, :10]}, batch_loss, 1.0, 1.0, SHORT, ["observation_encoder"]
    )
    assert not torch.equal(pupil.observation_encoder.map.weight, hot.observation_encoder.map.weight)
    assert torch.equal(pupil.action_head.parts["1"].map.weight, student.action_head.parts["1"].map.weight)


def test_distilling_repeats_and_moves_towards_the_teacher():
    student, other = runners()
    teach = teacher(other, ["act", "emit"])
    torch.rand(3)
    one = distill(student, teach, batch_loss, mix=1.0, budget=Budget(updates=40, batch=32))
    torch.rand(5)
    two = distill(student, teach, batch_loss, mix=1.0, budget=Budget(updates=40, batch=32))
    assert all(torch.equal(one.state_dict()[name], tensor) for name, tensor in two.state_dict().items())
    inputs, _ = batch_loss(np.random.default_rng(9), 200)
    gaps = [distill_loss(answers(a.eval(), inputs), teach(inputs), {}, 3.0, 1.0) for a in (student, one)]
    assert gaps[1] < 0.5 * gaps[0]


def test_a_budget_of_nothing_changes_nothing():
    student, other = runners()
    same = distill(student, teacher(other, ["act"]), batch_loss, budget=Budget(updates=0))
    assert all(torch.equal(student.state_dict()[name], tensor) for name, tensor in same.state_dict().items())


def test_classes_are_drawn_alike_and_those_without_rows_never():
    digit = np.array([7] * 90 + [3] * 10)
    drawn = digit[class_balanced_rows(digit, np.random.default_rng(0), 4000)]
    assert (drawn == 3).mean() == pytest.approx(0.5, abs=0.05)
    assert len(np.unique(class_balanced_rows(digit, np.random.default_rng(0), 4000))) == 100


def test_bad_input():
    student, other = runners()
    teach = teacher(other, ["act"])
    with pytest.raises(ValueError, match=r"no output of the teacher 'akt'. Did you mean 'act'"):
        teacher(other, ["akt"])
    with pytest.raises(ValueError, match=r"temperature above 0 and a mix from 0 to 1; received \(0.0, 0.7\)"):
        distill(student, teach, batch_loss, temperature=0.0)
    with pytest.raises(ValueError, match=r"no module of the student 'hiden'. Did you mean 'hidden'"):
        distill(student, teach, batch_loss, trainable=["hiden"])
    with pytest.raises(ValueError, match=r"student must have the teacher's outputs; received 'value'"):
        distill(student, lambda inputs: {"value": torch.zeros(8, 2)}, batch_loss, budget=SHORT)
    with pytest.raises(ValueError, match=r"no input in the batch 'observation'"):
        answers(student, {"heard": torch.zeros(1, 1, 10)})
    with pytest.raises(ValueError, match=r"updates must be an integer, at least 0; received -1"):
        Budget(updates=-1)
    with pytest.raises(FloatingPointError, match="became nan at update 1"):
        fit(student.parameters(), lambda rng: student.action_head.map.weight.sum() * math.nan, SHORT)
