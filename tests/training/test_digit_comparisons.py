"""What the studies of digits set beside what: who met which pictures, what stays frozen, what is subtracted."""

from dataclasses import replace
from functools import partial
from inspect import unwrap

import numpy as np
import pytest
import torch
from interlect.agents import Agent, image_classifier
from interlect.agents.operators import exclude
from interlect.envs.pictures.images import digits
from interlect.protocols import DRU
from interlect.training import Classification
from interlect.training.adaptation import digit_classifiers as digits_study
from interlect.training.adaptation.digit_classifiers import accuracy, batch_sampler, predict_logits, train_on
from interlect.training.adaptation.optimization import Budget
from interlect.training.experiments.digits import distilled_substitution, forgetting, joint_training


def says(probabilities=None, seed=1):
    """A reader that says the same to every picture, or one that has only begun."""
    torch.manual_seed(seed)
    made = Agent(image_classifier(64, 10, DRU(), 8, 0)).eval()
    if probabilities is not None:
        with torch.no_grad():
            made.action_head.parts["1"].map.weight.zero_()
            made.action_head.parts["1"].map.bias.copy_(torch.log(torch.tensor(probabilities)))
    return made


THREE = [0.02] * 3 + [0.82] + [0.02] * 6
FIVE = [0.02] * 5 + [0.82] + [0.02] * 4


def test_what_a_reader_says_of_a_class_by_hand(monkeypatch):
    monkeypatch.setattr(forgetting, "train_on_few", lambda agent, seed: says(THREE))
    found = forgetting.compare_with_retrained(says(FIVE), says(THREE), 3, 0)
    wanted = {"forgotten": 0, "retained": 1 / 9, "TV of predictions": 1, "TV per image": 0.8, "few-shot accuracy": 1}
    assert found == pytest.approx(wanted | {"membership AUC": 0.5, "membership AUC by confidence": 0.5}, abs=1e-5)


def test_a_member_is_a_picture_to_train_on(monkeypatch):
    whole, made = says(), {}
    for split, gray in (("train", 0.0), ("held_out", 1.0)):
        made[split] = replace(digits(split), image=np.full_like(digits(split).image, gray))
    monkeypatch.setattr(forgetting, "digits", made.__getitem__)
    monkeypatch.setattr(forgetting, "train_on_few", lambda agent, seed: agent)
    logits = [predict_logits(whole, made[split].image[:1])[0] for split in ("train", "held_out")]
    for digit in range(10):
        found = forgetting.compare_with_retrained(whole, whole, digit, 0)
        ours, others = (given.log_softmax(-1)[digit] for given in logits)
        assert found["membership AUC"] == float(ours > others)
        ours, others = (given.softmax(-1).max() for given in logits)
        assert found["membership AUC by confidence"] == float(ours > others)


def test_the_yardstick_never_met_the_class_and_no_seed_is_used_twice(monkeypatch):
    compared = []

    def taught(settings, image, digit):
        return settings.seed, settings.updates, 4 in digit

    def measured(agent, retrained, digit, seed):
        compared.append((agent, retrained, digit, seed))
        return {"x": 0.0}

    monkeypatch.setattr(forgetting, "train_from_scratch", taught)
    monkeypatch.setattr(forgetting, "forget", lambda agent, digit, pictures, how, budget: (agent, digit, how, budget))
    monkeypatch.setattr(forgetting, "compare_with_retrained", measured)
    rows = list(forgetting.run(14))
    assert {(retrained, digit, seed) for _, retrained, digit, seed in compared} == {((14, 1000, False), 4, 14)}
    found = dict(zip(rows, (agent for agent, *_ in compared), strict=True))
    assert found["original"] == (14, 1000, True)
    assert found["retrained, another seed"] == (1014, 1000, False)
    assert found["retrained for 200"] == (1014, 200, False)
    original, digit, how, budget = found["forgot: shrink"]
    assert (original, digit, how) == ((14, 1000, True), 4, "shrink")
    assert (budget.updates, budget.seed) == (200, 2014)


def test_a_module_learned_alone_leaves_the_rest_and_a_difference_is_from_what_learned_on(monkeypatch):
    learned, learn = [], joint_training.train_on

    def watched(agent, image, digit, budget, *names):
        learned.append((budget.updates, budget.seed))
        return learn(agent, image, digit, budget, *names)

    monkeypatch.setattr(
        joint_training, "Classification", partial(Classification, updates=3, width=8, batch=16, learning_rate=0.1)
    )
    monkeypatch.setattr(joint_training, "MORE_UPDATES", 2)
    monkeypatch.setattr(joint_training, "train_on", watched)
    rows = joint_training.run(5)
    assert learned == [(2, 5), (2, 5), (2, 5), (5, 5), (2, 5), (2, 5), (5, 5)]
    original = rows["original"]
    for how in ("in parallel", "in series"):
        assert rows[f"{how}: zero-shot"] == original
        alone, together = rows[f"{how}: new module trained"], rows[f"{how}: all trained"]
        assert alone["without the new module"] == original["accuracy"] != alone["accuracy"]
        assert together["without the new module"] != original["accuracy"]
        less = rows[f"{how}: all trained minus without it"]["accuracy"]
        assert less == together["accuracy"] - rows["trained further without it"]["accuracy"]


def test_agreement_with_an_original_by_hand():
    one, other = says(seed=1), says(seed=2)
    held_out = digits("held_out")
    ours, theirs = (predict_logits(agent, held_out.image).double() for agent in (one, other))
    found = distilled_substitution._compare(one, other)
    each = torch.nn.functional.kl_div(ours.log_softmax(-1), theirs.softmax(-1), reduction="none").sum(-1)
    by_class = [each[held_out.digit == digit].mean() for digit in range(10)]
    assert found["KL"] == pytest.approx(float(sum(by_class) / 10), rel=1e-4)
    same = (ours.argmax(-1) == theirs.argmax(-1)).double()
    agree = [same[held_out.digit == digit].mean() for digit in range(10)]
    assert found["agreement"] == pytest.approx(float(sum(agree) / 10), abs=1e-9)
    assert found["accuracy"] == accuracy(one, held_out)


def test_a_student_is_set_beside_one_that_learns_from_labels(monkeypatch):
    taught, distill = [], distilled_substitution.distill

    def watched(student, teach, draw, mix=0.7, **options):
        taught.append((mix, options.get("trainable")))
        return distill(student, teach, draw, mix=mix, **options)

    monkeypatch.setattr(distilled_substitution, "Classification", partial(Classification, updates=2, width=8, batch=16))
    monkeypatch.setattr(distilled_substitution, "STUDENT_UPDATES", 2)
    monkeypatch.setattr(distilled_substitution, "distill", watched)
    rows = distilled_substitution.run(5)
    assert taught == [
        (0.7, ["observation_encoder"]),
        (1.0, ["observation_encoder"]),
        (0.0, ["observation_encoder"]),
        (0.0, None),
    ] * 2 + [
        (0.7, ["observation_encoder"]),
        (0.0, ["observation_encoder"]),
    ]
    assert (rows["original"]["agreement"], rows["original"]["KL"]) == pytest.approx((1.0, 0.0))
    for name, labels in (("one hidden layer", "labels, all new"), ("100 pictures", "labels, old output layer")):
        less = rows.get(f"{name}: distilled minus {labels}") or rows[f"{name}: distilled minus labels"]
        assert less["KL"] == rows[f"{name}: distilled"]["KL"] - rows[f"{name}: {labels}"]["KL"]


def test_what_is_taught_has_the_budget_of_its_run(monkeypatch):
    asked_for = []
    monkeypatch.setattr(digits_study, "train_on", lambda agent, image, digit, budget: asked_for.append(budget))
    settings = Classification("digits_v0", updates=7, batch=5, learning_rate=0.5, max_grad_norm=0.25, seed=3, width=8)
    unwrap(digits_study.train_from_scratch)(settings, digits("train").image, digits("train").digit)
    assert asked_for == [Budget(updates=7, batch=5, learning_rate=0.5, max_grad_norm=0.25, seed=3)]


def test_a_reader_learns_with_the_noise_that_it_is_not_asked_with():
    torch.manual_seed(0)
    noisy = Agent(image_classifier(64, 10, DRU(), 8, 1, residual=False, wire_noise=1.0)).train()
    quiet = Agent(exclude(noisy.graph, "noise_0").after)
    train = digits("train")
    assert torch.equal(predict_logits(noisy, train.image), predict_logits(quiet, train.image))
    one, two = (train_on(each, train.image, train.digit, Budget(2, 16)) for each in (noisy, quiet))
    assert not torch.equal(one.observation_encoder.map.weight, two.observation_encoder.map.weight)


def test_a_lesson_draws_classes_alike():
    train = digits("train")
    few = np.flatnonzero(train.digit == 3)[:5]
    rows = np.concatenate([few, np.flatnonzero(train.digit == 7)])
    _, right = batch_sampler(train.image[rows], train.digit[rows])(np.random.default_rng(0), 4000)
    assert float((right["act"] == 3).double().mean()) == pytest.approx(0.5, abs=0.05)
