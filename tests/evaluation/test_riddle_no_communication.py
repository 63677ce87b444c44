"""The search for, and the proof of, the best team without communication."""

import itertools
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interlect.envs.switch_riddle.no_communication import best_response, convolve, search, team_value
from interlect.envs.switch_riddle.no_communication import limits as rule_of
from interlect.envs.switch_riddle.no_communication_proof import prove
from interlect.envs.switch_riddle.probabilities import last_day, limits
from interlect.envs.switch_riddle.rules import horizon


def played(tell: np.ndarray) -> int:
    """Orders won minus lost, by playing all of them one by one."""
    agents = len(tell)
    won = 0
    for order in itertools.product(range(agents), repeat=horizon(agents)):
        histories = [0] * agents
        for day, agent in enumerate(order):
            histories[agent] |= 1 << day
            if tell[agent, histories[agent]]:
                won += 1 if all(histories) else -1
                break
    return won


def random_team(agents: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.random((agents, 1 << horizon(agents))) < rng.random()


@given(st.sampled_from([2, 3]), st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_value_is_that_of_play(agents, seed):
    tell = random_team(agents, seed)
    assert team_value(tell) == played(tell)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2))
@settings(max_examples=8, deadline=None)
def test_best_response_beats_every_single_change(seed, agent):
    tell = random_team(3, seed)
    tell[agent], value = best_response(tell, agent)
    assert team_value(tell) == value
    for history in range(1, 64):
        changed = tell.copy()
        changed[agent, history] ^= True
        assert team_value(changed) <= value
    random = tell.copy()
    random[agent] = random_team(3, seed + 1)[agent]
    assert team_value(random) <= value


def test_subset_convolution():
    rng = np.random.default_rng(0)
    f, g, h = rng.integers(-9, 9, size=(3, 16))
    expected = np.zeros(16, dtype=np.int64)
    for a, b, c in itertools.product(range(16), repeat=3):
        if a + b + c == a | b | c:
            expected[a | b | c] += f[a] * g[b] * h[c]
    np.testing.assert_array_equal(convolve(np.stack([f, g, h])), expected)


@pytest.mark.parametrize(("agents", "best"), [(2, 2), (3, 390), (4, 599448)])
def test_search_finds_the_optimum_and_its_rule(agents, best):
    value, tell = max(search(agents, restarts=6 if agents < 4 else 1, seed=0), key=lambda pair: pair[0])
    assert value == team_value(tell) == best
    for agent in range(agents):
        tell[agent], _ = best_response(tell, agent)
    assert rule_of(tell) == limits(agents)


@pytest.mark.parametrize("agents", [4, 5])
def test_no_communication_rule_is_worth_its_closed_form_and_no_response_gains(agents):
    days = horizon(agents)
    visits = np.array([history.bit_count() for history in range(1 << days)])
    tell = np.zeros((agents, 1 << days), dtype=bool)
    tell[:, 1 << (days - 1) :] = visits[1 << (days - 1) :] <= limits(agents)[days]
    value = team_value(tell)
    assert value == last_day(agents)[1] * agents**days
    assert best_response(tell, 0)[1] == value


def test_rule_of_a_team_without_one():
    assert rule_of(random_team(3, 1)) is None


def test_proof_for_three():
    assert prove(3) == (390, pytest.approx(390, abs=1e-6), 0.0)


def test_proof_for_two():
    assert prove(2)[0] == 2


def test_bad_tables():
    with pytest.raises(ValueError, match="64 histories each; received 32"):
        team_value(np.zeros((3, 32), dtype=bool))


@pytest.mark.parametrize("agents", [-1, 0, 1, 8])
def test_agents_that_cannot_be_counted(agents):
    with pytest.raises(ValueError, match=f"need 2 to 7 agents; received {agents}"):
        search(agents, restarts=1, seed=0)


def test_a_search_without_a_start():
    with pytest.raises(ValueError, match="at least one restart; received 0"):
        search(2, restarts=0, seed=0)


def test_command_line_says_what_is_wrong_in_one_line():
    command = [sys.executable, "-m", "interlect.envs.switch_riddle.no_communication", "--agents", "1"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "Error: Counts that are exact in 63 bits need 2 to 7 agents; received 1. Pass 2 to 7.\n"


def test_command_line():
    command = [sys.executable, "-m", "interlect.envs.switch_riddle.no_communication", "--agents", "3", "--prove"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "best 390 / 729 = 0.534979" in said
    assert "{5: 1, 6: 3}" in said
    assert "proved: 390 / 729, bound 390.000000, gap 0.0" in said
