"""The games for two against a slow implementation of their own, in plain Python, one lane at a time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from interlect.envs import make_core
from interlect.envs.color_digit.rules import ColorDigit
from interlect.envs.core.core import Step
from interlect.envs.multistep_digit.rules import MultistepDigit
from interlect.envs.pairs.rules import Pair

KINDS = (ColorDigit, MultistepDigit)


class SlowPair:
    """One episode, given who sees which digit, and in which color (0 in the game without)."""

    def __init__(self, steps: int, digit: list[int], color: list[int]) -> None:
        self.steps, self.digit, self.color = steps, digit, color
        self.time, self.reward, self.told = 0, 0.0, False

    @property
    def answering(self) -> bool:
        return self.time == self.steps - 1

    def pay(self, answer: list[int]) -> float:
        if self.steps == 5:
            return (answer[0] == self.digit[1]) / 2 + (answer[1] == self.digit[0]) / 2
        paid = 0
        for a, b in ((0, 1), (1, 0)):
            paid += 2 * (-1) ** (answer[a] + self.color[a] + self.digit[b])
            paid += (-1) ** (answer[a] + self.digit[a] + self.color[b])
        return paid

    def play(self, answer: list[int]) -> None:
        """One step; ``answer`` is what both answer, if they must."""
        self.reward, self.told = 0.0, False
        if self.time == self.steps:
            return
        if self.answering:
            self.reward = self.pay(answer)
        else:
            self.told = True
        self.time += 1


def agrees(step: Step, core: Pair, slow: list[SlowPair]) -> None:
    facts, state = core.facts(), core.state()
    for lane, pair in enumerate(slow):
        legal = [not pair.answering, *[pair.answering] * (core.actions - 1)]
        assert step.legal[lane].tolist() == [legal, legal]
        assert step.hears[lane].tolist() == ([[False, True], [True, False]] if pair.told else [[False] * 2] * 2)
        assert step.reward[lane].tolist() == [pair.reward] * 2
        assert (step.terminated[lane], step.truncated[lane]) == (pair.time == pair.steps, False)
        assert core.time[lane] == pair.time
        expected = [float(d == digit) for digit in pair.digit for d in range(10)]
        told = {"step": min(pair.time + 1, pair.steps), "digit_0": pair.digit[0], "digit_1": pair.digit[1]}
        if isinstance(core, ColorDigit):
            expected += [float(c == color) for color in pair.color for c in range(2)]
            told |= {"color_0": pair.color[0], "color_1": pair.color[1]}
        assert {name: int(fact[lane]) for name, fact in facts.items()} == told
        assert state[lane].tolist() == pytest.approx([*expected, pair.time / pair.steps])


def begin(core: Pair, lane: int, observation: np.ndarray) -> SlowPair:
    """The slow episode of what a lane has drawn, which is read off what its agents see."""
    digit, color = [], []
    for agent, seen in enumerate(observation[lane]):
        planes = seen.reshape(-1, core.pictures.pixels)
        (plane,) = np.flatnonzero(planes.any(axis=1))
        (number,) = np.flatnonzero((core.pictures.image == planes[plane]).all(axis=1))
        assert number == core.picture[lane, agent]
        digit.append(int(core.pictures.digit[number]))
        color.append(int(plane))
    return SlowPair(core.horizon, digit, color)


@given(st.sampled_from(KINDS), st.integers(1, 5), st.sampled_from(["train", "held_out"]), st.integers(0, 2**63))
def test_core_equals_the_slow_game(kind: type[Pair], lanes: int, pictures: str, seed: int) -> None:
    chance = np.random.default_rng(seed)
    core = kind(2, lanes, seed, pictures)
    step = core.reset()
    slow = [begin(core, lane, step.observation) for lane in range(lanes)]
    agrees(step, core, slow)
    for _ in range(2 * core.horizon):
        random = chance.integers(0, core.actions - 1, (lanes, 2))
        right = core.digit[:, ::-1] if kind is MultistepDigit else random
        answer = np.where(chance.random((lanes, 2)) < 0.5, right, random)
        step = core.step(np.where(step.legal[:, :, 0], 0, 1 + answer))
        for pair, answers in zip(slow, answer.tolist(), strict=True):
            pair.play(answers)
        agrees(step, core, slow)
        seen = step.observation.copy()
        again = chance.random(lanes) < 0.2
        step = core.reset(lanes=again)
        assert step.observation[~again].tobytes() == seen[~again].tobytes()
        for lane in range(lanes):
            slow[lane].told, slow[lane].reward = False, 0.0
            if again[lane]:
                slow[lane] = begin(core, lane, step.observation)
        agrees(step, core, slow)


@pytest.mark.parametrize("kind", KINDS)
def test_a_view_is_known_from_what_is_seen(kind: type[Pair]) -> None:
    core = kind(pictures="held_out")
    views = np.arange(len(core.labels))
    np.testing.assert_array_equal(core.view_of(core.observation_of(views)), views)
    assert core.chance.sum() == pytest.approx(1)
    assert len(core.chance) == len(views)
    shares = np.bincount(core.labels, core.chance)
    np.testing.assert_allclose(shares, 1 / len(core.label_names))


def test_labels_are_color_and_parity() -> None:
    core = ColorDigit(2, 500, 0)
    assert core.label.tolist() == (2 * core.color + core.digit % 2).tolist()
    assert core.label_names == ("red, even", "red, odd", "blue, even", "blue, odd")


@pytest.mark.parametrize("kind", KINDS)
def test_views_are_drawn_uniformly_and_apart(kind: type[Pair]) -> None:
    lanes = 50_000
    core = kind(2, lanes, seed=0)
    parts = [core.part(name)[:, agent] for name in core.parts for agent in range(2)]
    sizes = [kinds for kinds in core.parts.values() for _ in range(2)]
    counts = np.bincount(np.ravel_multi_index(parts, sizes), minlength=np.prod(sizes))
    free = len(counts) - 1
    assert abs(((counts - lanes / len(counts)) ** 2 / (lanes / len(counts))).sum() - free) < 5 * np.sqrt(2 * free)
    core.reset()
    assert (core.part("digit")[:, 0] == parts[0]).mean() == pytest.approx(0.1, abs=0.01)


def test_both_games_draw_the_same_pictures() -> None:
    assert ColorDigit(2, 50, 3).picture.tolist() == MultistepDigit(2, 50, 3).picture.tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_pay_has_the_bounds_of_the_page(kind: type[Pair]) -> None:
    both = kind.payoff[:, :, None, :, None] + kind.payoff.transpose(2, 1, 0)[:, None, :, None, :].swapaxes(3, 4)
    assert kind.payoff.shape == (len(kind.label_names), len(kind.action_names) - 1, len(kind.label_names))
    assert (both.min(), both.max()) == ((-6, 6) if kind is ColorDigit else (0, 1))


@pytest.mark.parametrize("kind", KINDS)
def test_bad_input(kind: type[Pair]) -> None:
    name = "color_digit_v0" if kind is ColorDigit else "multistep_digit_v0"
    with pytest.raises(
        ValueError, match=r"agents must be 2; received 3. Remove the argument agents: this game always has two"
    ):
        make_core(name, 3)
    with pytest.raises(ValueError, match=r"; received 'mnst'. Did you mean 'mnist'\?"):
        make_core(name, data="mnst")
    with pytest.raises(ValueError, match="; received 'test'"):
        make_core(name, pictures="test")
    core = kind(2, 1, seed=0)
    with pytest.raises(ValueError, match=rf"{core.role}_1 in lane 0 can only choose among \['wait'\]; received 1"):
        core.step(np.array([[0, 1]]))
    for _ in range(core.horizon - 1):
        core.step(np.array([[0, 0]]))
    with pytest.raises(ValueError, match=rf"{core.role}_0 in lane 0 can only .*; received 0"):
        core.step(np.array([[0, 1]]))
    with pytest.raises(ValueError, match=r"must be one of the .* pictures of digits, train"):
        core.view_of(kind(pictures="held_out").observation_of(np.array([0])))


def test_a_picture_in_two_colors_is_no_view() -> None:
    with pytest.raises(ValueError, match=r"occupy the plane of one color; received '2 planes'"):
        ColorDigit().view_of(np.stack([np.ones(128), np.zeros(128)]).astype(np.float32))
