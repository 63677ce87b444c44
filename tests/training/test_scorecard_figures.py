"""Figures of scorecards beside what they are said to be; nothing is learned here, and who would learn is watched."""

from dataclasses import replace
from functools import reduce
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from interlect.agents import Agent, Frozen, Team, Wire
from interlect.agents.operators import augment, exclude, reorder
from interlect.protocols import Channel
from interlect.training import Classification, Dial, ValueRegression
from interlect.training.adaptation.optimization import Budget
from interlect.training.adaptation.relearn import RelearningResult
from interlect.training.recipes.table import make_learner
from interlect.training.scorecard import digits as digits_scorecard
from interlect.training.scorecard import distilled_agent, new_agent, page, relay_evaluation
from interlect.training.scorecard.digits import DigitsScorecard
from interlect.training.scorecard.new_agent import NEW, PLACES
from interlect.training.scorecard.relay import RelayScorecard
from interlect.training.scorecard.relay_evaluation import RelayEvaluation, add_input_code
from interlect.training.scorecard.riddle import RiddleScorecard
from interlect.training.scorecard.rows import Row, aggregate_rows, cell
from interlect.training.scorecard.shared_encoder import lift_row, share_encoder, without_vision

SETTINGS = ValueRegression("relay_v0", batch=8)


def runners(seed):
    """A team of runners that differ and say different things."""
    team = make_learner(replace(SETTINGS, seed=seed)).team()
    torch.manual_seed(seed)
    for agent in team.agents:
        for module in (agent.action_head, agent.message_head):
            torch.nn.init.normal_(module.map.weight)
    return team


@pytest.fixture
def team():
    return runners(0)


@pytest.fixture
def card(team):
    return RelayScorecard(team, SETTINGS, Budget(updates=0, batch=8), seed=3)


@pytest.fixture
def relearn_calls(monkeypatch):
    """What was to be learned again, in its order."""
    seen = []

    def watched(self, team, names, chains=None, task=None, max_share=0.05, evaluate_every=25, evaluated=None):
        seen.append(SimpleNamespace(scale=self, team=team, names=names, chains=chains, task=task, places=evaluated))
        return RelearningResult(team, [(0, 0.5)], 1, 0.01)

    monkeypatch.setattr(RelayEvaluation, "relearn", watched)
    return seen


def deaf(card, *pairs, team=None):
    """What a team is worth with these channels cut."""
    team = team or card.team
    return card.value(replace(team, channel=replace(team.channel, cut=pairs)))


def test_a_row_without_what_was_touched_is_of_a_team_whose_listeners_are_deaf(card, relearn_calls, monkeypatch):
    monkeypatch.setattr(distilled_agent, "BUDGET", Budget(2, 8))
    each = [deaf(card), *(deaf(card, (seat, seat + 1)) for seat in range(3))]
    assert len(set(np.round(each, 6))) == 4
    assert card.distill().removed == deaf(card, (1, 2))
    assert card.reorder().removed == deaf(card, (0, 1), (1, 2), (2, 3))
    gone = exclude(card.team, "agent_1").after
    row = card.exclude()
    assert (row.removed, row.zero_shot) == (deaf(card, (0, 1), team=gone), card.value(gone))
    assert [one.names for one in relearn_calls] == [[f"agent_{n}.code" for n in (1, 2, 3)]] * 2 + [["agent_1.code"]] * 2
    assert row.reference == card.reference(3) != card.reference(4)
    assert row.before == pytest.approx(card.value(card.team) * card.reference(3) / card.reference(4))


def test_a_team_that_changed_places_learns_and_so_does_one_that_never_learned(card, relearn_calls):
    row = card.reorder()
    assert row.zero_shot == card.value(reorder(card.team, "agent_1", "agent_2").after)
    ours, control = (one.team.agents[1].observation_encoder.map.weight for one in relearn_calls)
    assert torch.equal(ours, card.team.agents[2].observation_encoder.map.weight)
    assert not torch.equal(control, card.team.agents[2].observation_encoder.map.weight)


def test_bodies_learn_the_other_task_free_then_frozen_and_a_control_that_never_learned(card, relearn_calls):
    row = card.port()
    _, ours, control = relearn_calls
    assert {one.task for one in relearn_calls} == {"spell" if SETTINGS.task == "count" else "count"}
    frozen = [isinstance(one.team.agents[0].graph.modules["observation_encoder"], Frozen) for one in relearn_calls]
    assert frozen == [False, True, True]
    eyes = [dict(one.team.agents[0].named_parameters()) for one in (ours, control)]
    mine, other = (next(p for name, p in eye.items() if name.startswith("observation_encoder.")) for eye in eyes)
    assert torch.equal(mine, card.team.agents[0].observation_encoder.map.weight)
    assert not torch.equal(mine, other)
    assert row.zero_shot == card.value(ours.team, task=ours.task)
    assert row.details["original task"] == card.value(card.team)


def test_learned_from_pictures_to_train_on_and_looked_at_in_the_worst_chain(card, monkeypatch):
    split, batch_loss = [], relay_evaluation.relay_batch_loss

    def watched(core, settings):
        split.append(core.pictures.split)
        return batch_loss(core, settings)

    monkeypatch.setattr(relay_evaluation, "relay_batch_loss", watched)
    chains = np.array([(0, 1, 2, 3), (3, 1, 0, 2), (2, 3, 1, 0)])
    found = card.relearn(add_input_code(card.team, "agent_1"), ["agent_1.code"], chains)
    values = card.values(card.team, chains)
    assert values.min() < values.max()
    assert found.curve == [(0, pytest.approx(values.min()))]
    assert split == ["train"]


@pytest.mark.parametrize("chains", ["public", "private"])
def test_a_newcomer_is_measured_where_it_is_said_to_be(card, relearn_calls, chains):
    scale = RelayEvaluation(card.team, replace(SETTINGS, chains=chains), card.budget, seed=3)
    other = runners(1)
    rows = new_agent.new_agent_rows(scale, card.team, other)
    anywhere = PLACES if chains == "private" else new_agent.chains_through(4)
    met, look = [one.chains for one in relearn_calls[::2]], [one.places for one in relearn_calls[::2]]
    assert all(np.array_equal(a, b) for a, b in zip(met, [PLACES[:1], *[anywhere] * 3], strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(look, [PLACES[:1], *[PLACES] * 3], strict=True))
    assert [one.scale.settings.recipe for one in relearn_calls[::2]] == [
        "value_regression",
        "value_regression",
        "supervised",
        "value_regression",
    ]
    wires = [Wire(f"{a}.emit", f"{b}.heard") for n in card.team.names for a, b in ((n, NEW), (NEW, n))]
    joined, mute = (augment(card.team, NEW, other.agents[2].clone(), some).after for some in (wires, []))
    for row, places in zip(rows, look, strict=True):
        assert row.zero_shot == scale.values(joined, places).min()
        assert row.removed == scale.values(mute, places).min()
        assert row.reference == scale.reference(5) != scale.reference(4)
    for ours, control in zip(relearn_calls[::2], relearn_calls[1::2], strict=True):
        for one in (ours, control):
            graph = one.team.agents[4].graph
            assert not any(p.any() for name in ("code", "code_out") for p in graph.modules[name].parameters())
            said = Agent(graph)(*(torch.rand(8, *port.shape) for port in graph.inputs.values()), None)[0]["emit"]
            assert not said.any(), "all symbols begin alike"
            pairs = zip(one.team.agents[:4], card.team.agents, strict=True)
            assert all(
                torch.equal(a.observation_encoder.map.weight, b.observation_encoder.map.weight) for a, b in pairs
            )
        if ours is not relearn_calls[-2]:
            assert torch.equal(
                ours.team.agents[4].observation_encoder.map.weight, other.agents[2].observation_encoder.map.weight
            )
            assert not torch.equal(
                control.team.agents[4].observation_encoder.map.weight, other.agents[2].observation_encoder.map.weight
            )


def test_a_newcomer_has_learned_at_a_share_of_the_reference(card, relearn_calls, monkeypatch):
    monkeypatch.setattr(new_agent, "ENOUGH", 0.52)
    assert 0.52 * card.reference(5) <= 0.5
    row = new_agent._join(card, runners(1), "here", PLACES[:1], PLACES[:1])
    assert row.details["episodes to 0.52 of the reference"] == 0


def test_one_eye_is_the_last_agents_and_all_borders_count(card, relearn_calls):
    row, _ = lift_row(card)
    others = ["agent_0", "agent_1", "agent_2"]
    assert row.zero_shot == card.value(share_encoder(card.team, "agent_3", others))
    assert row.zero_shot != card.value(share_encoder(card.team, "agent_0", ["agent_1", "agent_2", "agent_3"]))
    assert row.removed == card.value(reduce(without_vision, others, card.team))
    assert (row.touched, row.share, len(row.curve)) == (3, 0.01, 3)
    assert row.details["encoder parameters before"] == 4 * row.details["encoder parameters after"]


def test_a_lesion_of_a_riddle_is_of_the_ear_that_it_names(monkeypatch):
    settings = Dial("switch_riddle_v0", width=8)
    made = RiddleScorecard(make_learner(settings).team().spread(3), settings, Budget(0))
    monkeypatch.setattr(
        RiddleScorecard, "_score", lambda self, team: float(sum(10 * a + b for a, b in team.channel.cut))
    )
    found = {name: loss["normalized_return"] for name, loss in made.lesions().items()}
    assert found == {
        f"agent_{b} receives nothing from agent_{a}": -(10 * a + b) for a in range(3) for b in range(3) if a != b
    }


def test_blocks_that_stay_are_learned_again_beside_fresh_ones(monkeypatch):
    settings, learned = Classification("digits_v0", width=8), []
    reader = make_learner(settings).team().agents[0]

    def watched(graph, names, budget):
        learned.append((graph, list(names)))
        return RelearningResult(Team([Agent(graph)], Channel()), [(0, 0.5)], 1, 0.01)

    monkeypatch.setattr(digits_scorecard, "relearn_interface_layers", watched)
    DigitsScorecard(reader, settings, Budget(0, seed=3)).exclude()
    rest = ["observation_encoder", "block_1", "block_2", "block_3"]
    assert [names for _, names in learned] == [rest, rest, ["observation_encoder"], ["observation_encoder"]]
    blocks = [[name for name in graph.modules if name.startswith("block")] for graph, _ in learned]
    assert blocks == [rest[1:], rest[1:], [], []]
    first, control = (graph for graph, _ in learned[:2])
    for name in rest:
        same = torch.equal(*(next(graph.modules[name].parameters()) for graph in (reader.graph, first)))
        shared = all(map(torch.equal, first.modules[name].parameters(), control.modules[name].parameters()))
        assert (same, shared) == (True, name == "observation_encoder"), (
            "the control's blocks are fresh, and its eye is not"
        )


ROW = Row("augment", "a", "exact: b", 0.9, 1.0, 0.5)


def test_a_row_has_where_its_curves_end(team):
    ours, control = (RelearningResult(team, [(0, 0.1), (8, end)], 25, 0.01) for end in (0.7, 0.3))
    row = ROW.with_relearning(ours, control)
    assert (row.relearned, row.never_trained, row.touched, row.share) == (0.7, 0.3, 25, 0.01)
    assert (row.curve, row.control_curve) == (ours.curve, control.curve)
    assert ROW.with_relearning(ours, None).never_trained is None


def test_a_cell_has_half_its_interval_and_a_loss_its_color():
    assert [cell(value) for value in ([0.5, 0.4, 0.6], [0.5], None)] == ["0.500 ±0.100", "0.500", "–"]
    assert [page.loss_color(loss) for loss in (0.25, 0.24, 0.05, 0.04, -0.3)] == [
        "choice1",
        "choice0",
        "choice0",
        "",
        "",
    ]


def test_what_was_added_is_marked_in_the_graph_after(tmp_path, team):
    graph = team.agents[0].graph
    row = replace(ROW, graphs=(graph, add_input_code(team, "agent_0").agents[0].graph))
    said = {
        "one": {
            "rows": aggregate_rows({0: [row]}),
            "origins": {"0": {"checkpoint": 2, "relearning_updates": 1, "settings": {"updates": 2}}},
        }
    }
    text = page.write_page(tmp_path / "p.html", {"one": {0: [row]}}, said).read_text()
    before, after = (part.partition("</svg>")[0] for part in text.split('<svg class="tree"')[1:])
    assert [part.count("leaf choice1") for part in (before, after)] == [0, 1]
    assert [part.count(">code<") for part in (before, after)] == [0, 1]
