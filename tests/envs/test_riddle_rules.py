"""The switch riddle against a slow implementation of its own, in plain Python, one lane at a time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from interlect.envs import make_core
from interlect.envs.switch_riddle.rules import SwitchRiddle, horizon


class SlowRiddle:
    """One episode, after the text of Foerster et al. 2016, section 6.1."""

    def __init__(self, agents: int, visits: list[int]) -> None:
        self.agents, self.visits, self.day, self.been = agents, visits, 1, {visits[0]}
        self.reward, self.over, self.late, self.listener, self.writer = 0, False, False, None, None

    def play(self, tell: bool) -> None:
        """Today's occupant tells or does not."""
        self.reward, self.listener, self.writer = 0, None, None
        if self.over or self.late:
            return
        if tell:
            self.reward = 1 if len(self.been) == self.agents else -1
            self.over = True
        elif self.day == 4 * self.agents - 6:
            self.late = True
        else:
            self.listener, self.writer = self.visits[self.day], self.visits[self.day - 1]
            self.been.add(self.listener)
        self.day += 1

    @property
    def occupant(self) -> int | None:
        return None if self.over or self.late else self.visits[self.day - 1]


def agrees(step, core: SwitchRiddle, slow: list[SlowRiddle], truncates: bool) -> None:
    for lane, riddle in enumerate(slow):
        here = [int(agent == riddle.occupant) for agent in range(riddle.agents)]
        pairs = [] if riddle.listener is None else [[riddle.listener, riddle.writer]]
        been = [agent in riddle.been for agent in range(riddle.agents)]
        assert step.observation[lane].tolist() == here
        assert step.reward[lane].tolist() == [riddle.reward] * riddle.agents
        assert step.terminated[lane] == (riddle.over or (riddle.late and not truncates))
        assert step.truncated[lane] == (riddle.late and truncates)
        assert step.legal[lane].tolist() == [[True, bool(h)] for h in here]
        assert np.argwhere(step.hears[lane]).tolist() == pairs
        assert core.visited[lane].tolist() == been
        assert core.time[lane] == riddle.day - 1
        assert core.facts()["visited"][lane] == len(riddle.been)
        assert np.allclose(core.state()[lane], [*here, *been, (riddle.day - 1) / (4 * riddle.agents - 6)])


@given(st.data(), st.integers(2, 6), st.integers(1, 5), st.booleans(), st.booleans())
def test_core_equals_the_slow_riddle(data, agents: int, lanes: int, given_visits: bool, truncates: bool) -> None:
    days = horizon(agents)
    seed = data.draw(st.integers(0, 2**63), label="seed")
    chance = np.random.default_rng(seed)
    visits = chance.integers(0, agents, (lanes, days)) if given_visits else None
    core = SwitchRiddle(agents, lanes, seed, visits, "truncates" if truncates else "terminates")
    tell_rate = data.draw(st.sampled_from([0.0, 0.1, 0.5]), label="tell rate")
    step = core.reset()
    slow = [SlowRiddle(agents, row) for row in core.visits().tolist()]
    agrees(step, core, slow, truncates)
    for _ in range(2 * days):
        tells = chance.random(lanes) < tell_rate
        step = core.step(step.observation.astype(np.int64) * tells[:, None])
        for riddle, tell in zip(slow, tells, strict=True):
            riddle.play(bool(tell))
        agrees(step, core, slow, truncates)
        again = chance.random(lanes) < 0.1
        step = core.reset(lanes=again)
        rows = core.visits().tolist()
        for lane in range(lanes):
            slow[lane].listener, slow[lane].reward = None, 0
            if again[lane]:
                slow[lane] = SlowRiddle(agents, rows[lane])
        agrees(step, core, slow, truncates)


@pytest.mark.parametrize("agents", [2, 3, 4, 5, 7])
def test_visits_are_uniform_and_unrelated(agents: int) -> None:
    lanes = 40_000
    visits = make_core("switch_riddle_v0", agents, lanes, seed=0).visits()
    pairs = agents**2
    expected = lanes / pairs
    for day in range(visits.shape[1] - 1):
        counts = np.bincount(visits[:, day] * agents + visits[:, day + 1], minlength=pairs)
        chi_squared = ((counts - expected) ** 2 / expected).sum()
        assert chi_squared < pairs - 1 + 5 * np.sqrt(2 * (pairs - 1))


def test_next_episodes_have_other_visits() -> None:
    core = make_core("switch_riddle_v0", 4, 1000, seed=0)
    first = core.visits()
    core.reset()
    assert (first != core.visits()).mean() == pytest.approx(3 / 4, abs=0.02)


@pytest.mark.parametrize("agents", [1, 0, -3])
def test_too_few_agents(agents: int) -> None:
    with pytest.raises(ValueError, match="agents must be an integer, at least 2; received"):
        SwitchRiddle(agents)


@pytest.mark.parametrize(
    "wrong", [np.zeros((2, 6), int), np.zeros((1, 5), int), np.full((1, 6), 3), np.full((1, 6), -1)]
)
def test_visits_that_cannot_be(wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="visits must be an integer array"):
        SwitchRiddle(3, visits=wrong)


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.uint8, np.uint64])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("action", [1, 2, 127, -1, 256, 2**40])
def test_illegal_actions(dtype: type, order: str, action: int) -> None:
    if not np.iinfo(dtype).min <= action <= np.iinfo(dtype).max:
        pytest.skip(f"{action} is no {dtype.__name__}")
    core = SwitchRiddle(3, 2, seed=0, visits=np.zeros((2, 6), dtype=np.int64))
    joint = np.zeros((2, 3), dtype=dtype, order=order)
    joint[1, 2] = action
    with pytest.raises(ValueError, match=r"prisoner_2 in lane 1 can only choose among \['none'\]; received"):
        core.step(joint)
    joint[1] = [action, 0, 0] if action != 1 else [2, 0, 0]
    with pytest.raises(ValueError, match=r"prisoner_0 in lane 1 can only choose among \['none', 'tell'\]; received"):
        core.step(joint)
    assert core.time.tolist() == [0, 0]


def test_actions_of_the_wrong_shape() -> None:
    with pytest.raises(ValueError, match=r"one integer per lane and agent"):
        SwitchRiddle(3, 2).step(np.zeros((2, 2), dtype=np.int64))


def test_a_core_needs_a_lane() -> None:
    with pytest.raises(ValueError, match="lanes must be an integer, at least 1"):
        SwitchRiddle(3, 0)
