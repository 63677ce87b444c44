"""The scorecard: every row of every kind, several seeds, the two files, the command, and the page in a browser."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from interlect.agents import Graph, Port, SymbolMap, Wire
from interlect.agents.operators import split, substitute
from interlect.protocols.common.files import write_json
from interlect.training import Classification, Dial, ValueRegression, train
from interlect.training.adaptation.distilling import distill
from interlect.training.adaptation.optimization import Budget
from interlect.training.adaptation.relearn import fingerprint, never_trained, relearn_interfaces
from interlect.training.command_line.main import main
from interlect.training.learners.value_regression import relay_channel
from interlect.training.recipes.table import make_learner
from interlect.training.run_folders.remedies import PLAN
from interlect.training.run_folders.run_folder import RunFolder
from interlect.training.scorecard import digits as digits_scorecard
from interlect.training.scorecard import distilled_agent, new_agent, relay, relay_evaluation, scorecards, supported_runs
from interlect.training.scorecard.digits import DigitsScorecard
from interlect.training.scorecard.page import write_page
from interlect.training.scorecard.relay import RelayScorecard
from interlect.training.scorecard.relay_evaluation import RelayEvaluation, add_input_code
from interlect.training.scorecard.rows import Row, aggregate_rows
from interlect.training.scorecard.scorecards import make_scorecards, scorecard_rows
from interlect.training.scorecard.shared_encoder import lift_row, share_encoder
from interlect.training.scorecard.supported_runs import BUDGETS, relearning_budget

SMALL = {"updates": 2, "batch": 8, "evaluate_every": 2}
WIRES = (Wire("input.x", "c.x"), Wire("c.out", "output.y"))
OPERATORS = {"split", "substitute", "augment", "lift", "reorder", "exclude"}


@pytest.fixture(scope="module")
def relays(tmp_path_factory):
    folder = tmp_path_factory.mktemp("relays")
    for side, changes in {"public": {}, "private": {"chains": "private", "logit_norm": "batch"}}.items():
        settings = ValueRegression("relay_v0", **SMALL, **changes)
        for seed in (0, 1):
            train(replace(settings, seed=seed), folder / side / f"seed-{seed}")
        write_json(folder / side / PLAN, {"seeds": [0, 1], "settings": settings.to_json()})
    return folder


@pytest.fixture(autouse=True)
def _short_distilling(monkeypatch):
    monkeypatch.setattr(distilled_agent, "BUDGET", Budget(2, 8))


def test_a_relay_team_goes_through_all_operators(relays):
    rows = scorecard_rows(relays / "public" / "seed-0", relays / "public" / "seed-1", 2)
    assert {row.operator for row in rows} == OPERATORS | {"port"}
    for row in rows:
        figures = row.figures()
        assert all(0 <= value <= 1 for name, value in figures.items() if value is not None and "retained" not in name)
        if row.claim.startswith("exact"):
            assert row.zero_shot == pytest.approx(row.before, abs=1e-6)
    (lesions,) = (row.lesions for row in rows if row.lesions)
    assert list(lesions) == [f"agent_{seat} without vision" for seat in range(4)]
    assert list(lesions["agent_0 without vision"]) == [f"answer {answer}" for answer in range(5)]
    learned = [row for row in rows if row.relearned is not None]
    assert {row.operator for row in learned} == {"lift", "reorder", "exclude", "port", "augment"}
    assert all(row.touched and 0 < row.share <= 0.05 and row.removed is not None for row in learned)
    assert len(scorecard_rows(relays / "public" / "seed-0", None, 2)) == len(rows) - 4
    longer = [row.curve[-1][0] for row in rows if row.operator in ("port", "augment")]
    assert longer == [relay_evaluation.LONGER * 2 * 256] * 5


def test_chains_through_a_newcomer_are_all_of_them_and_the_longer_the_more():
    chains = new_agent.chains_through(4)
    assert (chains == 4).any(axis=1).all()
    kinds, count = np.unique(chains, axis=0, return_counts=True)
    assert len(kinds) == 2 * 4 + 3 * 12 + 4 * 24 + 5 * 24
    length = (kinds >= 0).sum(axis=1)
    together = np.array([count[length == places].sum() for places in (2, 3, 4, 5)]) / count.sum()
    np.testing.assert_allclose(together, np.array([8, 27, 64, 125]) / 224, atol=0.02)


@pytest.mark.parametrize("side", ["public", "private"])
def test_a_newcomer_learns_its_border_and_nothing_else(relays, side):
    folder = RunFolder.open(relays / side / "seed-0")
    team, other = folder.team(), RunFolder.open(relays / side / "seed-1").team()
    scale = RelayEvaluation(team, folder.settings(), Budget(updates=2, batch=16))
    before = fingerprint(team), fingerprint(other)
    lifted = share_encoder(team, "agent_3", ["agent_0", "agent_1", "agent_2"])
    place, anywhere, told, shared = new_agent.new_agent_rows(scale, lifted, other)
    assert (fingerprint(team), fingerprint(other)) == before
    assert shared.touched == 2 * 16 * 16 + (64 * 5 + 5) + (5 * 64 + 64) + 64
    for row in (place, anywhere, told):
        assert row.touched == 2 * 16 * 16
        assert len(row.details) >= len(new_agent.PLACES)
        worth = [value for name, value in row.details.items() if name.startswith("chain")]
        assert row.relearned == pytest.approx(worth[0] if row is place else min(worth))


@pytest.fixture
def scale(relays):
    folder = RunFolder.open(relays / "public" / "seed-0")
    return RelayEvaluation(folder.team(), replace(folder.settings(), final_temperature=0.5), Budget(updates=3, batch=8))


def test_interfaces_are_learned_with_messages_as_soft_as_at_first(scale, monkeypatch):
    seen = []

    def watched(team, *rest):
        seen.append(team.channel.carrier.temperature)
        return relearn_interfaces(team, *rest)

    monkeypatch.setattr(relay_evaluation, "relearn_interfaces", watched)
    hard = replace(scale.team, channel=relay_channel(scale.settings, 1.0, ((0, 1),)))
    found = scale.relearn(relay_evaluation.add_input_code(hard, "agent_1"), ["agent_1.code"])
    assert seen == [2.0]
    assert found.team.channel == hard.channel


def test_who_is_told_the_right_answers_learns_from_them_and_never_acts_at_random(scale):
    told = scale.from_labels.settings
    assert told.recipe == "supervised"
    assert relay_channel(told, 0.0) == relay_channel(scale.settings, 0.0)
    assert (told.seed, told.chains, told.final_temperature) == (scale.settings.seed, "public", 0.5)


def test_behind_one_eye_agents_learn_one_after_the_other(scale, monkeypatch):
    own, relearned = [], RelayEvaluation.relearn

    def watched(self, team, names, *rest):
        eyes = [agent.graph.modules["observation_encoder"] for agent in team.agents]
        own.append((names[0], self.budget.updates, [eye is not eyes[3] for eye in eyes]))
        return relearned(self, team, names, *rest)

    monkeypatch.setattr(RelayEvaluation, "relearn", watched)
    row, team = lift_row(scale)
    turns = [("agent_0", [0, 1, 1, 0]), ("agent_1", [0, 0, 1, 0]), ("agent_2", [0, 0, 0, 0])]
    assert own == [(f"{name}.interface", 1, list(map(bool, apart))) for name, apart in turns * 2]
    assert len({id(agent.graph.modules["observation_encoder"]) for agent in team.agents}) == 1
    assert row.curve[-1][0] == 3 * 8


def test_a_blank_code_is_learned_and_says_nothing_before():
    code = SymbolMap((3,), start=0.0)
    assert not code(torch.eye(3)).any()
    (1 - code(torch.eye(3))).square().sum().backward()
    assert code.weight.grad.any()
    again = Graph.from_json(Graph({"x": Port((3,))}, {"y": Port((3,))}, {"c": code}, WIRES).to_json())
    assert not again.modules["c"].weight.any()


def test_a_shared_runner_goes_through_all_operators(tmp_path):
    train(ValueRegression("relay_v0", shared=True, **SMALL), tmp_path / "run")
    rows = {row.operator: row for row in scorecard_rows(tmp_path / "run", None, 1)}
    assert rows["lift"].claim.startswith("exact")
    assert rows["reorder"].claim.startswith("exact")
    assert rows["reorder"].zero_shot == pytest.approx(rows["reorder"].before, abs=1e-6)


def test_a_relay_of_other_numbers_says_so(tmp_path):
    train(ValueRegression("relay_v0", agents=3, **SMALL), tmp_path / "run")
    with pytest.raises(ValueError, match="4 agents; received 3"):
        make_scorecards([tmp_path / "run"], tmp_path / "cards", updates=1)
    assert not (tmp_path / "cards").exists()


def test_a_card_repeats(relays):
    first = scorecard_rows(relays / "public" / "seed-1", None, 2)
    torch.rand(3)
    again = scorecard_rows(relays / "public" / "seed-1", None, 2)
    assert [row.to_json() for row in first] == [row.to_json() for row in again]


def test_private_and_public_stand_side_by_side(relays, tmp_path, capsys):
    arguments = ["--compare-with", str(relays / "private"), "--updates", "1", "--out", str(tmp_path)]
    assert main(["operators", str(relays / "public"), *arguments]) == 0
    said = json.loads((tmp_path / "operators.json").read_text())
    assert list(said) == ["public", "private"]
    for side in said.values():
        assert list(side["by_seed"]) == ["0", "1"]
        card = {row["operator"]: row for row in side["rows"]}
        mean, low, high = card["exclude"]["zero_shot"]
        each = [row["zero_shot"] for rows in side["by_seed"].values() for row in rows if row["operator"] == "exclude"]
        assert mean == pytest.approx(sum(each) / 2)
        assert low <= mean <= high
    origin = said["private"]["origins"]["1"]
    assert origin["settings"]["chains"] == "private"
    assert origin["versions"]["torch"]
    assert (origin["settings"]["seed"], origin["checkpoint"], origin["relearning_updates"]) == (1, SMALL["updates"], 1)
    assert Path(origin["new_agent_from"]).name == "seed-0"
    page = (tmp_path / "operators.html").read_text()
    assert "public: 2 seeds, re-learning budget of 1 updates; private: 2 seeds, re" in page
    assert str(relays) not in page
    assert "retained" in capsys.readouterr().out


def test_a_recipe_is_trained_and_then_goes_through_all_operators(tmp_path, capsys):
    small = ["--updates", "2", "--batch", "8", "--width", "8", "--blocks", "0", "--out", str(tmp_path / "run")]
    assert main(["train", "classification", "digits_v0", *small, "--operators"]) == 0
    assert (tmp_path / "run" / "operators.html").is_file()
    assert "a copy of the encoder" in capsys.readouterr().out
    refused = tmp_path / "refused"
    three = ["--agents", "3", "--updates", "1", "--out", str(refused)]
    assert main(["train", "value_regression", "relay_v0", *three, "--operators"]) == 1
    assert "scorecard of the relay needs 4 agents" in capsys.readouterr().out
    assert not refused.exists()


def test_a_page_says_which_run_has_not_learned_to_the_end(relays, tmp_path):
    settings = replace(RunFolder.open(relays / "public" / "seed-0").settings(), updates=4000)
    learner = make_learner(settings)
    (tmp_path / "run").mkdir()
    RunFolder.create(tmp_path / "run", settings, learner, None, {"cpu": 0.0, "wall": 0.0})
    make_scorecards([tmp_path / "run"], tmp_path, updates=1)
    message = "run: 1 seed, re-learning budget of 1 updates, seed 0 after 0 of 4,000 updates"
    assert message in (tmp_path / "operators.html").read_text()


def test_a_riddle_team_goes_through_all_operators(tmp_path):
    train(Dial("switch_riddle_v0", width=32, **SMALL), tmp_path / "run")
    rows = scorecard_rows(tmp_path / "run", None, 1)
    assert {row.operator for row in rows} == OPERATORS | {"port"}
    (matrix,) = (row.lesions for row in rows if row.lesions)
    assert len(matrix) == 6
    assert matrix["agent_2 receives nothing from agent_0"].keys() == {"normalized_return"}
    for row in rows:
        if row.claim.startswith("exact"):
            assert row.zero_shot == pytest.approx(row.before, abs=1e-6)


def test_riddlers_of_their_own_parameters_too(tmp_path):
    train(Dial("switch_riddle_v0", shared=False, width=32, **SMALL), tmp_path / "run")
    rows = {row.what: row for row in scorecard_rows(tmp_path / "run", None, 1)}
    assert rows["agent_0 and agent_1 swap seats"].claim.startswith("measured")


def test_a_reader_goes_through_all_operators(tmp_path):
    train(Classification("digits_v0", **SMALL), tmp_path / "run")
    rows = scorecard_rows(tmp_path / "run", None, 1)
    assert {row.operator for row in rows} >= OPERATORS
    whole = {row.what: row for row in rows}
    assert whole["block_0 is removed"].lesions["block_2"].keys() == {f"class {digit}" for digit in range(10)}
    assert [episodes for episodes, _ in whole["block_0 is removed"].curve] == [0, 64]
    gone = whole["all blocks are removed"]
    assert gone.curve
    assert gone.figures()["retained_relearned"] is None
    assert gone.claim == "measured: block_0, block_1, block_2, block_3 are bypassed."
    for row in rows:
        if row.claim.startswith("exact"):
            assert row.zero_shot == pytest.approx(row.before, abs=1e-6)


ROW = Row("exclude", "a", "measured: b", 0.9, 0.95, 0.6, 0.8, 0.3, 0.4, 16, 0.01, [(0, 0.6), (9, 0.8)], [(0, 0.2)])


def test_what_is_retained_is_beside_the_better_control():
    figures = ROW.figures()
    assert figures["retained_zero_shot"] == pytest.approx(0.4)
    assert figures["retained_relearned"] == pytest.approx(0.8)
    assert replace(ROW, never_trained=None, removed=None).figures()["retained_relearned"] is None


def test_seeds_have_the_same_rows():
    with pytest.raises(ValueError, match="same rows"):
        aggregate_rows({0: [ROW], 1: [replace(ROW, what="c")]})
    assert aggregate_rows({0: [ROW], 1: [replace(ROW, relearned=None)]})[0]["relearned"] is None


def test_folders_are_checked_first(tmp_path, relays):
    with pytest.raises(ValueError, match="folders must be different"):
        make_scorecards([relays / "public", relays / "public"], tmp_path)
    assert main(["operators", str(tmp_path)]) == 1


def test_what_stands_side_by_side_is_alike_before_anything_is_learned(tmp_path, relays, monkeypatch):
    monkeypatch.setattr(scorecards, "scorecard_rows", None)
    train(ValueRegression("relay_v0", task="spell", **SMALL), tmp_path / "spell")
    train(Classification("digits_v0", updates=2, batch=8, width=10), tmp_path / "digits")
    one = relays / "public" / "seed-0"
    for other in (tmp_path / "spell", tmp_path / "digits", relays / "public"):
        with pytest.raises(ValueError, match="Compared runs must be of the same kind"):
            make_scorecards([one, other], tmp_path / "cards")
    with pytest.raises(ValueError, match="A new agent must be taken from another team"):
        make_scorecards([one], tmp_path / "cards", new_agent_from=one)
    with pytest.raises(ValueError, match=r"new_agent_from needs a single run; received .*public"):
        make_scorecards([relays / "public"], tmp_path / "cards", new_agent_from=one)
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="need a folder that can be created"):
        make_scorecards([one], tmp_path / "file" / "cards")


def test_teams_that_operators_changed_are_refused_before_anything_is_learned(tmp_path, relays, monkeypatch):
    monkeypatch.setattr(scorecards, "scorecard_rows", None)
    team = RunFolder.open(relays / "public" / "seed-0").team()
    for name, after in {"one": split(team, "agent_1", at=4).after, "two": add_input_code(team, "agent_2")}.items():
        train(ValueRegression("relay_v0", **SMALL), tmp_path / name, start=after)
        with pytest.raises(ValueError, match="A scorecard needs a team with the graphs of its recipe"):
            make_scorecards([tmp_path / name], tmp_path / "cards")


def test_the_budget_of_re_learning_is_said_where_none_was_asked_for(relays):
    run = relays / "public" / "seed-0"
    assert scorecards._origin(run, None, None)["relearning_updates"] == 100
    assert scorecards._origin(run, None, 0)["relearning_updates"] == 0
    assert relearning_budget(Classification("digits_v0", seed=4), None) == replace(BUDGETS["digits_v0"], seed=4)


def test_folders_of_one_name_keep_their_sides_apart(tmp_path, monkeypatch):
    monkeypatch.setattr(
        scorecards, "scorecard_rows", lambda run, other, updates: [Row("lift", "one", "exact", 1.0, 1.0, 1.0)]
    )
    settings = Classification("digits_v0", updates=2, batch=8, width=10)
    paths = [tmp_path / side / "same" / "run" for side in "ab"]
    for path in paths:
        train(settings, path)
    monkeypatch.setattr(scorecards, "write_page", lambda *parts: None)
    said = make_scorecards(paths, tmp_path / "new" / "cards")
    assert list(said) == ["a/same/run", "b/same/run"]
    assert (tmp_path / "new" / "cards" / "operators.json").is_file()


def test_no_updates_are_no_updates(relays):
    rows = scorecard_rows(relays / "private" / "seed-0", None, 0)
    reorder = next(row for row in rows if row.operator == "reorder")
    assert (reorder.relearned, len(reorder.curve)) == (pytest.approx(reorder.zero_shot), 1)


def test_the_control_of_what_is_distilled_is_distilled_as_long_from_nobody(scale, monkeypatch):
    card, taught = RelayScorecard(scale.team, scale.settings, scale.budget), []

    def watched(old, student, *rest):
        taught.append((old, student, distilled_agent.distill_agent(old, student, *rest)))
        return taught[-1][-1]

    monkeypatch.setattr(relay, "distill_agent", watched)
    row = card.distill()
    (old, first, student), (nobody, second, untaught) = taught
    assert old is scale.team.agents[1]
    assert first is second
    assert nobody.graph.to_json() == old.graph.to_json()
    assert not torch.equal(nobody.observation_encoder.map.weight, old.observation_encoder.map.weight)
    values = [card.value(substitute(scale.team, "agent_1", agent).after) for agent in (student, untaught)]
    assert (row.zero_shot, row.never_trained) == pytest.approx(tuple(values), abs=1e-12)


def test_the_control_of_what_is_distilled_in_a_reader_is_distilled_as_long_from_nobody(monkeypatch):
    settings, taught = Classification("digits_v0", width=8, updates=2), []
    reader = make_learner(settings).team().agents[0]
    torch.nn.init.normal_(reader.observation_encoder.map.weight)

    def watched(student, teach, *rest, **options):
        taught.append((student.graph.to_json(), teach({"observation": torch.ones(1, 64)})["act"]))
        return distill(student, teach, *rest, **options)

    monkeypatch.setattr(digits_scorecard, "STUDENT_UPDATES", 2)
    monkeypatch.setattr(digits_scorecard, "distill", watched)
    row = DigitsScorecard(reader, settings, Budget(2)).distill()
    (student, ours), (pupil, nobody) = taught
    assert student == pupil
    torch.testing.assert_close(ours, reader(torch.ones(1, 64), None)[0]["act"])
    torch.testing.assert_close(
        nobody, make_learner(settings).team().agents[0].eval()(torch.ones(1, 64), None)[0]["act"]
    )
    assert row.never_trained != row.zero_shot


def test_a_ported_body_hears_and_says_nothing_before_its_borders_learn(scale):
    ported = relay._port(scale.team.agents[0], 8)
    assert not any(ported.after.modules[name].weight.any() for name in ("code_in", "code_out"))


def test_what_is_cut_and_what_is_shared_stays_so_in_a_card(scale):
    team = share_encoder(scale.team, "agent_3", ["agent_0", "agent_1", "agent_2"])
    assert supported_runs._separate_agents(team) is team
    control = never_trained(team, 1)
    eyes = {id(agent.graph.modules["image_features"]) for agent in control.agents}
    assert len(eyes) == 1
    assert torch.equal(control.agents[0].image_features.map.weight, control.agents[3].image_features.map.weight)
    assert not torch.equal(control.agents[0].image_features.map.weight, team.agents[0].image_features.map.weight)
    cut = replace(scale.team, channel=replace(scale.team.channel, cut=((2, 3),)))
    both = replace(scale.team, channel=replace(scale.team.channel, cut=((2, 3), (0, 1))))
    card = RelayScorecard(cut, scale.settings, scale.budget)
    assert card.value_without_messages(1) == pytest.approx(card.value(both), abs=1e-12)


def test_a_page_says_what_it_was_given(tmp_path):
    origins = {"0": {"checkpoint": 2, "settings": {"updates": 2}, "relearning_updates": 3}}
    said = {"s<i>": {"rows": aggregate_rows({0: [ROW]}), "origins": origins}}
    page = write_page(tmp_path / "p.html", {"s<i>": {0: [ROW]}}, said).read_text()
    assert "s&lt;i&gt;" in page
    assert "s<i>" not in page
    assert page.count("<svg") == 1
    assert "0.800" in page
