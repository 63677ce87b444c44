"""Signaling: what its learner looks at is what agents play, its two ways to learn, and runs that are stopped."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from interlect.agents import Agent, SymbolMap, Team, Wire, load_team, save_team
from interlect.agents.operators import augment, inside
from interlect.envs.core.registry import make_core
from interlect.envs.referential.rules import RECEIVER, SENDER
from interlect.protocols import Sampled
from interlect.training import Run, SenderReceiver, resume, train
from interlect.training.learners.sender_receiver_learner import _said as said_of

SMALL = {
    "game": "referential_v0",
    "updates": 4,
    "batch": 32,
    "width": 12,
    "values": 4,
    "vocabulary": 5,
    "evaluate_every": 2,
    "checkpoint_every": 1,
}


@pytest.mark.parametrize(
    "changes",
    [
        {"carrier": "sampled"},
        {"carrier": "sampled", "task": "discriminate", "candidates": 3, "holdout_share": 0.25, "network": "gru"},
        {"carrier": "sampled", "end": True, "length": 3, "network": "lstm"},
        {"carrier": "sampled", "task": "discriminate", "objects": "digits", "values": 10},
    ],
)
def test_losses_are_those_of_agents_who_play(changes, monkeypatch):
    """With the likeliest symbols in the place of drawn ones, losses are the cross-entropies of the game's answers."""
    learner = SenderReceiver(**SMALL | changes).learner()
    learner.update()
    learner.pair.eval()
    monkeypatch.setattr(type(learner.channel.carrier), "noise", lambda self, shape, rng: None)
    losses, said, undecided = learner.signal(np.random.default_rng(0))
    core, team = learner.game, learner.team()
    again = make_core(core_name(learner), lanes=core.lanes, seed=0, **learner.settings.training_options())
    again.reset()
    step = again.reset()  # the learner's core began its third episode, this one too
    expected, carrier = torch.zeros(core.lanes), team.channel.carrier
    emit = team.agents[SENDER](torch.from_numpy(step.observation[:, SENDER]), None)[0]["emit"]
    heard = carrier.decode(team.channel.send(emit))[:, None]
    for _ in range(core.horizon - 1):
        step = again.step(np.stack([np.zeros(core.lanes, dtype=np.int64), again.right_action], axis=1))
        values = {"observation": torch.from_numpy(step.observation[:, RECEIVER]), "heard": heard}
        agent = team.agents[RECEIVER]
        act = agent(*(values[name] for name in agent.graph.inputs), None)[0]["act"]
        act = act.masked_fill(~torch.from_numpy(step.legal[:, RECEIVER]), -torch.inf)
        expected = expected - act.log_softmax(-1)[torch.arange(core.lanes), torch.from_numpy(again.right_action)]
    torch.testing.assert_close(losses, expected)
    torch.testing.assert_close(said, carrier.log_probability(emit, team.channel.send(emit)))
    torch.testing.assert_close(undecided, torch.distributions.Categorical(logits=emit).entropy().sum(-1))


@given(st.booleans(), st.integers(0, 99))
def test_what_was_said_is_as_likely_as_its_carrier_says(end, seed):
    carrier, rng = Sampled(3, 4, end=end), np.random.default_rng(seed)
    emit = torch.from_numpy(rng.normal(size=(5, 4, 3)).astype(np.float32))
    lane = rng.integers(5, size=20)
    sent = carrier.encode(emit[lane], torch.from_numpy(carrier.noise((20,), rng)))
    assert end == bool((sent.sum(-1) == 0).any())
    torch.testing.assert_close(said_of(emit.log_softmax(-1), lane, sent), carrier.log_probability(emit[lane], sent))


@pytest.mark.parametrize("network", ["gru", "lstm"])
def test_a_receiver_knows_whether_messages_may_end(network):
    for end in (True, False):
        learner = SenderReceiver(**SMALL, network=network, end=end).learner()
        assert learner.team().agents[RECEIVER].graph.modules["message_encoder"].arguments["end"] == end


def test_in_silence_nothing_comes_back_to_the_sender():
    assert all(g is None for g in gradients(SenderReceiver(**SMALL, silent=True).learner()))


def core_name(learner):
    return learner.settings.game


def gradients(learner):
    losses, _, _ = learner.signal(np.random.default_rng(0))
    parameters = list(learner.pair.seats[SENDER].parameters())
    return torch.autograd.grad(losses.mean(), parameters, allow_unused=True)


def test_a_sender_gets_the_receivers_gradient_or_a_score():
    assert all(g is not None and g.any() for g in gradients(SenderReceiver(**SMALL).learner()))
    assert all(g is None for g in gradients(SenderReceiver(**SMALL, carrier="sampled").learner()))


def test_a_sender_is_asked_once_an_object():
    learner, asked = SenderReceiver(**SMALL | {"batch": 64}, carrier="sampled").learner(), []
    learner.pair.seats[SENDER].observation_encoder.register_forward_hook(
        lambda module, inputs, output: asked.append(inputs[0])
    )
    learner.update()
    shown = learner.game.objects.seen(learner.game.look)
    assert len(asked[0]) < 64
    assert {tuple(row) for row in asked[0].tolist()} == {tuple(row) for row in shown.tolist()}
    assert len({tuple(row) for row in asked[0].tolist()}) == len(asked[0])


def test_a_batch_of_one_object_is_learned_from():
    learner = SenderReceiver(**SMALL | {"batch": 2, "values": 2, "holdout_share": 0.75}).learner()
    assert learner.game.objects.kinds == 1
    learner.update()


@pytest.mark.parametrize("carrier", ["gumbel", "sampled"])
def test_an_update_moves_both_and_in_silence_the_sender_tells_nothing(carrier):
    bonus = {"entropy": 0.0} if carrier == "sampled" else {}
    for silent in (False, True):
        learner = SenderReceiver(**SMALL, carrier=carrier, silent=silent, **bonus).learner()
        before = [[p.clone() for p in agent.parameters()] for agent in learner.pair.seats]
        learner.update()
        moved = [
            any(not torch.equal(a, b) for a, b in zip(old, agent.parameters(), strict=True))
            for old, agent in zip(before, learner.pair.seats, strict=True)
        ]
        assert moved[RECEIVER]
        assert moved[SENDER] or silent


def test_what_is_held_out_is_not_trained_on():
    settings = SenderReceiver(**SMALL, holdout="compositional", holdout_share=0.25)
    seen, unseen = (
        {tuple(row) for row in make_core(settings.game, lanes=4000, seed=1, **options).attributes.tolist()}
        for options in (settings.training_options(), settings.options())
    )
    assert len(seen) + len(unseen) == 16
    assert not seen & unseen
    assert replace(settings, holdout="random", holdout_share=0.0).options()["split"] == "all"


@pytest.mark.parametrize("changes", [{}, {"carrier": "sampled", "task": "discriminate", "candidates": 2}])
def test_a_stopped_run_goes_on_exactly(tmp_path, changes):
    settings = SenderReceiver(**SMALL, **changes)
    whole = train(settings, tmp_path / "whole")

    class Cut(Exception):
        pass

    def stop(updates, row):
        if updates == 3:
            raise Cut

    with pytest.raises(Cut):
        train(settings, tmp_path / "cut", stop)
    resume(tmp_path / "cut")
    again = Run.load(tmp_path / "cut")
    assert again.result["normalized_return"] == whole.result["normalized_return"]
    pairs = zip(whole.team.agents, again.team.agents, strict=True)
    assert all(torch.equal(a, b) for x, y in pairs for a, b in zip(x.parameters(), y.parameters(), strict=True))


def test_a_team_that_an_operator_changed_is_trained_on(tmp_path):
    settings = SenderReceiver(**SMALL)
    team = settings.learner().team()
    shape = team.agents[SENDER].graph.outputs["emit"].shape
    after = inside(team, "agent_0", augment, "code", SymbolMap(shape), on=Wire("logit_norm.out", "output.emit")).after
    save_team(tmp_path / "team", after)
    run = train(settings, tmp_path / "run", start=load_team(tmp_path / "team"))
    assert "code" in run.team.agents[SENDER].graph.modules


def test_bad_requests():
    with pytest.raises(ValueError, match="agents of their own; received '--shared'"):
        SenderReceiver(**SMALL, shared=True).learner()
    team = SenderReceiver(**SMALL).learner().team()
    deaf = Team([team.agents[0], Agent(team.agents[1].graph)], team.channel)
    wired = augment(
        deaf.agents[1].graph, "more", SymbolMap((1, 10)), on=Wire("input.heard", "message_encoder.heard")
    ).after
    with pytest.raises(
        ValueError, match=r"hears the message in a module message_encoder.*message_encoder hears more\.out"
    ):
        SenderReceiver(**SMALL).learner(Team([team.agents[0], Agent(wired)], team.channel))
    with pytest.raises(ValueError, match=r"--objects digits with --task rebuild.*Give --task discriminate"):
        SenderReceiver(**SMALL | {"values": 10}, objects="digits")
    with pytest.raises(ValueError, match="--candidates 2 or more"):
        SenderReceiver(**SMALL, task="discriminate", candidates=1)
    with pytest.raises(ValueError, match="candidates is a whole number from 2 to 2; received 3"):
        SenderReceiver(**SMALL, task="discriminate", candidates=3).learner()
