"""Measuring what an operator did, and learning interfaces again while all else stays as it is."""

import copy
import math

import numpy as np
import pytest
import torch
from interlect.agents import Agent, BatchNorm, SymbolMap, Team, Wire, relay_agent
from interlect.agents.operators import augment, exclude, inside, knowledge_retained, lesion_matrix, measure
from interlect.envs.core.play import returns
from interlect.envs.relay.rules import Relay
from interlect.protocols import Channel, Gumbel
from interlect.training import Supervised, ValueRegression
from interlect.training.adaptation.batch_losses import relay_batch_loss
from interlect.training.adaptation.optimization import Budget
from interlect.training.adaptation.relearn import fingerprint, never_trained, relearn_interfaces

CARRIER = Gumbel(5)
SETTINGS = Supervised("relay_v0", vocabulary=5)


def team(agents=3, width=24):
    torch.manual_seed(0)
    return Team([Agent(relay_agent(64, 6, CARRIER, width=width)) for _ in range(agents)], Channel(CARRIER))


def coded(full, *names):
    for name in names:
        full = inside(
            full, name, augment, "code", SymbolMap((1, 5)), on=Wire("input.heard", "message_encoder.heard")
        ).after
    return full


def batch_loss(agents=3, settings=SETTINGS):
    return relay_batch_loss(Relay(agents, 32, 0, longest=4), settings)


def mean_code(team):
    return float(team.agents[1].graph.modules["code"].weight.detach().mean())


@pytest.mark.parametrize("settings", [SETTINGS, ValueRegression("relay_v0", vocabulary=5)])
def test_only_interfaces_learn(settings):
    full = coded(team(), "agent_1", "agent_2")
    before = fingerprint(full)
    found = relearn_interfaces(full, ["agent_1.code"], batch_loss(settings=settings), mean_code, Budget(3, 32, 1e-1), 2)
    assert fingerprint(full) == before
    codes = {name: [a.graph.modules["code"].weight for a in found.team.agents[1:]] for name in ("code",)}["code"]
    assert not torch.equal(codes[0], torch.eye(5))
    assert torch.equal(codes[1], torch.eye(5))
    learned = {id(codes[0])}
    mine = {id(full.agents[1].graph.modules["code"].weight)}
    assert fingerprint(found.team, learned) == fingerprint(full, mine)
    assert found.parameters == 25
    assert found.share == 25 / sum(p.numel() for p in full.agents[1].parameters()), "of the agent that has most"
    assert [episodes for episodes, _ in found.curve] == [0, 64, 96]
    assert found.curve[0][1] == pytest.approx(0.2)


def change_a_bias(agent):
    with torch.no_grad():
        agent.graph.modules["action_head"].map.bias.add_(1)


def change_what_is_running(agent):
    for buffer in agent.graph.modules["norm"].buffers():
        buffer.add_(1)


@pytest.mark.parametrize("meddle", [change_a_bias, change_what_is_running])
def test_what_was_frozen_stays_even_if_the_lesson_would_change_it(meddle):
    full = coded(team(), "agent_1")
    full = inside(full, "agent_0", augment, "norm", BatchNorm((24,)), on=Wire("hidden.out", "action_head.x")).after

    def meddling(team, rng):
        meddle(team.agents[0])
        return batch_loss()(team, rng)

    with pytest.raises(RuntimeError, match="frozen module changed"):
        relearn_interfaces(full, ["agent_1.code"], meddling, mean_code, Budget(1, 32))


def test_a_module_in_evaluation_draws_no_dropout():
    full = coded(team(), "agent_1")
    modes = []

    def watching(team, rng):
        modes.extend(module.training for agent in team.agents for module in agent.modules())
        return batch_loss()(team, rng)

    relearn_interfaces(full, ["agent_1.code"], watching, mean_code, Budget(1, 32))
    assert not any(modes)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["agent_7.code"], "agent_7"),
        (["agent_1.cod"], "module of agent_1.*Did you mean 'code'"),
        (["agent_1.dropout"], "have parameters"),
        (["agent_1.image_features"], "at most 5%"),
    ],
)
def test_interfaces_are_checked_before_anything_is_learned(names, words):
    with pytest.raises(ValueError, match=f"(?s){words}"):
        relearn_interfaces(coded(team(), "agent_1"), names, batch_loss(), mean_code, Budget(1, 32))


def test_interfaces_are_a_list_and_are_looked_at_now_and_then():
    with pytest.raises(ValueError, match=r"evaluate_every must be an integer, at least 1; received 0"):
        relearn_interfaces(
            coded(team(), "agent_1"), ["agent_1.code"], batch_loss(), mean_code, Budget(1, 32), evaluate_every=0
        )
    with pytest.raises(ValueError, match=r"must be a list; received 'agent_1\.code'"):
        relearn_interfaces(coded(team(), "agent_1"), "agent_1.code", batch_loss(), mean_code)


def test_the_control_has_the_same_structure_and_other_numbers():
    full = team()
    shared = Team([full.agents[0], full.agents[1], full.agents[0]], full.channel)
    control = never_trained(shared, 1)
    assert control.agents[0] is control.agents[2]
    assert not any(agent.training for agent in control.agents)
    assert control.agents[0].graph.to_json() == full.agents[0].graph.to_json()
    assert fingerprint(control) != fingerprint(shared)
    assert fingerprint(control) == fingerprint(never_trained(shared, 1))


def earned(team, episodes):
    return returns(Relay(len(team.agents), episodes, 5, longest=4), team, team.channel)[:, 0]


def test_measuring_pairs_episodes():
    full = team()
    same = measure(full, Team(copy.deepcopy(list(full.agents)), full.channel), {"earned": earned}, 64)["earned"]
    assert same.difference == 0
    assert same.error == 0
    assert same.episodes == 64
    other = measure(full, exclude(full, "agent_0").after, {"earned": earned}, 64)["earned"]
    by_hand = earned(exclude(full, "agent_0").after, 64) - earned(full, 64)
    assert other.difference == pytest.approx(by_hand.mean())
    assert other.error == pytest.approx(by_hand.std(ddof=1) / math.sqrt(64))


def test_the_error_is_of_the_paired_difference():
    found = measure([1.0, 2.0, 3.0], [1.0, 4.0, 3.0], {"as given": lambda values, episodes: np.array(values)})
    assert found["as given"].before == 2
    assert found["as given"].after == pytest.approx(8 / 3)
    assert found["as given"].difference == pytest.approx(2 / 3)
    assert found["as given"].error == pytest.approx(2 / 3)
    alone = measure([1.0], [2.0], {"one": lambda values, episodes: np.array(values)})["one"]
    assert (alone.difference, alone.error) == (1.0, math.inf), "one episode tells nothing of the error"


@pytest.mark.parametrize(
    ("probes", "words"),
    [({}, "at least one probe"), ({"p": lambda team, n: np.zeros(len(team.agents))}, "paired by episode")],
)
def test_a_probe_that_does_not_pair_says_so(probes, words):
    with pytest.raises(ValueError, match=words):
        measure(team(), team(2), probes, 4)


def test_knowledge_retained_is_measured_from_the_control():
    assert knowledge_retained(0.9, 0.9, 0.3) == 1
    assert knowledge_retained(0.9, 0.3, 0.3) == 0
    assert knowledge_retained(0.9, 0.6, 0.3) == pytest.approx(0.5)
    assert knowledge_retained(0.3, 0.9, 0.3) is None
    assert knowledge_retained(0.34, 0.9, 0.3) is None


def test_a_lesion_matrix_by_hand():
    tasks = {"whole": {"a": 1.0, "b": 0.5}, "eye": {"a": 0.25, "b": 0.5}, "ear": {"a": 1.0, "b": 0.75}}
    matrix = lesion_matrix("whole", {"no eye": "eye", "no ear": "ear"}, tasks.__getitem__)
    assert matrix == {"no eye": {"a": 0.75, "b": 0.0}, "no ear": {"a": 0.0, "b": -0.25}}
    with pytest.raises(ValueError, match="needs lesions and sub-tasks; received '0 and 2'"):
        lesion_matrix("whole", {}, tasks.__getitem__)
    tasks["eye"] = {"a": 1.0}
    with pytest.raises(ValueError, match=r"Sub-tasks must be the same after a lesion; received .*no eye.*'a'"):
        lesion_matrix("whole", {"no eye": "eye"}, tasks.__getitem__)
