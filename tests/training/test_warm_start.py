"""Warm starts: a run continues from a team that an operator made, keeps its structure, and is resumed exactly."""

import shutil
from dataclasses import replace

import pytest
import torch
from interlect.agents import Linear, SeparateAgents, SyntheticGradient, Wire, load_team, save_team
from interlect.agents.operators import augment, exclude, inside, lift, reorder
from interlect.training import Classification, Dial, Run, ValueRegression, resume, train
from interlect.training.adaptation.relearn import fingerprint
from interlect.training.command_line.main import main
from interlect.training.learners import dial, value_regression
from interlect.training.recipes.table import make_learner
from interlect.training.run_folders.run_folder import RunFolder

RELAY = ValueRegression("relay_v0", updates=4, batch=16, width=16, evaluate_every=4, checkpoint_every=1)
DIAL = Dial("switch_riddle_v0", updates=4, batch=8, width=16, evaluate_every=4, checkpoint_every=1)
CLASSIFICATION = Classification("digits_v0", updates=4, batch=8, width=16, evaluate_every=4, checkpoint_every=1)
ENDS = [Wire("fusion.out", "more.x"), Wire("more.out", "hidden.x")]


def team_of(settings):
    return make_learner(settings).team()


def larger(team, name="agent_1"):
    """One more module in one agent, in parallel and without effect."""
    return inside(team, name, augment, "more", Linear(16, (16,)), ENDS).after


def with_shared_encoder(team):
    return lift(team, [f"{name}.observation_encoder" for name in team.names]).after


@pytest.mark.parametrize(
    ("settings", "surgery"),
    [
        (RELAY, lambda team: team),
        (RELAY, larger),
        (RELAY, with_shared_encoder),
        (RELAY, lambda team: reorder(team, "agent_0", "agent_3").after),
        (RELAY, lambda team: exclude(team, "agent_1", bypass=False).after),
        (replace(RELAY, agents=3, longest=5), lambda team: exclude(team_of(RELAY), "agent_1").after),
        (DIAL, lambda team: inside(team, "agent_0", exclude, "action_embedding").after),
        (replace(DIAL, shared=False), lambda team: reorder(team, "agent_0", "agent_2").after),
        (replace(DIAL, shared=False), lambda team: lift(team, [f"{name}.action_head" for name in team.names]).after),
        (CLASSIFICATION, lambda team: inside(team, "agent_0", exclude, "block_1").after),
    ],
    ids=[
        "unchanged",
        "larger",
        "shared encoder",
        "reordered",
        "cut",
        "smaller",
        "own action unknown",
        "seats",
        "shared act",
        "without a block",
    ],
)
def test_an_edited_team_is_trained_saved_and_resumed_exactly(settings, surgery, tmp_path):
    start = surgery(team_of(settings))
    before = fingerprint(start)
    whole = train(settings, tmp_path / "whole", start=start)
    assert fingerprint(start) == before, "the starting team is not changed"
    assert fingerprint(whole.team) != before, "it learned"
    assert [a.graph.to_json() for a in whole.team.agents] == [a.graph.to_json() for a in start.agents]
    assert whole.team.channel.cut == start.channel.cut
    cut_short(settings, start, tmp_path / "stopped")
    again = resume(tmp_path / "stopped")
    assert fingerprint(again.team) == fingerprint(whole.team)
    assert again.result["normalized_return"] == whole.result["normalized_return"]


def cut_short(settings, start, path):
    """A run that was killed after its second update."""
    path.mkdir()
    folder = RunFolder.create(path, settings, make_learner(settings, start), start, {"cpu": 0.0, "wall": 0.0})
    learner = make_learner(settings, folder.start())
    for _ in range(2):
        learner.update()
    folder.save(learner, {"cpu": 0.0, "wall": 0.0})


def test_shared_modules_stay_shared_in_training(tmp_path):
    run = train(RELAY, tmp_path / "run", start=with_shared_encoder(team_of(RELAY)))
    for team in (run.team, Run.load(tmp_path / "run").team):
        first, *others = (agent.graph.modules["observation_encoder"] for agent in team.agents)
        assert all(module.map.weight is first.map.weight for module in others)


@pytest.mark.parametrize(
    ("settings", "module", "plays"), [(RELAY, value_regression, "play_memoryless"), (DIAL, dial, "unroll")]
)
def test_cut_links_are_cut_in_training(settings, module, plays, monkeypatch):
    team = team_of(settings)
    start = replace(team, channel=replace(team.channel, cut=((0, 1),)))
    played, cut = getattr(module, plays), []

    def watched(agents, core, channel, *rest):
        cut.append(channel.cut)
        return played(agents, core, channel, *rest)

    monkeypatch.setattr(module, plays, watched)
    make_learner(settings, start).update()
    assert cut == [((0, 1),)]


def test_starting_from_a_new_team_equals_starting_without_one(tmp_path):
    for name, settings in {"relay": RELAY, "dial": DIAL, "own": replace(DIAL, shared=False)}.items():
        new = train(settings, tmp_path / f"{name}-new")
        begun = train(settings, tmp_path / f"{name}-begun", start=team_of(settings))
        assert fingerprint(begun.team) == fingerprint(new.team)


def test_together_equals_a_stack_of_the_same_agents():
    alike = team_of(replace(DIAL, shared=False))
    network = make_learner(replace(DIAL, shared=False), alike).network
    rows = (torch.randint(0, 2, (6,)), torch.rand(6, 1, 1), torch.ones(6, 1), torch.zeros(6, dtype=torch.int64))
    inputs = dict(zip(("observation", "heard", "present", "action"), rows, strict=True))
    inputs |= {"message": torch.zeros(6, 1), "seat": torch.arange(3).repeat(2)}
    named = [inputs[name] for name in alike.agents[0].graph.inputs]
    together, stacked = SeparateAgents(alike.agents), network.eval()
    memories = [None, None]
    for _ in range(2):
        (one, memories[0]), (two, memories[1]) = together(*named, memories[0]), stacked(*named, memories[1])
        for name in one:
            torch.testing.assert_close(one[name], two[name])


@pytest.mark.parametrize(
    ("settings", "surgery", "words"),
    [
        (
            RELAY,
            lambda team: exclude(team, "agent_1").after,
            r"as many agents as the settings of the run create; received .3 for 4",
        ),
        (
            replace(RELAY, agents=3),
            lambda team: exclude(team_of(RELAY), "agent_1").after,
            "act float.6.*float.7.*longest",
        ),
        (replace(RELAY, task="spell"), lambda team: team_of(RELAY), "act float.9.*agent_0.*act float.7.*task"),
        (
            replace(RELAY, shared=True),
            lambda team: team_of(RELAY),
            r"as many agents as the settings of the run create; received .4 for 1.*shared to False",
        ),
        (DIAL, lambda team: team_of(replace(RELAY, shared=True)), "Messages of this run must be DRU"),
    ],
)
def test_a_team_that_does_not_fit_is_refused_before_anything_is_written(settings, surgery, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        train(settings, tmp_path / "run", start=surgery(team_of(settings)))
    assert not (tmp_path / "run").exists()


def test_the_command_line_starts_from_a_run_or_a_saved_team(tmp_path, capsys):
    flags = ["--updates=2", "--batch=8", "--width=16", "--evaluate-every=2", "--checkpoint-every=1"]
    train(RELAY, tmp_path / "first")
    save_team(tmp_path / "larger", larger(Run.load(tmp_path / "first").team))
    for start in ("first", "larger"):
        out = tmp_path / f"from-{start}"
        assert (
            main(["train", "value_regression", "relay_v0", *flags, "--start", str(tmp_path / start), "--out", str(out)])
            == 0
        )
        shutil.rmtree(tmp_path / start) if start == "larger" else None
        assert resume(out).result["updates"] == 2, "a run keeps a copy of its start"
    several = ["--seeds", "0-1", "--start", str(tmp_path / "first"), "--out", str(tmp_path / "several")]
    assert main(["train", "value_regression", "relay_v0", *flags, *several]) == 0
    first = fingerprint(load_team(tmp_path / "several/seed-0/start"))
    assert first == fingerprint(load_team(tmp_path / "several/seed-1/start"))
    assert main(["train", "value_regression", "relay_v0", *flags, "--start", str(tmp_path / "nothing")]) == 1
    assert "There is no such folder" in capsys.readouterr().out


def predictors(learner):
    graphs = [agent.graph for agent in learner.team().agents]
    return [[name for name, m in graph.modules.items() if isinstance(m, SyntheticGradient)] for graph in graphs]


@pytest.mark.parametrize("settings", [DIAL, replace(DIAL, shared=False), RELAY], ids=["shared", "own", "relay"])
def test_a_run_uses_its_own_credit_whatever_it_starts_from(settings):
    """A predictor is added, removed, replaced or kept, as the settings require."""
    agents = 1 if settings.shared else settings.agents
    through, synthetic = settings, replace(settings, credit="synthetic")
    start = make_learner(through).team()
    predicted = make_learner(synthetic, start)
    assert predictors(predicted) == [["credit"]] * agents
    again = make_learner(synthetic, predicted.team())
    assert fingerprint(again.team()) == fingerprint(predicted.team())
    for other in (through, replace(settings, credit="blocked")):
        bare = make_learner(other, predicted.team())
        assert predictors(bare) == [[]] * agents
        assert fingerprint(bare.team()) == fingerprint(start)
    if isinstance(settings, Dial):
        seldom = make_learner(replace(synthetic, gradient_prob=0.5), predicted.team()).team()
        assert {agent.credit.gradient_prob for agent in seldom.agents} == {0.5}


def test_an_added_predictor_depends_on_the_seed_and_a_stopped_run_resumes_exactly(tmp_path):
    start, settings = team_of(DIAL), replace(DIAL, credit="synthetic", gradient_delay=1)
    state = torch.random.get_rng_state()
    make_learner(settings, start)
    assert torch.equal(torch.random.get_rng_state(), state)
    whole = train(settings, tmp_path / "whole", start=start)
    cut_short(settings, start, tmp_path / "stopped")
    assert fingerprint(resume(tmp_path / "stopped").team) == fingerprint(whole.team)
