"""The conformance suite for cores passes every game, and names the rule that each broken one breaks."""

from dataclasses import replace
from inspect import unwrap
from typing import Any

import numpy as np
import pytest
from interlect.envs import GAMES, conformance, make_core
from interlect.envs.core.core import Step
from interlect.envs.switch_riddle.rules import SwitchRiddle
from seats import each_seats

OPTIONS = [(name, {}) for name in GAMES] + [
    ("color_digit_v0", {"pictures": "held_out"}),
    ("multistep_digit_v0", {"pictures": "held_out"}),
    ("relay_v0", {"task": "spell", "chains": "public", "pictures": "held_out"}),
    ("relay_v0", {"chains": np.array([[1, 0, -1], [0, 1, 0]])}),
    ("referential_v0", {"candidates": 6, "attributes": 1, "values": 6}),
    ("referential_v0", {"task": "reconstruct", "values": (3, 5), "split": "held_out", "partial": True}),
    ("referential_v0", {"task": "reconstruct", "attributes": 3, "values": 4, "once": True}),
    ("referential_v0", {"objects": "digits", "split": "held_out"}),
    ("referential_v0", {"objects": "digits", "same_picture": True, "candidates": 10}),
]
CASES = [(name, options, agents) for name, options in OPTIONS for agents in each_seats(name, (2, 3, 5))]


@pytest.mark.parametrize(("name", "options", "agents"), CASES)
def test_every_core_conforms(name: str, options: dict[str, Any], agents: int) -> None:
    conformance.check_core(lambda lanes, seed: make_core(name, agents, lanes, seed, **options))


def test_a_core_without_randomness_conforms() -> None:
    visits = np.array([0, 1, 2, 2, 1, 0])
    conformance.check_core(lambda lanes, seed: SwitchRiddle(3, lanes, seed, np.tile(visits, (lanes, 1))))


class Core(SwitchRiddle):
    """The riddle's core, to be broken."""

    def __init__(self, lanes: int, seed: int) -> None:
        super().__init__(3, lanes, seed)


class LongRewards(Core):
    def _step(self, *arguments: Any) -> Step:
        step = super()._step(*arguments)
        return unchecked(step, reward=np.concatenate([step.reward, step.reward]))


class ObservesTwo(Core):
    def _step(self, *arguments: Any) -> Step:
        step = super()._step(*arguments)
        return replace(step, observation=step.observation * np.int8(2))


class BigState(Core):
    def state(self) -> np.ndarray:
        return super().state() * np.float32(2)


class ObservesFloats(Core):
    def _step(self, *arguments: Any) -> Step:
        step = super()._step(*arguments)
        return replace(step, observation=step.observation.astype(np.float32))


class ObservesColumns(Core):
    def _step(self, *arguments: Any) -> Step:
        step = super()._step(*arguments)
        return replace(step, observation=step.observation[..., None])


class NoFacts(Core):
    def facts(self) -> dict[str, np.ndarray]:
        raise NotImplementedError


class PlainFacts(Core):
    def facts(self) -> Any:
        return {"day": 1}


class FactsOfAgents(Core):
    def facts(self) -> Any:
        return {"day": self._day + 1, "visited": self._visited.T.astype(np.int64)}


class FactsAreFlags(Core):
    def facts(self) -> Any:
        return {"over": self._terminated}


class FactsComeAndGo(Core):
    def facts(self) -> dict[str, np.ndarray]:
        facts = super().facts()
        return facts if self._live.all() else {"day": facts["day"]}


class FactsChangeLater(Core):
    def facts(self) -> dict[str, np.ndarray]:
        return super().facts() | {"day": self._day}


class NothingIsLegal(Core):
    def _step(self, *arguments: Any) -> Step:
        step = super()._step(*arguments)
        return replace(step, legal=step.legal & ~step.ended[:, None, None])


class ResetsAll(Core):
    """One lane that begins anew takes all others along."""

    def reset(self, seed: int | None = None, lanes: np.ndarray | None = None) -> Step:
        return super().reset(seed, lanes) if lanes is None or not lanes.any() else super().reset(None, lanes | True)


class OneDrawForAll(Core):
    """Lane 0 draws for the whole batch."""

    def _let_in(self) -> None:
        for drawn in (self._occupant, self._fraction):
            drawn[:] = drawn[0]
        super()._let_in()


class DrawsByLanes(Core):
    """What a lane draws depends on the number of lanes."""

    def __init__(self, lanes: int, seed: int) -> None:
        super().__init__(lanes, seed + lanes)


class ResetsNeighbours(Core):
    """A lane that goes on gets another visitor when its neighbour begins anew."""

    def _begin(self, begun: np.ndarray) -> None:
        super()._begin(begun)
        if 0 < begun.sum() < len(begun):
            self._occupant = (self._occupant + 1) % self.agents
            self._let_in()


class PaysForEver(Core):
    def step(self, action: np.ndarray) -> Step:
        over = self._terminated | self._truncated
        step = super().step(action)
        return replace(step, reward=step.reward + over[:, None].astype(np.float32))


class NeverEnds(Core):
    def step(self, action: np.ndarray) -> Step:
        step = super().step(action * 0)
        self._terminated = np.zeros_like(self._terminated)
        return replace(step, terminated=self._terminated)

    def state(self) -> np.ndarray:
        return np.minimum(super().state(), np.float32(1))


class HearsAfterReset(Core):
    def reset(self, seed: int | None = None, lanes: np.ndarray | None = None) -> Step:
        step = super().reset(seed, lanes)
        return replace(step, hears=step.hears | True) if lanes is None else step


class Lenient(Core):
    def _tells(self, action: np.ndarray) -> np.ndarray:
        return (action.T == 1) & self._in_room


class CountsBeforeItChecks(Core):
    def step(self, action: np.ndarray) -> Step:
        self._visited = self._visited | (action.T != 0)
        return super().step(action)


class SeedsOnce(Core):
    """A second reset with a seed goes on from where the first one was."""

    def reset(self, seed: int | None = None, lanes: np.ndarray | None = None) -> Step:
        episode = self.draws.episode
        step = super().reset(seed, lanes)
        if seed is not None:
            self.draws.restore(seed, episode)
        return step


class OneBuffer(Core):
    """Returns its own memory, which the next step overwrites."""

    def _step(self, *arguments: Any) -> Step:
        step = super()._step(*arguments)
        if not hasattr(self, "buffer"):
            self.buffer = np.empty_like(step.reward)
        self.buffer[:] = step.reward
        return replace(step, reward=self.buffer)


class OneLaneIsDifferent(Core):
    """A rule that depends on the number of lanes, where the lanes do not differ in their draws."""

    def step(self, action: np.ndarray) -> Step:
        step = super().step(action)
        return replace(step, reward=step.reward * np.float32(2)) if self.lanes == 1 else step


def unchecked(step: Step, **changes: Any) -> Step:
    """The step with other values, past the types that are checked while tests run."""
    for name, value in changes.items():
        object.__setattr__(step, name, value)
    return step


BROKEN_CORES: list[tuple[str, type[Core]]] = [
    ("steps_have_shapes", LongRewards),
    ("steps_have_shapes", ObservesTwo),
    ("steps_have_shapes", BigState),
    ("steps_have_shapes", ObservesFloats),
    ("steps_have_shapes", ObservesColumns),
    ("facts_are_integers", NoFacts),
    ("facts_are_integers", PlainFacts),
    ("facts_are_integers", FactsOfAgents),
    ("facts_are_integers", FactsAreFlags),
    ("facts_are_integers", FactsComeAndGo),
    ("facts_are_integers", FactsChangeLater),
    ("a_legal_action_exists", NothingIsLegal),
    ("lanes_are_independent", DrawsByLanes),
    ("lanes_draw_independently", OneDrawForAll),
    ("resets_leave_other_lanes_unchanged", ResetsAll),
    ("resets_leave_other_lanes_unchanged", ResetsNeighbours),
    ("ended_lanes_do_not_change", PaysForEver),
    ("ended_lanes_do_not_change", NeverEnds),
    ("resets_are_silent", HearsAfterReset),
    ("illegal_actions_change_nothing", Lenient),
    ("illegal_actions_change_nothing", CountsBeforeItChecks),
    ("core_seeds_repeat_episodes", SeedsOnce),
    ("later_steps_change_no_steps", OneBuffer),
    ("pettingzoo_env_equals_lane_zero", OneLaneIsDifferent),
]


@pytest.mark.parametrize(("rule", "make"), BROKEN_CORES, ids=lambda x: getattr(x, "__name__", x))
def test_broken_cores_are_caught(rule: str, make: type[Core]) -> None:
    with pytest.raises(conformance.ConformanceError, match=f"^{rule}: ") as caught:
        conformance.check_core(make)
    assert caught.value.rule == rule


def test_every_check_of_a_core_was_seen_catching() -> None:
    assert {rule for rule, _ in BROKEN_CORES} == {*conformance.CORE_CHECKS}


def test_what_a_core_raised_is_kept_and_what_a_check_found_stands_alone() -> None:
    with pytest.raises(conformance.ConformanceError, match="It raised NotImplementedError") as raised:
        conformance.check_core(NoFacts)
    assert isinstance(raised.value.__cause__, NotImplementedError)
    with pytest.raises(conformance.ConformanceError) as found:
        conformance.check_core(PlainFacts)
    assert found.value.__cause__ is None
    assert found.value.__suppress_context__


@pytest.mark.parametrize("make", [Core(1, 0), lambda: Core(1, 0), lambda lanes: Core(lanes, 0), "switch_riddle_v0"])
def test_what_cannot_make_a_core_is_refused(make: Any) -> None:
    with pytest.raises(
        ValueError, match=r"with the keyword arguments lanes and seed.*; received .*lambda lanes, seed: MyCore"
    ):
        unwrap(conformance.check_core)(make)  # past the types that are checked while tests run
