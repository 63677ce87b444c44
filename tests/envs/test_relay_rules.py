"""The relay against a slow implementation of its own, in plain Python, one lane at a time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from interlect.envs.core.core import Step
from interlect.envs.pictures.images import digits
from interlect.envs.relay.chains import public_chains
from interlect.envs.relay.rules import Relay


class SlowRelay:
    """One episode, given who sees which digit and whose hands the message goes through."""

    def __init__(self, task: str, digit: list[int], chain: list[int]) -> None:
        self.chain = [agent for agent in chain if agent != -1]
        self.digit, self.task, self.time, self.over = digit, task, 0, False
        self.reward, self.heard = 0, None

    def after(self, places: int) -> int:
        """The right answer if the chain ended there."""
        odd = [self.digit[agent] in (1, 3, 5, 7, 9) for agent in self.chain[:places]]
        if self.task == "count":
            return sum(odd)
        return int("".join("01"[o] for o in [False, False, *odd][-3:]), 2)

    @property
    def answers(self) -> bool:
        """Whether the agent at the last place must name an answer now."""
        return not self.over and self.time == len(self.chain) - 1

    def play(self, named: int) -> None:
        """One step; ``named`` is what the last agent names, if it must."""
        self.reward, self.heard = 0, None
        if self.over:
            return
        if self.answers:
            self.reward, self.over = int(named == self.after(len(self.chain))), True
        else:
            self.heard = (self.chain[self.time + 1], self.chain[self.time])
        self.time += 1


def agrees(step: Step, core: Relay, slow: list[SlowRelay]) -> None:
    facts, state = core.facts(), core.state()
    for lane, relay in enumerate(slow):
        k, chain = len(relay.chain), relay.chain
        holder = chain[min(relay.time, k - 1)]
        legal = [[True] + [False] * (core.actions - 1) for _ in range(core.agents)]
        if relay.answers:
            legal[holder] = [not wait for wait in legal[holder]]
        assert step.legal[lane].tolist() == legal
        assert np.argwhere(step.hears[lane]).tolist() == ([] if relay.heard is None else [list(relay.heard)])
        assert step.reward[lane].tolist() == [relay.reward] * core.agents
        assert (step.terminated[lane], step.truncated[lane]) == (relay.over, False)
        assert core.time[lane] == relay.time
        assert core.answer[lane] == relay.after(k)
        assert core.parity[lane].tolist() == [digit % 2 for digit in relay.digit]
        place = min(relay.time + 1, k)
        assert {name: int(fact[lane]) for name, fact in facts.items()} == {
            "place": place,
            "digit": relay.digit[holder],
            "parity": relay.digit[holder] % 2,
            "odd": SlowRelay("count", relay.digit, chain).after(place),
            "spelled": SlowRelay("spell", relay.digit, chain).after(place),
        }
        expected = [float(d == digit) for digit in relay.digit for d in range(10)]
        places = chain + [-1] * (core.horizon - k)
        expected += [float(agent == there) for there in places for agent in range(core.agents)]
        assert state[lane].tolist() == pytest.approx([*expected, relay.time / k])


def begin(core: Relay, lane: int, observation: np.ndarray) -> SlowRelay:
    """The slow relay of what a lane has drawn, which is checked against what its agents see."""
    held = digits(core.pictures.split)
    digit = core.digit[lane].tolist()
    for agent, image in enumerate(observation[lane]):
        (number,) = np.flatnonzero((held.image == image).all(axis=1))
        assert number == core.picture[lane, agent]
        assert held.digit[number] == digit[agent]
    return SlowRelay(core.task, digit, core.chain[lane].tolist())


@given(
    st.data(),
    st.integers(2, 5),
    st.integers(1, 5),
    st.sampled_from(["count", "spell"]),
    st.sampled_from(["train", "held_out"]),
    st.sampled_from(["private", "public", "given"]),
)
def test_core_equals_the_slow_relay(data, agents: int, lanes: int, task: str, pictures: str, word: str) -> None:
    seed = data.draw(st.integers(0, 2**63), label="seed")
    chance = np.random.default_rng(seed)
    chains = chance.permutation(public_chains(agents))[:7] if word == "given" else word
    core = Relay(agents, lanes, seed, task, pictures, chains)
    step = core.reset()
    slow = [begin(core, lane, step.observation) for lane in range(lanes)]
    agrees(step, core, slow)
    for _ in range(2 * core.horizon):
        named = np.where(chance.random(lanes) < 0.5, core.answer, chance.integers(0, core.actions - 1, lanes))
        step = core.step(np.where(step.legal[:, :, 0], 0, 1 + named[:, None]))
        for relay, name in zip(slow, named.tolist(), strict=True):
            relay.play(name)
        agrees(step, core, slow)
        seen = step.observation.copy()
        again = chance.random(lanes) < 0.2
        step = core.reset(lanes=again)
        assert step.observation[~again].tobytes() == seen[~again].tobytes()
        for lane in range(lanes):
            slow[lane].heard, slow[lane].reward = None, 0
            if again[lane]:
                slow[lane] = begin(core, lane, step.observation)
        agrees(step, core, slow)


def test_an_agent_with_two_places_counts_twice() -> None:
    for task, answer in (("count", lambda p: 2 * p[0] + p[1]), ("spell", lambda p: 4 * p[0] + 2 * p[1] + p[0])):
        core = Relay(3, 200, seed=0, task=task, chains=np.array([[0, 1, 0]]))
        assert core.answer.tolist() == [answer(parity) for parity in core.parity.tolist()]


def test_each_agent_draws_classes_uniformly_and_apart() -> None:
    lanes = 50_000
    digit = Relay(3, lanes, seed=0).digit
    for one, other in ((0, 1), (1, 2), (0, 2)):
        counts = np.bincount(digit[:, one] * 10 + digit[:, other], minlength=100)
        chi_squared = ((counts - lanes / 100) ** 2 / (lanes / 100)).sum()
        assert abs(chi_squared - 99) < 5 * np.sqrt(2 * 99)


def test_chain_and_pictures_are_unrelated() -> None:
    core = Relay(3, 30_000, seed=0, chains="public")
    for agent in range(3):
        counts = np.zeros((len(core.chains.table), 2))
        np.add.at(counts, (core.row, core.parity[:, agent]), 1)
        expected = counts.sum(axis=1, keepdims=True) / 2
        free = len(counts)
        assert abs(((counts - expected) ** 2 / expected).sum() - free) < 5 * np.sqrt(2 * free)


def test_next_episodes_and_other_seeds_have_other_pictures() -> None:
    core = Relay(4, 2000, seed=0)
    first = core.digit
    core.reset()
    assert (first == core.digit).mean() == pytest.approx(0.1, abs=0.015)
    assert (first == Relay(4, 2000, seed=1).digit).mean() == pytest.approx(0.1, abs=0.015)


def test_options_draw_the_same_digits() -> None:
    """Two tasks, or two sets of chains, are compared on the same pictures."""
    plain = Relay(4, 50, seed=3)
    assert plain.picture.tolist() == Relay(4, 50, seed=3, task="spell", chains="public").picture.tolist()
    assert plain.digit.tolist() == Relay(4, 50, seed=3, pictures="held_out").digit.tolist()


def test_answers() -> None:
    assert Relay(4).action_names == ("wait", "0", "1", "2", "3", "4", "5")
    assert Relay(4, longest=4).actions == 6
    assert Relay(3, task="spell").action_names == ("wait", *"01234567")


@pytest.mark.parametrize("agents", [1, 0, -3])
def test_too_few_agents(agents: int) -> None:
    with pytest.raises(ValueError, match="agents must be an integer, at least 2"):
        Relay(agents)


def test_options_that_cannot_be() -> None:
    with pytest.raises(ValueError, match=r"; received 'cuont'. Did you mean 'count'\?"):
        Relay(task="cuont")
    with pytest.raises(ValueError, match="; received 'test'"):
        Relay(pictures="test")


def test_only_the_last_agent_may_answer_and_it_must() -> None:
    core = Relay(3, 2, seed=0)
    core.step(np.zeros((2, 3), dtype=np.int64))
    with pytest.raises(ValueError, match=r"runner_2 in lane 0 can only choose among \['wait'\]; received 1"):
        core.step(np.array([[0, 0, 1], [0, 0, 0]]))
    core.step(np.zeros((2, 3), dtype=np.int64))
    with pytest.raises(ValueError, match=r"runner_2 in lane 0 .* among \['0', '1', '2', '3', '4'\]; received 0"):
        core.step(np.array([[0, 0, 0], [0, 0, 1]]))
    assert core.time.tolist() == [2, 2]
