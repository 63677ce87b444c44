"""PPO: estimates and losses against their definitions, evaluation of actions, and exact resumption of runs."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from interlect.training import PPO, Run, resume, train
from interlect.training.learners.base import clip_by_norm
from interlect.training.learners.ppo import advantages, clipped_loss, mean, standardize
from interlect.training.recipes.table import make_learner
from interlect.training.rollouts.recurrent import recompute, unroll

SMALL = {"game": "switch_riddle_v0", "updates": 6, "batch": 16, "width": 8, "evaluate_every": 3, "checkpoint_every": 2}
CPU = torch.device("cpu")


def episodes(steps, rows, seed):
    """Values and rewards of rows that end at different steps; rewards are 0 after the end."""
    rng = np.random.default_rng(seed)
    live = torch.from_numpy((np.arange(steps)[:, None] <= rng.integers(steps, size=rows)).astype(np.float32))
    value, reward = torch.from_numpy(rng.normal(size=(2, steps, rows)).astype(np.float32))
    return value, reward * live, live


def by_hand(value, reward, live, gamma, gae_lambda):
    """The estimate as a sum of discounted errors, per row."""
    found = torch.zeros_like(value)
    for row in range(value.shape[1]):
        last = int(live[:, row].sum())
        after = [*value[1:last, row].tolist(), 0.0]
        errors = [reward[t, row] + gamma * after[t] - value[t, row] for t in range(last)]
        for t in range(last):
            found[t, row] = sum((gamma * gae_lambda) ** (k - t) * errors[k] for k in range(t, last))
    return found


@given(st.integers(1, 6), st.integers(1, 4), st.integers(0, 99), st.floats(0, 1), st.floats(0, 1))
def test_advantages_are_sums_of_discounted_errors(steps, rows, seed, gamma, gae_lambda):
    value, reward, live = episodes(steps, rows, seed)
    found = advantages(value, reward, live, gamma, gae_lambda) * live
    torch.testing.assert_close(found, by_hand(value, reward, live, gamma, gae_lambda), atol=1e-4, rtol=1e-4)


def test_undiscounted_advantages_are_returns_minus_values():
    value, reward, live = episodes(5, 7, 1)
    still = reward.flip(0).cumsum(0).flip(0)
    torch.testing.assert_close(advantages(value, reward, live, 1.0, 1.0) * live, (still - value) * live)


@pytest.mark.parametrize(
    ("ratio", "advantage", "moves"), [(1.0, 2.0, True), (1.3, 2.0, False), (1.3, -2.0, True), (0.7, -2.0, False)]
)
def test_the_clipped_loss_has_no_gradient_beyond_the_clip_range(ratio, advantage, moves):
    now = torch.tensor([[np.log(ratio)]], dtype=torch.float32, requires_grad=True)
    one = torch.ones(1, 1)
    loss = clipped_loss(now, torch.zeros(1, 1), advantage * one, one, 0.2)
    loss.backward()
    assert loss.item() == pytest.approx(-min(ratio * advantage, np.clip(ratio, 0.8, 1.2) * advantage))
    assert bool(now.grad.any()) == moves


def test_frames_that_are_not_counted_have_no_effect():
    x, counted = torch.tensor([[1.0, 5.0, 100.0]]), torch.tensor([[1.0, 1.0, 0.0]])
    assert mean(x, counted) == 3
    torch.testing.assert_close(standardize(x, counted)[0, :2], torch.tensor([-1.0, 1.0]))
    assert mean(x, 0 * counted) == 0


def played(learner):
    playing = (
        learner.network.actor,
        learner.core,
        learner.channel(0.0),
        None,
        False,
        False,
        np.random.default_rng(0),
        CPU,
    )
    with torch.no_grad():
        return unroll(*playing, states=True)


def test_actions_and_messages_follow_the_distributions_of_the_actor():
    learner = make_learner(PPO(**SMALL | {"batch": 4000}))
    with torch.no_grad():
        learner.network.actor.action_head.map.bias += torch.tensor([1.0, 0.0])
        learner.network.actor.message_head.map.bias += torch.tensor([0.0, 0.5])
    episode = played(learner)
    chance = episode.act[0].masked_fill(~episode.legal[0], -torch.inf).softmax(-1)
    inside = episode.legal[0].all(-1)
    assert not episode.action[0][~inside].any()
    told = episode.action[0][inside].float().mean().item()
    assert told == pytest.approx(chance[inside, 1].mean().item(), abs=0.02)
    said = episode.sent[0, :, 0, 1].mean().item()
    assert said == pytest.approx(episode.emit[0].softmax(-1)[:, 0, 1].mean().item(), abs=0.02)


@pytest.mark.parametrize("critic", ["local", "central"])
@pytest.mark.parametrize("shared", [True, False])
def test_evaluate_actions_gives_the_log_probabilities_of_what_was_drawn(critic, shared):
    learner = make_learner(PPO(**SMALL, critic=critic, shared=shared, vocabulary=3, length=2))
    episode = played(learner)
    now = learner.evaluate_actions(episode)
    for t, row in ((0, 1), (2, 5)):
        act = torch.log_softmax(episode.act[t, row][episode.legal[t, row]], -1)
        done = act[episode.action[t, row]]
        said = [
            torch.log_softmax(e, -1)[s.argmax()]
            for e, s in zip(episode.emit[t, row], episode.sent[t, row], strict=True)
        ]
        expected = done + sum(said) * episode.delivered[t, row]
        torch.testing.assert_close(now.log_probability[t, row], expected)
    assert now.value.shape == episode.live.shape
    assert (now.entropy[episode.live > 0] >= 0).all()
    assert now.entropy.isfinite().all()


def test_a_central_critic_sees_the_state_and_no_actor_does():
    learner = make_learner(PPO(**SMALL, critic="central"))
    episode = played(learner)
    other = replace(episode, state=1 - episode.state)
    one, two = learner.evaluate_actions(episode), learner.evaluate_actions(other)
    assert torch.equal(one.log_probability, two.log_probability)
    assert not torch.equal(one.value, two.value)
    assert "value" not in learner.team().agents[0].graph.outputs


def test_a_central_critic_hears_what_each_agent_of_the_lane_hears():
    learner = make_learner(PPO(**SMALL, critic="central"))
    episode = played(learner)
    inputs = [list(each) for each in episode.inputs]
    time, lane, seat = 2, 5, 1
    inputs[time][1] = inputs[time][1].clone()
    inputs[time][1][3 * lane + seat] += 1
    one, two = (
        learner.evaluate_actions(each).value for each in (episode, replace(episode, inputs=[tuple(x) for x in inputs]))
    )
    changed = (one != two).nonzero().tolist()
    assert changed == [[time, 3 * lane + agent] for agent in range(3)]


def test_the_first_epoch_is_the_policy_gradient():
    """Where nothing has moved yet, the clipped loss has the gradient of advantage times log-probability."""
    learner = make_learner(PPO(**SMALL))
    episode = played(learner)
    now = learner.evaluate_actions(episode)
    advantage = torch.randn(now.value.shape)
    parameters = list(learner.network.actor.action_head.parameters())
    ours = clipped_loss(now.log_probability, now.log_probability.detach(), advantage, episode.live, 0.2)
    plain = -mean(now.log_probability * advantage, episode.live)
    for one, two in zip(*(torch.autograd.grad(x, parameters, retain_graph=True) for x in (ours, plain)), strict=True):
        torch.testing.assert_close(one, two)


def test_an_update_takes_one_step_per_epoch_and_counts_once():
    learner = make_learner(PPO(**SMALL, epochs=3))
    learner.update()
    steps = {int(state["step"]) for state in learner.optimizers["network"].state.values()}
    assert (steps, learner.updates, learner.episodes) == ({3}, 1, 16)


@pytest.mark.parametrize("layers", [0, 1])
@pytest.mark.parametrize("shared", [True, False])
def test_evaluating_some_lanes_equals_evaluating_all(layers, shared):
    learner = make_learner(PPO(**SMALL, critic="central", layers=layers, shared=shared))
    episode, lanes = played(learner), np.array([2, 3, 11])
    part, rows = episode.part(lanes, 3)
    assert rows.tolist() == [6, 7, 8, 9, 10, 11, 33, 34, 35]
    whole, some = learner.evaluate_actions(episode), learner.evaluate_actions(part)
    for name in ("log_probability", "entropy", "value"):
        torch.testing.assert_close(getattr(some, name), getattr(whole, name)[:, rows])
    for name in ("action", "sent", "legal", "reward", "live", "delivered", "act", "emit"):
        assert torch.equal(getattr(part, name), getattr(episode, name)[:, rows])
    assert torch.equal(part.state, episode.state[:, lanes])


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("layers", [0, 1])
@pytest.mark.parametrize("game", ["color_digit_v0", "multistep_digit_v0"])
def test_probabilities_with_pictures_do_not_depend_on_the_rest_of_the_batch(game, layers, shared, monkeypatch):
    """Normalization over a batch would make the policy that is evaluated differ from the one that played."""
    learner = make_learner(PPO(**SMALL | {"game": game}, layers=layers, shared=shared, minibatches=4, epochs=1))
    learner.update()
    kept, evaluate, known = [], learner.evaluate_actions, statistics(learner)
    record = lambda episode: kept.append((episode, evaluate(episode))) or kept[-1][1]  # noqa: E731
    monkeypatch.setattr(learner, "evaluate_actions", record)
    monkeypatch.setattr(learner, "step", lambda *_: 0.0)
    learner.update()
    for episode, now in kept:
        likely = episode.act.masked_fill(~episode.legal, -torch.inf).log_softmax(-1)
        done = likely.gather(-1, episode.action.unsqueeze(-1)).squeeze(-1)
        said = learner.channel(1.0).carrier.log_probability(episode.emit, episode.sent) * episode.delivered
        torch.testing.assert_close(now.log_probability, done + said)
    assert len(kept) == 5
    assert all((one != two).any() for one, two in zip(known, statistics(learner), strict=True))


def statistics(learner):
    return [buffer.clone() for buffer in learner.network.actor.buffers()]


@pytest.mark.parametrize("shared", [True, False])
def test_agents_without_memory_are_evaluated_on_all_steps_at_once(shared):
    learner = make_learner(PPO(**SMALL, layers=0, shared=shared))
    episode = played(learner)
    assert not learner.recurrent
    assert not {"rnn", "action_embedding", "own_message_encoder"} & learner.team().agents[0].graph.modules.keys()
    one, two = (recompute(learner.network.actor, episode.inputs, recurrent) for recurrent in (False, True))
    assert one.keys() == two.keys() == {"act", "emit", "value"}
    for name in one:
        torch.testing.assert_close(one[name], two[name])


@pytest.mark.parametrize(("minibatches", "steps"), [(1, 2), (4, 8), (99, 32)])
def test_an_epoch_takes_one_step_per_minibatch(minibatches, steps):
    learner = make_learner(PPO(**SMALL, epochs=2, minibatches=minibatches))
    learner.update()
    assert {int(state["step"]) for state in learner.optimizers["network"].state.values()} == {steps}


@pytest.mark.parametrize("changes", [{}, {"critic": "central"}, {"shared": False}, {"layers": 0, "minibatches": 3}])
def test_a_stopped_run_resumes_exactly(tmp_path, changes):
    settings = PPO(**SMALL, **changes)
    whole = train(settings, tmp_path / "whole")

    class Cut(Exception):
        pass

    def stop(updates, row):
        if updates == 5:
            raise Cut

    with pytest.raises(Cut):
        train(settings, tmp_path / "cut", stop)
    resume(tmp_path / "cut")
    again = Run.load(tmp_path / "cut")
    assert again.result["normalized_return"] == whole.result["normalized_return"]
    pairs = zip(whole.team.agents, again.team.agents, strict=True)
    assert all(torch.equal(a, b) for x, y in pairs for a, b in zip(x.parameters(), y.parameters(), strict=True))


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"epochs": 0}, "Set epochs to an integer of 1 or more"), ({"clip_range": 2.0}, "Set clip_range to")],
)
def test_bad_settings(changes, said):
    with pytest.raises(ValueError, match=said):
        PPO(**SMALL, **changes)


@pytest.mark.parametrize(("largest", "norm"), [(0.0, 5.0), (1.0, 1.0), (9.0, 5.0)])
def test_gradients_are_clipped_by_their_total_norm(largest, norm):
    parameters = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
    for parameter, gradient in zip(parameters, (3.0, 4.0), strict=True):
        parameter.grad = torch.tensor([gradient])
    clip_by_norm(largest)(parameters)
    assert torch.cat([p.grad for p in parameters]).norm().item() == pytest.approx(norm, rel=1e-4)
