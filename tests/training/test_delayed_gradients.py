"""Delayed gradients: what predictors learn from and when, and exact resumption of a run with gradients under way."""

import numpy as np
import pytest
import torch
from interlect.agents import SeparateAgents, StackedAgents, SyntheticGradient
from interlect.agents.saving import load_tensors
from interlect.training import Dial, Optimizer, resume, train
from interlect.training.recipes.table import make_learner
from interlect.training.rollouts.delayed_gradients import DelayedGradients

SMALL = {"game": "switch_riddle_v0", "credit": "synthetic", "batch": 4, "width": 8}


def predictor(learner):
    return [agent.credit.predict[-1].weight for agent in learner.team().agents]


def credit_gradients(learner):
    """The gradient of each parameter of the predictors, [agents, ...]."""
    network = learner.network
    if isinstance(network, StackedAgents):
        named = zip(network.names, network.stacked, strict=True)
        return [p.grad.clone() for name, p in named if name.startswith("credit")]
    agents = network.seats if isinstance(network, SeparateAgents) else [network]
    return [torch.stack([p.grad for p in each]) for each in zip(*(a.credit.parameters() for a in agents), strict=True)]


def test_a_linear_predictor_learns_by_hand():
    """Inputs x, and the mean of c x as the loss: the true gradient of a row is c, which is k + 1 at update k."""
    rate, gradient_delay, x = 0.1, 2, np.array([1.0, -2.0, 0.5], dtype=np.float32)
    credit = SyntheticGradient((1,))
    ring = DelayedGradients([credit], gradient_delay, calls=1, rows=3)
    weight = bias = 0.0
    sent = torch.tensor(x)[:, None].requires_grad_()
    for update in range(7):
        sent.grad = None
        with ring.recording(update):
            out = credit(sent)
        loss = ((update + 1) * out).mean() + ring.due(update)
        credit.zero_grad()
        loss.backward()
        np.testing.assert_allclose(sent.grad[:, 0], (weight * x + bias) / 3, rtol=1e-5)
        with torch.no_grad():
            for parameter in credit.parameters():
                parameter -= rate * parameter.grad
        if update >= gradient_delay:
            error = weight * x + bias - (update - gradient_delay + 1)
            weight, bias = weight - rate * 2 * (error * x).mean(), bias - rate * 2 * error.mean()
        np.testing.assert_allclose([p.item() for p in credit.parameters()], [weight, bias], rtol=1e-5)
    assert weight != 0


@pytest.mark.parametrize("shared", [True, False])
def test_before_the_first_gradient_arrives_predictor_and_sender_stay_unchanged(shared):
    learner = make_learner(Dial(**SMALL, updates=6, gradient_delay=3, shared=shared))
    first = learner.team().agents[0].message_head.map.weight
    for update in range(1, 6):
        learner.update()
        assert any(weight.any() for weight in predictor(learner)) == (update > 3)
        assert torch.equal(first, learner.team().agents[0].message_head.map.weight) == (update < 5)


@pytest.mark.parametrize("shared", [True, False])
def test_delayed_gradients_equal_those_without_delay(shared):
    still = {"updates": 6, "shared": shared, "optimizer": Optimizer(learning_rate=0.0)}
    zero_shot, delayed = (make_learner(Dial(**SMALL, **still, gradient_delay=delay)) for delay in (0, 2))
    expected = []
    for update in range(5):
        zero_shot.update()
        delayed.update()
        expected.append(credit_gradients(zero_shot))
        found = credit_gradients(delayed)
        if update < 2:
            assert not any(gradient.any() for gradient in found)
            continue
        assert all(gradient.any() for gradient in found[-1:])
        for mine, theirs in zip(found, expected[update - 2], strict=True):
            torch.testing.assert_close(mine, theirs.reshape(mine.shape))


def test_without_delay_nothing_is_stored():
    learner = make_learner(Dial(**SMALL, updates=2))
    assert not any(name.startswith("delayed_gradients") for name in learner.tensors())
    assert learner.team().agents[0].credit.keep is None


@pytest.mark.parametrize(("gradient_delay", "shared"), [(0, True), (0, False), (3, True), (3, False)])
def test_a_stopped_run_resumes_exactly(tmp_path, gradient_delay, shared):
    settings = Dial(
        **SMALL, updates=14, checkpoint_every=4, gradient_prob=0.5, gradient_delay=gradient_delay, shared=shared
    )
    train(settings, tmp_path / "whole")

    class Cut(Exception):
        pass

    def stop(updates, row):
        if updates == 7:
            raise Cut

    with pytest.raises(Cut):
        train(settings, tmp_path / "cut", stop)
    torch.rand(5)
    resume(tmp_path / "cut")
    whole, cut = (load_tensors(tmp_path / name / "checkpoints/14/learner.safetensors") for name in ("whole", "cut"))
    assert whole.keys() == cut.keys()
    assert all(torch.equal(tensor, cut[name]) for name, tensor in whole.items())
    assert any(name.startswith("delayed_gradients.") for name in whole) == (gradient_delay > 0)


def test_gradient_prob_is_the_share_of_delayed_gradients_that_arrive():
    learner = make_learner(Dial(**SMALL, updates=2, gradient_prob=0.5, gradient_delay=1))
    learner.update()
    assert set(learner.delayed.weight_0.unique().tolist()) == {0.0, 1.0}


def test_bad_settings():
    with pytest.raises(
        ValueError,
        match=r"gradient_delay must be an integer, at least 0; received -1. Set gradient_delay to an integer",
    ):
        Dial(**SMALL, gradient_delay=-1)
    with pytest.raises(
        ValueError, match=r"gradient_delay must not be set, as it has no effect with credit=.through.; received 2"
    ):
        Dial("switch_riddle_v0", gradient_delay=2)
    with pytest.raises(
        ValueError, match=r"gradient_prob must not be set, as it has no effect with credit=.blocked.; received 0\.5"
    ):
        Dial("switch_riddle_v0", gradient_prob=0.5, credit="blocked")
    for never in ({"gradient_delay": 12, "updates": 12}, {"gradient_prob": 0.0}):
        with pytest.raises(
            ValueError, match="Some true gradients must reach the predictor, which learns from them; received"
        ):
            Dial("switch_riddle_v0", credit="synthetic", **never)
