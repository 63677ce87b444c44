"""Evaluation: exact where a game can be enumerated, and paired estimates that agree with it."""

from dataclasses import replace
from inspect import unwrap

import numpy as np
import pytest
from interlect.envs.core.evaluation import evaluate
from interlect.envs.core.game import Game
from interlect.envs.core.play import frames, play, returns
from interlect.envs.core.reference_returns import ReferenceReturn, communication_gain, normalized_return
from interlect.envs.switch_riddle.probabilities import limits
from interlect.envs.switch_riddle.reference_players import Counting, NoCommunication
from interlect.envs.switch_riddle.reference_returns import GAME
from interlect.envs.switch_riddle.rules import SwitchRiddle
from interlect.protocols import DRU, Channel, Continuous, Flip, Symbols

ONE_BIT = Channel(DRU())


class Parity:
    """A poor but busy player: it says the parity of what it heard and saw, and tells when that fits the day."""

    def initial_state(self, seats):
        return {"parity": seats % 2, "day": np.zeros(len(seats), dtype=np.int64)}

    def step(self, inputs, state, rng):
        parity = (state["parity"] + inputs.observation + inputs.heard.sum((1, 2)).astype(np.int64)) % 2
        action = (inputs.legal[:, 1] & (parity == 1) & (state["day"] >= 3)).astype(np.int64)
        return action, parity.astype(np.float32)[:, None], {"parity": parity, "day": state["day"] + 1}


def split_team(player) -> float:
    """The value over 729 orders, each played in a core of its own."""
    total = 0.0
    for order in np.ndindex(*[3] * 6):
        core = SwitchRiddle(3, 1, seed=0, visits=np.array([order]))
        total += float(play(core, player, ONE_BIT).returns[0, 0])
    return total / 729


@pytest.mark.parametrize("player", [Parity(), Counting(3)])
def test_exact_is_brute_force(player):
    result = evaluate(GAME, 3, player, ONE_BIT)
    assert result.return_mean == split_team(player)
    assert (result.standard_error, result.episodes) == (0.0, 729)
    assert result.how == "exact: all 729 equally likely episodes"


class Loud(Counting):
    """Sends what stands for no message."""

    def __init__(self, change):
        super().__init__(3)
        self.change = change

    def step(self, *arguments):
        action, sent, state = super().step(*arguments)
        return action, self.change(sent), state


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda sent: 5 * sent + 0.5, r"must represent an element of MultiDiscrete\(\[2\]\); received array\(\[0\.5\]"),
        (lambda sent: sent * np.nan, "must represent an element"),
        (lambda sent: sent[:, 0], r"one signal per row.*\[3, 1\]; received \(3,\)"),
    ],
)
def test_a_signal_that_is_no_message(change, says):
    core = SwitchRiddle(3, 1, seed=0)
    with pytest.raises(ValueError, match=says):
        play(core, Loud(change), ONE_BIT)


@pytest.mark.parametrize(
    ("carrier", "good", "poor"),
    [
        (DRU(2), [[0, 1], [1, 1]], [[0, 0.5]]),
        (Symbols(3), [[[0, 1, 0]]], [[[1, 1, 0]]]),
        (Symbols(3), [[[1, 0, 0]]], [[[0, 0, 0]]]),
        (Continuous(2), [[-1, 0.3]], [[0, 1.1]]),
        (Continuous(1), [[1]], [[np.nan]]),
    ],
)
def test_what_a_carrier_holds(carrier, good, poor):
    assert carrier.holds(np.array(good, dtype=np.float32))
    assert not carrier.holds(np.array(good[:1] + poor, dtype=np.float32))


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: DRU(sigma=-1.0), "sigma of DRU must be a finite number of 0 or more; received -1"),
        (lambda: DRU(bits=0), "bits of DRU must be an integer, at least 1"),
        (lambda: Symbols(4, length=0), "length of Symbols must be an integer, at least 1; received 0"),
        (lambda: Continuous(0), "width of Continuous must be an integer, at least 1"),
    ],
)
def test_what_is_no_carrier(build, says):
    with pytest.raises(ValueError, match=says):
        build()


def test_hand_written_protocol_scores_one():
    result = evaluate(GAME, 3, Counting(3), ONE_BIT)
    assert (result.return_mean, result.normalized_return, result.communication_gain) == (540 / 729, 1.0, 1.0)
    assert {type(number) for number in (result.return_mean, result.normalized_return, result.communication_gain)} == {
        float
    }


def test_the_no_communication_optimum_has_zero_communication_gain():
    result = evaluate(GAME, 3, NoCommunication(3, limits(3)), ONE_BIT, "silent")
    assert (result.return_mean, result.communication_gain) == (390 / 729, 0.0)
    assert result.normalized_return == pytest.approx(0.7222, abs=5e-5)


def test_four_agents_exactly():
    result = evaluate(GAME, 4, NoCommunication(4, limits(4)), ONE_BIT)
    assert result.return_mean == 599448 / 4**10
    assert (result.communication_gain, result.episodes) == (0.0, 1_048_576)


@pytest.mark.parametrize("player", [Parity(), NoCommunication(3, limits(3))])
def test_paired_agrees_with_exact(player):
    exact = evaluate(GAME, 3, player, ONE_BIT)
    paired = evaluate(GAME, 3, player, ONE_BIT, exact=False, episodes=5000)
    assert 0 < paired.standard_error < 0.02
    assert abs(paired.return_mean - exact.return_mean) < 4 * paired.standard_error
    assert paired.how == "paired with the oracle on 5000 episodes of seed 0"


def test_paired_is_exact_for_the_oracles_play():
    """The luck of the draw cancels: on the same orders the protocol earns what the oracle earns."""
    result = evaluate(GAME, 5, Counting(5, Symbols(4)), Channel(Symbols(4)), episodes=500)
    assert (result.normalized_return, result.standard_error, result.episodes) == (1.0, 0.0, 500)


def test_a_game_without_bars_has_a_mean_and_no_scores():
    made = []

    def core(agents, lanes, seed):
        made.append(lanes)
        return GAME.core(agents, lanes, seed)

    plain = Game("plain", core, episodes=300, lanes=7)
    found = evaluate(plain, 5, Counting(5, Symbols(4)), Channel(Symbols(4)))
    assert (found.normalized_return, found.communication_gain, found.oracle, found.no_communication) == (None,) * 4
    assert found.communication_gain_reason == "the optimum of this game is unknown"
    assert (found.how, found.episodes, made) == ("mean of 300 episodes of seed 0", 300, [7])
    assert found.return_mean > 0.5
    assert found.standard_error > 0.01


def test_where_everybody_earns_less_than_nothing_there_is_no_share_of_the_oracle():
    oracle, no_communication = (
        ReferenceReturn(name, value, "exact", "said") for name, value in (("oracle", -1.0), ("no_communication", -3.0))
    )
    assert normalized_return(-2.0, oracle) is None
    assert normalized_return(-2.0, None) is None
    assert communication_gain(-2.0, oracle, no_communication) == (0.5, None)


def test_unpaired_where_the_oracle_is_not_exact():
    found = replace(
        GAME,
        reference_returns=lambda agents: {
            "oracle": replace(GAME.reference_returns(agents)["oracle"], kind="best_found")
        },
    )
    result = evaluate(found, 5, Counting(5, Symbols(4)), Channel(Symbols(4)), episodes=500)
    assert result.how == "mean of 500 episodes of seed 0"
    assert result.standard_error > 0.01
    assert result.communication_gain is None
    assert "unknown" in result.communication_gain_reason


def test_batches_play_each_enumerated_episode_once(monkeypatch):
    whole = evaluate(GAME, 3, Parity(), ONE_BIT)
    monkeypatch.setattr("interlect.envs.core.evaluation.MAX_HEARD", 9 * 100)
    assert evaluate(GAME, 3, Parity(), ONE_BIT) == whole


def test_batches_of_samples_are_the_next_episodes(monkeypatch):
    monkeypatch.setattr("interlect.envs.core.evaluation.MAX_HEARD", 9 * 100)
    result = evaluate(GAME, 3, Parity(), ONE_BIT, exact=False, episodes=250, seed=5)
    core, twin = SwitchRiddle(3, 100, 5), SwitchRiddle(3, 100, 5)
    oracle = GAME.reference_player("oracle", twin, ONE_BIT.carrier)
    difference = [returns(core, Parity(), ONE_BIT) - returns(twin, oracle, ONE_BIT) for _ in range(3)]
    drawn = np.concatenate(difference)[:250, 0]
    assert result.return_mean == pytest.approx(20 / 27 + drawn.mean(), abs=1e-6)
    assert result.standard_error == pytest.approx(drawn.std(ddof=1) / 250**0.5, abs=1e-6)


def test_a_noisy_link_is_sampled():
    result = evaluate(GAME, 3, Counting(3), Channel(link=Flip(0.2)), episodes=4000)
    assert result.how.startswith("paired")
    assert result.normalized_return < 0.9


def test_shuffled_is_an_average_and_hurts():
    result = evaluate(GAME, 3, Counting(3), ONE_BIT, "shuffled")
    assert result.normalized_return < 0.5
    assert 0 < result.standard_error < 0.02
    assert result.how == "mean over 16 seeded shuffles of all 729 equally likely episodes"
    assert evaluate(GAME, 3, Counting(3), ONE_BIT, "shuffled") == result
    assert evaluate(GAME, 3, Counting(3), ONE_BIT, "shuffled", seed=1) != result


def test_shuffled_in_batches_mixes_all_orders(monkeypatch):
    whole = evaluate(GAME, 3, Counting(3), ONE_BIT, "shuffled")
    monkeypatch.setattr("interlect.envs.core.evaluation.MAX_HEARD", 9 * 81)
    batches = evaluate(GAME, 3, Counting(3), ONE_BIT, "shuffled")
    assert abs(batches.return_mean - whole.return_mean) < 0.05


def test_shuffled_agrees_with_sampling():
    exact = evaluate(GAME, 3, Counting(3), ONE_BIT, "shuffled")
    paired = evaluate(GAME, 3, Counting(3), ONE_BIT, "shuffled", exact=False, episodes=20_000)
    error = np.hypot(exact.standard_error, paired.standard_error)
    assert abs(exact.return_mean - paired.return_mean) < 4 * error


def test_unknown_intervention():
    with pytest.raises(ValueError, match="Did you mean 'shuffled'"):
        evaluate(GAME, 3, Counting(3), ONE_BIT, "shuffle")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"episodes": 1},
            "episodes must be an integer, at least 2; received 1. Pass 2 or more, which a standard error needs",
        ),
        ({"game": "switch_riddle_v0"}, r"game must be a Game; received 'switch_riddle_v0'. Pass interlect.envs.game"),
        ({"agents": 2.5}, "agents must be an integer, at least 1; received 2.5"),
        ({"player": "oracle"}, "player must be a Player, with initial_state and step; received 'oracle'"),
        ({"channel": DRU()}, r"channel must be a Channel; received DRU\(.*Pass Channel\(carrier, link, credit\)"),
    ],
)
def test_what_cannot_be_evaluated(changes, says):
    fine = {"game": GAME, "agents": 3, "player": Counting(3), "channel": ONE_BIT, "exact": False}
    with pytest.raises(ValueError, match=says):
        unwrap(evaluate)(**fine | changes)


def test_frames_play_and_returns_agree():
    def core():
        return SwitchRiddle(3, 50, seed=4)

    record = play(core(), Parity(), ONE_BIT)
    np.testing.assert_array_equal(record.returns, returns(core(), Parity(), ONE_BIT))
    for day, frame in enumerate(frames(core(), Parity(), ONE_BIT)):
        np.testing.assert_array_equal(record.heard[day], frame.heard)
        np.testing.assert_array_equal(record.facts["visited"][day], frame.facts["visited"])


def reference(value: float) -> ReferenceReturn:
    return ReferenceReturn("reference", value, "exact", "by hand")


def test_scores_are_not_clipped():
    assert normalized_return(0.9, reference(0.75)) == pytest.approx(1.2)
    assert communication_gain(-1.0, reference(1.0), reference(0.5)) == (-3.0, None)
    assert communication_gain(1.5, reference(1.0), reference(0.5)) == (2.0, None)


def test_scores_are_none_where_undefined():
    assert normalized_return(0.5, reference(0.0)) is None
    value, reason = communication_gain(0.5, reference(0.5), reference(0.5))
    assert value is None
    assert "no more than" in reason
    assert communication_gain(0.5, reference(0.5), None)[0] is None
    two = evaluate(GAME, 2, NoCommunication(2, limits(2)), ONE_BIT)
    assert (two.return_mean, two.normalized_return, two.communication_gain) == (0.5, 1.0, None)
    assert two.communication_gain_reason
