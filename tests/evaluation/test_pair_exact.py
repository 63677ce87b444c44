"""The exact values of the games for two, against every pair of views played one by one."""

from itertools import product

import numpy as np
import pytest
import torch
from interlect.agents import Agent, Team, relay_agent
from interlect.envs import evaluate, game
from interlect.envs.color_digit.rules import ColorDigit
from interlect.envs.core.play import returns
from interlect.envs.multistep_digit.rules import MultistepDigit
from interlect.envs.pairs import exact
from interlect.envs.pairs.rules import Pair
from interlect.envs.pictures.images import Pictures, digits
from interlect.protocols import DRU, Channel, Continuous, Delay, Erasure, Flip, Symbols

KINDS = (ColorDigit, MultistepDigit)
CUTS = ((), ((0, 1),), ((1, 0),), ((0, 1), (1, 0)))


@pytest.fixture
def few_pictures(monkeypatch: pytest.MonkeyPatch) -> Pictures:
    """13 pictures: one or two a class, so that pictures are not equally likely."""
    train = digits("train")
    rows = np.sort([*train.first, *(train.first[:3] + 1)])
    few = Pictures("train", train.image[rows], train.digit[rows])
    monkeypatch.setattr("interlect.envs.pairs.rules.pictures_of", lambda data, split: few)
    return few


def every_pair(kind: type[Pair]) -> tuple[Pair, np.ndarray]:
    """A core with a lane for each pair of views, and how likely each of them is."""
    chance = kind().chance
    pairs = np.array(list(product(range(len(chance)), repeat=2)))

    class Given(kind):
        def _draw(self, lane: np.ndarray, agent: np.ndarray) -> np.ndarray:
            return pairs[lane, agent]

    return Given(2, len(pairs), 0), chance[pairs].prod(axis=1)


class Scrambled:
    """Says and answers by a hash of all that it has seen and heard so far, and of its seat."""

    def __init__(self, kind: type[Pair], channel: Channel, seed: int) -> None:
        self.actions, self.seed, self.carrier = len(kind.action_names), seed, channel.carrier
        self.messages = int(np.prod(channel.carrier.space.nvec))
        elements = np.ndindex(*channel.carrier.space.nvec)
        self.signals = np.stack([channel.carrier.signal(np.array(element)) for element in elements])

    def initial_state(self, seats):
        return {"past": np.uint64(self.seed) + seats.astype(np.uint64), "seats": seats}

    def step(self, inputs, state, rng):
        observation, heard, present = inputs.observation, inputs.heard, inputs.present
        of_seat = np.where(state["seats"], 3, 5)[:, None] * np.arange(1, observation.shape[1] + 1)
        seen = (observation * 16).astype(np.int64) * of_seat
        told = (heard.reshape(len(heard), -1) * np.arange(1, heard.shape[2] + 1)).sum(axis=1).astype(np.int64)
        mixed = state["past"] * np.uint64(6364136223846793005) + (seen.sum(axis=1) * 31 + told * 7).astype(np.uint64)
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9) + present[:, 0].astype(np.uint64)
        high = mixed >> np.uint64(33)
        answer = 1 + (high % np.uint64(self.actions - 1)).astype(np.int64)
        action = np.where(inputs.legal[:, 0], 0, answer)
        said = (high // np.uint64(16) % np.uint64(self.messages)).astype(np.int64)
        return action, self.signals[said], {"past": mixed, "seats": state["seats"]}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("carrier", [DRU(), Symbols(3), Symbols(2, 2)], ids=str)
@pytest.mark.parametrize("cut", CUTS, ids=str)
def test_values_are_those_of_all_pairs(few_pictures: Pictures, kind: type[Pair], carrier, cut) -> None:
    core, chance = every_pair(kind)
    assert chance.sum() == pytest.approx(1)
    channel = Channel(carrier, cut=cut)
    found = set()
    for seed in range(4):
        player = Scrambled(kind, channel, seed)
        earned = returns(core, player, channel).astype(np.float64)
        value = exact.value(kind(), player, channel)
        assert value == pytest.approx((chance * earned[:, 0]).sum(), abs=1e-9)
        found.add(round(value, 6))
    assert len(found) > 1 or len(cut) == 2  # alone, all are worth the same


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_change_nothing(few_pictures: Pictures, kind: type[Pair], monkeypatch: pytest.MonkeyPatch) -> None:
    channel = Channel(Symbols(3))
    player = Scrambled(kind, channel, 1)
    whole = exact.value(kind(), player, channel)
    for block in (1, 7, 100):
        monkeypatch.setattr(exact, "BLOCK", block)
        assert exact.value(kind(), player, channel) == pytest.approx(whole, abs=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shared", [True, False])
def test_teams_of_networks_are_worth_what_they_earn(kind: type[Pair], shared: bool) -> None:
    torch.manual_seed(0)
    core = kind(2, 20_000, 0, "held_out")
    size, carrier = core.observation_space.shape[0], Symbols(2)
    agents = [Agent(relay_agent(size, core.actions, carrier, width=8)) for _ in range(1 if shared else 2)]
    team = Team(agents, Channel(carrier))
    earned = returns(core, team, team.channel)[:, 0]
    worth = exact.value(kind(pictures="held_out"), team, team.channel)
    assert abs(worth - earned.mean()) < 4 * earned.std() / len(earned) ** 0.5


@pytest.mark.parametrize("kind", KINDS)
def test_silence_is_a_cut_both_ways(few_pictures: Pictures, kind: type[Pair]) -> None:
    made = game("color_digit_v0" if kind is ColorDigit else "multistep_digit_v0")
    player = Scrambled(kind, Channel(), 2)
    silent = evaluate(made, 2, player, Channel(), "silent")
    assert silent.return_mean == exact.value(kind(), player, Channel(cut=CUTS[-1]))
    assert silent.return_mean != evaluate(made, 2, player, Channel()).return_mean


def test_what_cannot_be_followed_is_sampled() -> None:
    core = MultistepDigit()
    for channel in (
        Channel(DRU(), Flip(0.1)),
        Channel(DRU(), Erasure(0.1)),
        Channel(DRU(), Delay(1)),
        Channel(Continuous(1)),
        Channel(Symbols(6)),  # 1,260 pictures and 6^4 sequences are above 2^20
    ):
        player = Scrambled(MultistepDigit, Channel(Symbols(6)), 0)
        assert exact.exact_value(core, player, channel) is None
    assert exact.exact_value(core, Scrambled(MultistepDigit, Channel(Symbols(5)), 0), Channel(Symbols(5)))
    with pytest.raises(ValueError, match=r"without noise and delay; received Delay"):
        exact.value(core, player, Channel(DRU(), Delay(1)))


class Random(Scrambled):
    def step(self, inputs, state, rng):
        rng.random()
        return super().step(inputs, state, rng)


class Reckless(Scrambled):
    def step(self, inputs, state, rng):
        action, sent, state = super().step(inputs, state, rng)
        return 0 * action + 1, sent, state


class Loud(Scrambled):
    def step(self, inputs, state, rng):
        action, sent, state = super().step(inputs, state, rng)
        return action, 2 + sent, state


@pytest.mark.parametrize(
    ("player", "message"),
    [
        (Random, "without random numbers; received 'a Random that draws them'"),
        (Reckless, r"only choose among \['wait'\]; received 1"),
        (Loud, "A signal must represent an element"),
    ],
)
def test_players_that_break_a_rule_are_refused(few_pictures: Pictures, player: type[Scrambled], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        exact.exact_value(ColorDigit(), player(ColorDigit, Channel(), 0), Channel())
