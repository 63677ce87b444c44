"""Sender and receiver: the learner computes the losses of the game played, its two estimators, and exact resumption."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from interlect.agents import Agent, SymbolMap, Team, Wire, load_team, save_team
from interlect.agents.operators import augment, inside
from interlect.envs.core.evaluation import evaluate
from interlect.envs.core.registry import game, make_core
from interlect.envs.referential.rules import RECEIVER, SENDER
from interlect.protocols import Sampled
from interlect.training import Run, SenderReceiver, resume, train
from interlect.training.command_line.main import main
from interlect.training.learners.sender_receiver import message_log_probability
from interlect.training.recipes.table import make_learner
from interlect.training.runs.seeds import train_seeds

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
def test_losses_equal_those_of_the_game_played(changes, monkeypatch):
    """With the most probable symbols instead of sampled ones, losses are the cross-entropies of the answers."""
    learner = make_learner(SenderReceiver(**SMALL | changes))
    learner.update()
    learner.pair.eval()
    monkeypatch.setattr(type(learner.channel(1.0).carrier), "noise", lambda self, shape, rng: None)
    losses, log_probability, uncertainty = learner.play(np.random.default_rng(0))
    core, team = learner.game, learner.team()
    again = make_core(core_name(learner), lanes=core.lanes, seed=0, **learner.settings.training_options())
    again.reset()
    step = again.reset()  # the third episode, as in the learner's core
    expected, carrier = torch.zeros(core.lanes), team.channel.carrier
    emit = team.agents[SENDER](torch.from_numpy(step.observation[:, SENDER]), None)[0]["emit"]
    heard = carrier.decode(team.channel.send(emit))[:, None]
    for _ in range(core.horizon - 1):
        step = again.step(np.stack([np.zeros(core.lanes, dtype=np.int64), again.correct_action], axis=1))
        values = {"observation": torch.from_numpy(step.observation[:, RECEIVER]), "heard": heard}
        agent = team.agents[RECEIVER]
        act = agent(*(values[name] for name in agent.graph.inputs), None)[0]["act"]
        act = act.masked_fill(~torch.from_numpy(step.legal[:, RECEIVER]), -torch.inf)
        expected = expected - act.log_softmax(-1)[torch.arange(core.lanes), torch.from_numpy(again.correct_action)]
    torch.testing.assert_close(losses, expected)
    torch.testing.assert_close(log_probability, carrier.log_probability(emit, team.channel.send(emit)))
    torch.testing.assert_close(uncertainty, torch.distributions.Categorical(logits=emit).entropy().sum(-1))


@given(st.booleans(), st.integers(0, 99))
def test_log_probabilities_equal_those_of_the_carrier(end, seed):
    carrier, rng = Sampled(3, 4, end=end), np.random.default_rng(seed)
    emit = torch.from_numpy(rng.normal(size=(5, 4, 3)).astype(np.float32))
    lane = rng.integers(5, size=20)
    sent = carrier.encode(emit[lane], torch.from_numpy(carrier.noise((20,), rng)))
    assert end == bool((sent.sum(-1) == 0).any())
    torch.testing.assert_close(
        message_log_probability(emit.log_softmax(-1), lane, sent), carrier.log_probability(emit[lane], sent)
    )


@pytest.mark.parametrize("network", ["gru", "lstm"])
def test_the_receiver_is_built_for_messages_that_may_end(network):
    for end in (True, False):
        learner = make_learner(SenderReceiver(**SMALL, network=network, end=end))
        assert learner.team().agents[RECEIVER].graph.modules["message_encoder"].arguments["end"] == end


def test_in_silence_the_sender_has_no_gradient():
    assert all(g is None for g in gradients(make_learner(SenderReceiver(**SMALL, silent=True))))


def core_name(learner):
    return learner.settings.game


def gradients(learner):
    losses, _, _ = learner.play(np.random.default_rng(0))
    parameters = list(learner.pair.seats[SENDER].parameters())
    return torch.autograd.grad(losses.mean(), parameters, allow_unused=True)


def test_the_receivers_gradient_reaches_the_sender_unless_symbols_are_sampled():
    assert all(g is not None and g.any() for g in gradients(make_learner(SenderReceiver(**SMALL))))
    assert all(g is None for g in gradients(make_learner(SenderReceiver(**SMALL, carrier="sampled"))))


def test_the_sender_runs_once_per_distinct_object():
    learner, asked = make_learner(SenderReceiver(**SMALL | {"batch": 64}, carrier="sampled")), []
    learner.pair.seats[SENDER].observation_encoder.register_forward_hook(
        lambda module, inputs, output: asked.append(inputs[0])
    )
    learner.update()
    shown = learner.game.objects.observation_of(learner.game.sender_view)
    assert len(asked[0]) < 64
    assert {tuple(row) for row in asked[0].tolist()} == {tuple(row) for row in shown.tolist()}
    assert len({tuple(row) for row in asked[0].tolist()}) == len(asked[0])


def test_a_batch_of_one_distinct_object():
    learner = make_learner(SenderReceiver(**SMALL | {"batch": 2, "values": 2, "holdout_share": 0.75}))
    assert learner.game.objects.kinds == 1
    learner.update()


@pytest.mark.parametrize("carrier", ["gumbel", "sampled"])
def test_an_update_trains_both_agents(carrier):
    bonus = {"entropy": 0.0} if carrier == "sampled" else {}
    for silent in (False, True):
        learner = make_learner(SenderReceiver(**SMALL, carrier=carrier, silent=silent, **bonus))
        before = [[p.clone() for p in agent.parameters()] for agent in learner.pair.seats]
        learner.update()
        moved = [
            any(not torch.equal(a, b) for a, b in zip(old, agent.parameters(), strict=True))
            for old, agent in zip(before, learner.pair.seats, strict=True)
        ]
        assert moved[RECEIVER]
        assert moved[SENDER] or silent


def test_held_out_objects_are_not_trained_on():
    settings = SenderReceiver(**SMALL, holdout="compositional", holdout_share=0.25)
    seen, unseen = (
        {tuple(row) for row in make_core(settings.game, lanes=4000, seed=1, **options).attributes.tolist()}
        for options in (settings.training_options(), settings.options())
    )
    assert len(seen) + len(unseen) == 16
    assert not seen & unseen
    assert replace(settings, holdout="random", holdout_share=0.0).options()["split"] == "all"


@pytest.mark.parametrize("changes", [{}, {"carrier": "sampled", "task": "discriminate", "candidates": 2}])
def test_a_stopped_run_resumes_exactly(tmp_path, changes):
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


def test_training_continues_from_an_edited_team(tmp_path):
    settings = SenderReceiver(**SMALL)
    team = make_learner(settings).team()
    shape = team.agents[SENDER].graph.outputs["emit"].shape
    after = inside(team, "agent_0", augment, "code", SymbolMap(shape), on=Wire("logit_norm.out", "output.emit")).after
    save_team(tmp_path / "team", after)
    run = train(settings, tmp_path / "run", start=load_team(tmp_path / "team"))
    assert "code" in run.team.agents[SENDER].graph.modules


def test_bad_settings_and_teams():
    with pytest.raises(ValueError, match="Sender and receiver cannot share parameters; received 'shared=True'"):
        make_learner(SenderReceiver(**SMALL, shared=True))
    team = make_learner(SenderReceiver(**SMALL)).team()
    deaf = Team([team.agents[0], Agent(team.agents[1].graph)], team.channel)
    wired = augment(
        deaf.agents[1].graph, "more", SymbolMap((1, 10)), on=Wire("input.heard", "message_encoder.heard")
    ).after
    with pytest.raises(
        ValueError,
        match=r"a module message_encoder whose only input is the message.*inputs of message_encoder: more\.out",
    ):
        make_learner(SenderReceiver(**SMALL), Team([team.agents[0], Agent(wired)], team.channel))
    with pytest.raises(ValueError, match=r"objects=.digits. with task=.reconstruct..*Pass task=.discriminate."):
        SenderReceiver(**SMALL | {"values": 10}, objects="digits")
    with pytest.raises(ValueError, match="candidates to an integer of 2 or more"):
        SenderReceiver(**SMALL, task="discriminate", candidates=1)
    with pytest.raises(ValueError, match="candidates must be 2; received 3"):
        make_learner(SenderReceiver(**SMALL, task="discriminate", candidates=3))


def test_training_and_held_out_objects_are_told_apart(tmp_path, capsys):
    """A sender and a receiver that name the objects they were trained on, and no others."""
    assert main(["train", "sender_receiver", "referential_v0", "--updates", "150", "--out", str(tmp_path / "run")]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "training instances held-out instances" in printed
    run = Run.load(tmp_path / "run")
    trained = run.result["training_split"]
    assert "90 equally likely" in trained["how"]
    assert trained["normalized_return"] > 0.5 > run.result["normalized_return"]
    expected = evaluate(game("referential_v0", **run.settings.training_options()), 2, run.team, run.team.channel)
    assert trained["return_mean"] == expected.return_mean
    assert main(["study", str(tmp_path / "run")]) == 0
    sentence = f"On the instances seen in training, the team earns {trained['return_mean']:.4f} per episode"
    assert sentence in " ".join(capsys.readouterr().out.split())
    page = (tmp_path / "run" / "report.html").read_text()
    assert sentence in page
    guesses = {split: row["no_communication"] for split, row in (("held-out", run.result), ("train", trained))}
    assert {split: guess["value"] for split, guess in guesses.items()} == {"held-out": 1 / 10, "train": 1 / 90}
    for split, guess in guesses.items():
        assert f"uniform over the {round(1 / guess['value'])} {split} objects" in guess["how"]
    rule = "the no-communication optimum is that of agents that know the distribution of the instances on which they"
    assert rule in printed
    assert rule in page
    assert trained["how"].endswith(", on the instances of training")
    assert run.result["how"].endswith(", with split=held_out")
    assert trained["evaluation_episodes"] == 90


def test_aggregates_have_the_spread_on_training_instances(tmp_path):
    settings = SenderReceiver("referential_v0", updates=2, batch=8, width=8)
    summary = train_seeds(settings, [0, 1], tmp_path / "runs")
    results = [Run.load(tmp_path / "runs" / f"seed-{seed}").result["training_split"] for seed in (0, 1)]
    expected = np.mean([result["normalized_return"] for result in results])
    assert summary["training_split"]["normalized_return"]["mean"] == pytest.approx(expected)
