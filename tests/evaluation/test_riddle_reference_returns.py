"""Reference returns of the switch riddle: known answers, and each reference player earns exactly its own."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from interlect.envs.core.play import play, returns
from interlect.envs.core.scripted import messages
from interlect.envs.switch_riddle import probabilities
from interlect.envs.switch_riddle.probabilities import last_day, limits, oracle_value
from interlect.envs.switch_riddle.reference_players import Counting, NoCommunication
from interlect.envs.switch_riddle.reference_returns import GAME, reference_returns
from interlect.envs.switch_riddle.rules import horizon
from interlect.protocols import DRU, Channel, Continuous, PlayerInput, Symbols


def channel(agents: int) -> Channel:
    return Channel(Symbols(max(2, agents - 1)))


def won(name: str, agents: int) -> np.ndarray:
    """Team return of each order of visits, in order."""
    core = GAME.enumerated_core(agents, np.arange(GAME.episode_count(agents)))
    talk = channel(agents)
    result = returns(core, GAME.reference_player(name, core, talk.carrier), talk)
    assert (result == result[:, :1]).all()
    return result[:, 0]


def test_oracle_values():
    assert oracle_value(3) == Fraction(20, 27) == Fraction(540, 729)
    known = {4: 0.78060, 5: 0.78791, 6: 0.78471}
    assert {n: round(float(oracle_value(n)), 5) for n in known} == known


@pytest.mark.parametrize("agents", [2, 3])
def test_oracle_wins_whenever_all_visit(agents):
    core = GAME.enumerated_core(agents, np.arange(GAME.episode_count(agents)))
    all_visit = np.array([len(set(order)) == agents for order in core.visits().tolist()])
    np.testing.assert_array_equal(won("oracle", agents), all_visit)
    assert all_visit.mean() == reference_returns(agents)["oracle"].value


def test_enumeration_has_each_order_once():
    visits = GAME.enumerated_core(3, np.arange(729)).visits()
    assert len(np.unique(visits, axis=0)) == 729
    np.testing.assert_array_equal(visits[3**5 + 2], [1, 0, 0, 0, 0, 2])
    assert GAME.episode_count(4) == 1_048_576
    assert GAME.episode_count(5) is None


@pytest.mark.parametrize("agents", [2, 3])
def test_counting_plays_as_the_oracle_on_every_order(agents):
    np.testing.assert_array_equal(won("counting", agents), won("oracle", agents))


def test_one_bit_says_one_or_two_have_visited():
    core = GAME.enumerated_core(3, np.arange(729))
    record = play(core, Counting(3, DRU()), Channel(DRU()))
    assert record.returns[:, 0].sum() == 540
    day, lane, agent = np.nonzero(record.observation * record.live[..., None])
    bit = record.sent[day, lane, agent, 0]
    visited = record.facts["visited"][day, lane]
    np.testing.assert_array_equal(bit[visited < 3], visited[visited < 3] - 1)


def test_counting_for_five_agents_in_two_symbols():
    talk = Channel(Symbols(2, length=2))
    core, twin = GAME.core(5, 2000, 3), GAME.core(5, 2000, 3)
    counted = returns(core, Counting(5, talk.carrier), talk)
    np.testing.assert_array_equal(counted, returns(twin, GAME.reference_player("oracle", twin, talk.carrier), talk))
    assert counted.any()


def test_no_communication_optima():
    assert won("no_communication", 2).sum() == 2
    assert won("no_communication", 3).sum() == 390
    for agents, kind in {2: "exact", 3: "exact", 4: "best_found", 7: "best_found"}.items():
        assert reference_returns(agents)["no_communication"].kind == kind
    assert reference_returns(2)["no_communication"].value == 2 / 4
    assert reference_returns(3)["no_communication"].value == 390 / 729
    assert last_day(4) == (5, Fraction(599448, 4**10))
    assert reference_returns(4)["no_communication"].value / reference_returns(4)["oracle"].value >= 0.732


@pytest.mark.parametrize("agents", [5, 6])
def test_no_communication_player_earns_its_reference_return(agents):
    core = GAME.core(agents, 20_000, 1)
    earned = returns(core, GAME.reference_player("no_communication", core, None), Channel())[:, 0]
    assert (
        abs(earned.mean() - reference_returns(agents)["no_communication"].value) < 4 * earned.std() / len(earned) ** 0.5
    )


def test_no_communication_hears_nothing():
    """Other messages and other presence change no action, no signal and no state."""
    rng = np.random.default_rng(0)
    player = NoCommunication(4, limits(4), DRU(2))
    deaf = noisy = player.initial_state(np.arange(4))
    for day in range(10):
        here = np.arange(4) == rng.integers(4)
        legal = np.stack([np.ones(4, dtype=bool), here], axis=1)
        seen, nothing = here.astype(np.int8), np.zeros((4, 4, 2), dtype=np.float32)
        something = rng.normal(size=(4, 4, 2)).astype(np.float32)
        action, sent, deaf = player.step(PlayerInput(seen, nothing, np.zeros((4, 4), dtype=bool), legal), deaf, rng)
        other, said, noisy = player.step(PlayerInput(seen, something, rng.random((4, 4)) < 0.5, legal), noisy, rng)
        np.testing.assert_array_equal(action, other)
        np.testing.assert_array_equal(sent, said)
        assert all((deaf[name] == noisy[name]).all() for name in deaf)
        assert not action.any() or day == 9


def test_bad_input():
    with pytest.raises(ValueError, match=r"agents must be an integer from 2 to 1000; received 1"):
        reference_returns(1)
    with pytest.raises(ValueError, match="needs 3 different messages"):
        Counting(4, DRU(1))
    with pytest.raises(ValueError, match="needs 2 different messages"):
        Counting(3, Continuous())
    with pytest.raises(ValueError, match="Did you mean 'oracle'"):
        GAME.reference_player("orakle", GAME.core(3, 1, 0), None)


def test_messages_are_different_elements():
    for carrier in (DRU(2), Symbols(4), Symbols(2, 2)):
        signals = messages(carrier, 4)
        assert len(np.unique(signals.reshape(4, -1), axis=0)) == 4
        assert all(carrier.space.contains(carrier.element(signal)) for signal in signals)


def surjections(days, agents):
    return sum((-1) ** k * comb(agents, k) * (agents - k) ** days for k in range(agents + 1))


@pytest.mark.parametrize("agents", range(2, 16))
def test_values_are_the_sums_over_all_numbers_of_visits(agents):
    days, others = horizon(agents), agents - 1
    gains = [
        comb(days - 1, visits - 1) * (2 * surjections(days - visits, others) - others ** (days - visits))
        for visits in range(1, days + 1)
    ]
    positive = [gain for gain in gains if gain > 0]
    assert last_day(agents) == (len(positive), Fraction(agents * sum(positive), agents**days))
    assert oracle_value(agents) == Fraction(surjections(days, agents), agents**days)


def test_a_thousand_agents_take_few_exact_sums(monkeypatch):
    calls, count = [], probabilities._surjections
    monkeypatch.setattr(probabilities, "_surjections", lambda *sizes: (calls.append(sizes), count(*sizes))[1])
    probabilities.last_day.cache_clear()
    probabilities.oracle_value.cache_clear()
    found = reference_returns(300)
    assert len(calls) < 10
    assert 0 < found["oracle"].value < 0.02
    assert found["no_communication"].value == 0
    with pytest.raises(ValueError, match=r"agents must be an integer from 2 to 1000; received 1001"):
        reference_returns(1001)
