"""The exact value of memoryless agents in the relay, against the reference returns and against play."""

import numpy as np
import pytest
import torch
from interlect.agents import Agent, Team, relay_agent
from interlect.envs.core.play import returns
from interlect.envs.relay import exact
from interlect.envs.relay import reference_returns as reference_returns
from interlect.envs.relay.rules import Relay
from interlect.protocols import Channel, Continuous, Delay, Flip, Symbols

CHANNEL = Channel(Symbols(16))
RETURNING = np.array([[0, 1, 0, 1], [0, 1, 0, 2], [2, 0, 1, 0], [1, 0, 2, 1]])
"""Agents that come again: in turns, before the last place, at it, and around others."""


class Literal:
    """The hand-written protocol that sees pictures: which one it is, is looked up."""

    def __init__(self, core, odd):
        self.odd = {image.tobytes(): parity for image, parity in zip(core.pictures.image, odd, strict=True)}
        self.core = core

    def initial_state(self, seats):
        return {}

    def step(self, inputs, state, rng):
        own = np.array([self.odd[image.tobytes()] for image in inputs.observation]).astype(int)
        before = np.where(inputs.present[:, 0], inputs.heard[:, 0].argmax(-1), 0)
        answers = self.core.actions - 1
        now = (2 * before + own) % answers if self.core.task == "spell" else np.minimum(before + own, answers - 1)
        return np.where(inputs.legal[:, 0], 0, 1 + now), np.eye(16, dtype=np.float32)[now][:, None], state


@pytest.mark.parametrize("task", ["count", "spell"])
@pytest.mark.parametrize("chains", ["private", "public", RETURNING], ids=["private", "public", "returning"])
def test_the_hand_written_protocol_is_worth_its_reference_return(task, chains):
    from interlect.envs.pictures.classifier import predicted_odd

    core = Relay(4, 1, 0, task=task, chains=chains, pictures="held_out")
    for name, odd in (("relaying", core.pictures.digit % 2), ("vision", predicted_odd(core.pictures))):
        assert exact.value(core, Literal(core, odd), CHANNEL) == pytest.approx(
            reference_returns.reference_returns(core)[name].value, abs=1e-12
        )


@pytest.mark.parametrize("chains", ["public", RETURNING], ids=["public", "returning"])
@pytest.mark.parametrize("task", ["count", "spell"])
def test_agents_are_worth_what_they_earn(task, chains):
    torch.manual_seed(0)
    core = Relay(3, 20000, 0, task=task, chains=chains, pictures="held_out")
    carrier = Symbols(3, 2)
    team = Team(
        [Agent(relay_agent(64, core.actions, carrier, width=8)) for _ in range(3)], Channel(carrier, cut=((0, 1),))
    )
    earned = returns(core, team, team.channel)[:, 0]
    worth = exact.chain_values(core, team, team.channel)
    assert abs(worth[core.row] - earned).max() <= 1
    assert abs(exact.value(core, team, team.channel) - earned.mean()) < 4 * earned.std() / len(earned) ** 0.5
    for row in np.unique(core.row):
        mine = earned[core.row == row]
        assert abs(worth[row] - mine.mean()) < 4.5 * mine.std() / len(mine) ** 0.5 + 1e-9


def test_values_by_answer_add_up_and_are_those_of_play():
    torch.manual_seed(0)
    core = Relay(3, 20000, 0, task="count", chains="public", pictures="held_out")
    team = Team([Agent(relay_agent(64, core.actions, Symbols(3), width=8)) for _ in range(3)], Channel(Symbols(3)))
    accuracy_by_answer, chance = exact.accuracy_by_answer(core, team, team.channel), exact.answer_distribution(core)
    assert (accuracy_by_answer * chance).sum() == pytest.approx(exact.value(core, team, team.channel), abs=1e-12)
    earned = returns(core, team, team.channel)[:, 0]
    for answer, value in enumerate(accuracy_by_answer):
        mine = earned[core.correct_action == answer + 1]
        assert abs(value - mine.mean()) < 4.5 * earned.std() / len(mine) ** 0.5
    alone = Relay(2, 1, 0, chains=np.array([[0, 1]]), longest=3, pictures="held_out")
    right = exact.accuracy_by_answer(alone, Literal(alone, alone.pictures.digit % 2), CHANNEL)
    assert right[:3] == pytest.approx(1)
    assert np.isnan(right[3])


def test_what_is_cut_has_a_direction():
    core = Relay(2, 1, 0, chains=np.array([[0, 1], [1, 0]]), pictures="held_out")
    player = Literal(core, core.pictures.digit % 2)
    assert exact.chain_values(core, player, CHANNEL) == pytest.approx([1, 1])
    assert exact.chain_values(core, player, Channel(Symbols(16), cut=((0, 1),))) == pytest.approx([0.5, 1])


@pytest.mark.parametrize(("task", "expected"), [("count", [1, 4, 6, 4, 1, 0]), ("spell", [2] * 8)])
def test_right_answers_have_their_chances(task, expected):
    for chains in ("private", np.array([[2, 0, 3, 1]])):
        core = Relay(4, 1, 0, task=task, chains=chains)
        assert exact.answer_distribution(core) == pytest.approx(np.array(expected) / 16)
    again = Relay(2, 1, 0, chains=np.array([[0, 1, 0]]))
    assert exact.answer_distribution(again) == pytest.approx(np.array([1, 1, 1, 1]) / 4)


def test_what_cannot_be_followed_says_so():
    core = Relay(3, 1, 0)
    team = Team([Agent(relay_agent(64, core.actions, Symbols(16), width=8))], Channel(Symbols(16)))
    with pytest.raises(ValueError, match=r"without noise and delay.*Use a sample"):
        exact.value(core, team, Channel(Symbols(16), Flip(0.1)))
    with pytest.raises(ValueError, match=r"without noise and delay; received Delay\(steps=1\)"):
        exact.value(core, team, Channel(Symbols(16), Delay()))
    assert exact.exact_value(core, team, Channel(Symbols(16), Delay())) is None
    with pytest.raises(ValueError, match="different messages"):
        exact.value(core, team, Channel(Continuous(3)))
