"""What one update does: it plays as evaluation plays, explores, follows schedules, and updates the target network."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from interlect.agents import Agent, Team, Wire, cnet
from interlect.envs import play
from interlect.envs.switch_riddle.rules import SwitchRiddle
from interlect.protocols import Channel, Composed, Delay, Erasure, Flip, Perfect, Symbols
from interlect.protocols.channels.interventions import intervention
from interlect.training import Dial, Optimizer, Rial, evaluate_team, train
from interlect.training.learners import dial
from interlect.training.recipes.table import make_learner
from interlect.training.rollouts.recurrent import unroll

CPU = torch.device("cpu")


def talkative(agent):
    """Random weights so large that actions and messages differ from row to row."""
    torch.manual_seed(30)
    with torch.no_grad():
        for parameter in agent.parameters():
            parameter.normal_(0, 0.3)
        agent.action_head.map.bias.copy_(torch.tensor([1.0, 0.0]))
    return agent


@pytest.mark.parametrize(
    "link", [None, Flip(0.3), Erasure(0.3), Delay(2), Composed((Delay(1), Flip(0.2), Erasure(0.2)))]
)
def test_a_greedy_unroll_equals_evaluation(link):
    channel = Channel(Symbols(), credit="blocked") if link is None else Channel(Symbols(), link, "blocked")
    agent = talkative(Agent(cnet(3, 1, 2, 2, channel.carrier, True, width=16)))
    learned = unroll(agent, SwitchRiddle(3, 64, 5), channel, 0.0, True, False, np.random.default_rng(0), CPU)
    played = play(SwitchRiddle(3, 64, 5), Team([agent], channel), channel)
    steps = len(learned.act)
    assert steps == len(played.action)
    live = played.live.repeat(3, axis=1)
    assert live.sum() < live.size, "some lanes should end early"
    assert 0.2 < played.sent[..., 1].mean() < 0.8, "both symbols should be sent"
    np.testing.assert_array_equal(learned.live.numpy(), live)
    for mine, other in ((learned.action, played.action), (learned.reward, played.reward)):
        np.testing.assert_array_equal(mine.numpy() * live, other.reshape(steps, -1) * live)
    said = played.sent.reshape(learned.sent.shape)
    np.testing.assert_array_equal(learned.sent.numpy() * live[..., None, None], said * live[..., None, None])


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize("link", [Perfect(), Erasure(0.4), Delay(1), Composed((Erasure(0.4), Delay(2)))], ids=str)
def test_a_message_counts_as_delivered_where_it_arrives(link, silent):
    channel = Channel(Symbols(), link, "blocked")
    agent = talkative(Agent(cnet(3, 1, 2, 2, channel.carrier, True, width=16)))
    learned = unroll(agent, SwitchRiddle(3, 64, 5), channel, 0.0, True, silent, np.random.default_rng(0), CPU)
    played = play(
        SwitchRiddle(3, 64, 5), Team([agent], channel), channel, intervention("silent" if silent else "normal")
    )
    reached = played.present.any(axis=2)  # [T, B, receiver, sender]
    assert reached.any() != silent
    live = played.live.repeat(3, axis=1)
    waits = 1 + link.delay  # what a transcript holds at t was sent at t - waits
    np.testing.assert_array_equal(
        learned.delivered.numpy()[:-waits], reached[waits:].reshape(-1, live.shape[1]) * live[waits:]
    )
    assert not learned.delivered.numpy()[-waits:].any()


@pytest.mark.parametrize("recipe", [Dial, Rial])
def test_the_link_acts_in_training_and_in_evaluation(recipe, tmp_path):
    small = {"updates": 4, "batch": 4, "width": 8, "evaluate_every": 4}
    run = train(recipe("switch_riddle_v0", link="erasure", rate=0.3, **small), tmp_path / "lossy")
    assert run.team.channel.link == Erasure(0.3)
    assert run.result["how"].startswith("paired")
    assert make_learner(recipe("switch_riddle_v0")).channel(0.0).link == Perfect()
    assert make_learner(recipe("switch_riddle_v0", link="flip", rate=0.2)).channel(0.5).link == Flip(0.2)
    with pytest.raises(ValueError, match=r"rate of Flip must be a finite number from 0 to 1; received 1\.5"):
        recipe("switch_riddle_v0", link="flip", rate=1.5)


def test_messages_without_receivers_are_not_learned():
    mine = make_learner(Rial("switch_riddle_v0", updates=12, batch=4, width=8, silent=True))
    before = copies(mine.network.message_head)
    for _ in range(3):
        mine.update()
    assert same(copies(mine.network.message_head), before)


def learner(**changes):
    small = {"updates": 12, "batch": 4, "width": 8}
    return make_learner(Dial("switch_riddle_v0", **(small | changes)))


def copies(net):
    return [parameter.detach().clone() for parameter in net.parameters()]


def same(one, two):
    return all(torch.equal(a, b) for a, b in zip(one, two, strict=True))


def test_the_target_network_is_copied_every_target_interval():
    mine = learner(target_interval=3)
    for update in range(9):
        before = copies(mine.network)
        mine.update()
        if update % 3 == 0:
            copied = before
        assert same(copies(mine.target), copied)
        assert not same(copies(mine.network), copied)


def test_the_learning_rate_falls_along_a_half_cosine():
    mine = learner(updates=4, optimizer=Optimizer(learning_rate=3e-3, final_learning_rate=1e-3))
    rates = []
    for _ in range(4):
        mine.update()
        rates.append(mine.optimizers["network"].param_groups[0]["lr"])
    expected = [1e-3 + 2e-3 * (1 + math.cos(math.pi * k / 4)) / 2 for k in range(4)]
    assert rates == pytest.approx(expected)


def test_gradients_are_clipped_by_value():
    mine = learner(optimizer=Optimizer(clip_grad_value=1e-6))
    mine.update()
    gradients = torch.cat([parameter.grad.reshape(-1) for parameter in mine.network.parameters()])
    assert gradients.abs().max() == pytest.approx(1e-6)


def test_counters_of_updates_episodes_and_steps():
    mine = learner(batch=5)
    for _ in range(3):
        mine.update()
    assert (mine.updates, mine.episodes) == (3, 15)
    assert 15 <= mine.environment_steps <= 15 * 6


@pytest.mark.parametrize("epsilon", [0.0, 0.5, 1.0])
def test_epsilon_is_the_probability_of_a_random_legal_action(epsilon):
    """A network that never prefers to announce does so at random only, in half of these actions when inside."""
    channel = Channel(Symbols(), credit="blocked")
    agent = Agent(cnet(3, 1, 2, 2, channel.carrier, True, width=8))
    with torch.no_grad():
        agent.action_head.map.bias += torch.tensor([1e3, 0.0])
        agent.message_head.map.bias += torch.tensor([1e3, 0.0])
    played = unroll(agent, SwitchRiddle(3, 4000, 0), channel, epsilon, True, False, np.random.default_rng(0), CPU)
    in_room = played.legal[0, :, 1]
    assert played.action[0][in_room].float().mean().item() == pytest.approx(epsilon / 2, abs=0.03)
    assert not played.action[0][~in_room].any()
    assert played.sent[0, :, 0, 1].mean().item() == pytest.approx(epsilon / 2, abs=0.03)


def test_messages_are_explored_independently_of_actions():
    channel = Channel(Symbols(), credit="blocked")
    agent = Agent(cnet(3, 1, 2, 2, channel.carrier, True, width=8))
    with torch.no_grad():
        agent.action_head.map.bias += torch.tensor([1e3, 0.0])
        agent.message_head.map.bias += torch.tensor([1e3, 0.0])
    played = unroll(agent, SwitchRiddle(3, 4000, 0), channel, 1.0, True, False, np.random.default_rng(0), CPU)
    told, said = played.action[0].bool(), played.sent[0, :, 0, 1]
    assert said[told].mean().item() == pytest.approx(0.5, abs=0.04)


def test_random_numbers_differ_between_updates_and_repeat_between_runs(monkeypatch):
    drawn = []

    def spy(*arguments):
        drawn.append(arguments[6].bit_generator.state["state"]["state"])
        return unroll(*arguments)

    monkeypatch.setattr(dial, "unroll", spy)
    for _ in range(2):
        mine = learner()
        for _ in range(3):
            mine.update()
    assert len(set(drawn)) == 3
    assert drawn[:3] == drawn[3:]


def test_a_team_trained_in_silence_is_evaluated_in_silence():
    channel = Channel(Symbols(), credit="blocked")
    team = Team([talkative(Agent(cnet(3, 1, 2, 2, channel.carrier, True, width=16)))], channel)
    hearing = Rial("switch_riddle_v0")
    silent = evaluate_team(hearing, team, "silent")["return_mean"]
    assert silent != evaluate_team(hearing, team)["return_mean"]
    for name in ("normal", "constant"):
        assert evaluate_team(replace(hearing, silent=True), team, name)["return_mean"] == silent


def test_only_rial_agents_observe_their_own_last_message():
    graphs = {kind.recipe: make_learner(kind("switch_riddle_v0", width=8)).network.graph for kind in (Dial, Rial)}
    assert Wire("input.message", "own_message_encoder.x") in graphs["rial"].wires
    assert not [wire for wire in graphs["dial"].wires if wire.source == "input.message"]


def test_exploration_and_noise_are_annealed_linearly(monkeypatch):
    seen = []

    def spy(network, core, channel, epsilon, *rest):
        seen.append((channel.carrier.sigma, epsilon))
        return unroll(network, core, channel, epsilon, *rest)

    monkeypatch.setattr(dial, "unroll", spy)
    mine = learner(updates=4, sigma=0.5, final_sigma=2.5, epsilon=0.4, final_epsilon=0.0)
    for _ in range(4):
        mine.update()
    assert [sigma for sigma, _ in seen] == pytest.approx([0.5, 1.0, 1.5, 2.0])
    assert [epsilon for _, epsilon in seen] == pytest.approx([0.4, 0.3, 0.2, 0.1])
