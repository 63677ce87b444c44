"""The study of layers that do not wait: its networks, folds and cosines in a few updates; its floors are slow."""

import numpy as np
import pytest
import torch
from interlect.agents import Agent, Graph
from interlect.training.adaptation.optimization import Budget
from interlect.training.experiments.credit import depth as credit_depth
from interlect.training.experiments.credit.networks import Condition, Labeled, classify, error, fold, network
from torch import nn

SHORT = Budget(updates=3, batch=16, learning_rate=1e-2, max_grad_norm=0.0)


def test_folds_part_all_pictures_and_keep_classes_in_proportion():
    tests = [fold(seed)[1] for seed in range(5)]
    assert sum(len(test.digit) for test in tests) == 1797
    assert len({row.tobytes() for test in tests for row in test.image}) == 1797
    for train, test in (fold(0), fold(13)):
        assert len(train.digit) + len(test.digit) == 1797
        shares = [np.bincount(some.digit) / len(some.digit) for some in (train, test)]
        np.testing.assert_allclose(*shares, atol=0.005)
    assert np.array_equal(fold(2)[1].image, fold(7)[1].image)
    assert not np.array_equal(fold(2)[1].image, fold(12)[1].image)


def test_a_network_is_what_it_is_by_hand():
    agent = Agent(network(3, Condition(), 4)).train()
    by_hand = nn.Sequential(
        *(m for size in (64, 64) for m in (nn.Linear(size, 64, False), nn.BatchNorm1d(64), nn.ReLU()))
    )
    by_hand.append(nn.Linear(64, 10))
    with torch.no_grad():
        for mine, theirs in zip(agent.parameters(), by_hand.parameters(), strict=True):
            theirs.copy_(mine.normal_())
    x = torch.rand(9, 64)
    for mode in (True, False):
        agent.train(mode)
        by_hand.train(mode)
        torch.testing.assert_close(agent(x, None, None)[0]["act"], by_hand(x), atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("name", credit_depth.ARMS)
def test_arms_begin_alike_learn_and_are_saved(name):
    arm = credit_depth.ARMS[name]
    train, test = fold(0)
    agent, plain = Agent(network(3, arm, 4)), Agent(network(3, Condition(), 4))
    assert error(agent, test) == error(plain, test)
    assert Graph.from_json(agent.graph.to_json()).to_json() == agent.graph.to_json()
    some = Labeled(train.image[:20], train.digit[:20])
    names, parameters = zip(*agent.train().named_parameters(), strict=True)
    found = torch.autograd.grad(classify(agent, some)[1], parameters, allow_unused=True)
    none = {name for name, gradient in zip(names, found, strict=True) if gradient is None}
    assert any(name.startswith("layer_0") for name in none) == (arm.credit == "blocked")
    assert not any(name.startswith("layer_2") for name in none)
    assert (
        credit_depth.train_and_test(3, arm, 0, budget=SHORT)[0]
        == credit_depth.train_and_test(3, arm, 0, budget=SHORT)[0]
    )


def test_cosines_of_true_and_of_opposite_predictions():
    train, _ = fold(0)
    some = Labeled(train.image[:200], train.digit[:200])
    agent = Agent(network(3, Condition("synthetic", label=True), 4)).train()
    before = {name: tensor.clone() for name, tensor in agent.state_dict().items()}
    assert credit_depth.cosines(agent, some) == [0, 0]
    # Of the last hidden layer the gradient is (p - label) W, which by a small W is (.1 - label) W, linear in the label.
    with torch.no_grad():
        weight = agent.layer_2.map.weight.mul_(1e-3)
        agent.layer_2.map.bias.zero_()
        agent.credit_1.predict[-1].weight[:, 64:] = ((torch.full((10, 10), 0.1) - torch.eye(10)) @ weight).T
        agent.credit_0.predict[-1].weight[:, 64:] = 1.0
    low, high = credit_depth.cosines(agent, some)
    assert high == pytest.approx(1, abs=1e-3)
    assert abs(low) < 0.9
    with torch.no_grad():
        agent.credit_1.predict[-1].weight.neg_()
    assert credit_depth.cosines(agent, some)[1] == pytest.approx(-1, abs=1e-3)
    kept = {name: tensor for name, tensor in agent.state_dict().items() if "norm" in name}
    assert all(torch.equal(before[name], tensor) for name, tensor in kept.items())


def test_a_figure_of_one_seed(tmp_path, monkeypatch):
    monkeypatch.setattr(credit_depth, "DEPTHS", (2, 3))
    summary = {name: {"2 layers": [5.0], "3 layers": [4.0, 3.0, 5.0]} for name in credit_depth.ARMS}
    summary |= {f"{name}: cosine at layer {i}": {"update 100": [0.5]} for name in ("DNI", "cDNI") for i in range(2)}
    credit_depth.plot(summary).savefig(tmp_path / "figure.svg")
    assert "<svg" in (tmp_path / "figure.svg").read_text()


@pytest.mark.slow
def test_six_layers_learn_from_predictions_that_know_the_label():
    errors = {
        (name, layers): np.mean(
            [credit_depth.train_and_test(layers, credit_depth.ARMS[name], seed)[0] for seed in (20, 21)]
        )
        for name, layers in (("backprop", 6), ("cDNI", 6), ("DNI", 6), ("DNI", 2), ("no bottom gradient", 6))
    }
    assert errors["cDNI", 6] < errors["backprop", 6] + 1.5
    assert errors["DNI", 6] > errors["DNI", 2] + 3
    assert errors["no bottom gradient", 6] > errors["cDNI", 6] + 3
