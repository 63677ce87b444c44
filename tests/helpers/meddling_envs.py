"""Environments that each break one rule of what may change an episode, or of what an episode may change."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
from broken_envs import RiddleEnv
from interlect.envs.adapters import GameEnv
from interlect.envs.switch_riddle.rules import SwitchRiddle
from interlect.protocols import Channel, Symbols


class LuckyEnv(RiddleEnv):
    """Adds a random number to every reward, which shows the state of its random generator."""

    def __init__(self) -> None:
        super().__init__()
        self.rng = np.random.default_rng()

    def reset(self, seed: int | None = None, options: dict | None = None) -> Any:
        if seed is not None:
            self.rng = np.random.default_rng(seed)
        return super().reset(seed, options)

    def step(self, actions: dict) -> Any:
        seen, rewards, *rest = super().step(actions)
        luck = float(self.rng.random())
        return seen, {agent: reward + luck for agent, reward in rewards.items()}, *rest


class TalkingEnv(GameEnv):
    """Its actions are arrays."""

    def __init__(self) -> None:
        core = SwitchRiddle(agents=3, lanes=1, deadline="truncates")
        super().__init__(core, Channel(Symbols(3)), name="broken_v0")


class DrawsToRender(LuckyEnv):
    def render(self) -> None:
        self.rng.random()


class DrawsForItsState(LuckyEnv):
    def state(self) -> np.ndarray:
        self.rng.random()
        return super().state()


class PassesTimeToRender(LuckyEnv):
    """What it draws is only late."""

    def render(self) -> None:
        self.late = True

    def step(self, actions: dict) -> Any:
        seen, rewards, *rest = super().step(actions)
        return seen, {agent: reward + hasattr(self, "late") for agent, reward in rewards.items()}, *rest


class CannotRender(RiddleEnv):
    def __init__(self) -> None:
        super().__init__()
        self.render_mode = "ansi"

    def render(self) -> None:
        raise RuntimeError("No screen.")


class ForgetsItsLuck(LuckyEnv):
    """A pickle has new random numbers."""

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state, rng=np.random.default_rng())

    def __deepcopy__(self, memo: dict) -> Any:
        copy = object.__new__(type(self))
        copy.__dict__.update(deepcopy(self.__dict__, memo))
        return copy


class ForgetsItsLuckInMemory(LuckyEnv):
    """Only a deepcopy has new random numbers."""

    def __deepcopy__(self, memo: dict) -> Any:
        copy = object.__new__(type(self))
        copy.__dict__.update(deepcopy(self.__dict__, memo), rng=np.random.default_rng())
        return copy


class CopiesAnew(LuckyEnv):
    """A copy has yet to be reset."""

    def __getstate__(self) -> dict:
        return {}

    def __setstate__(self, state: dict) -> None:
        self.__init__()


class SharesItsLuck(LuckyEnv):
    def __deepcopy__(self, memo: dict) -> Any:
        copy = object.__new__(type(self))
        memo[id(self.rng)] = self.rng
        copy.__dict__.update(deepcopy(self.__dict__, memo))
        return copy


class SharesAllItHas(RiddleEnv):
    def __deepcopy__(self, memo: dict) -> Any:
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        return copy


class ClockRunsOn(LuckyEnv):
    """Only an end sets its clock back; that of an abandoned episode goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.day = 0

    def step(self, actions: dict) -> Any:
        seen, rewards, terminations, truncations, infos = super().step(actions)
        self.day += 1
        if self.day >= 6 and self.agents:
            truncations, self.agents = dict.fromkeys(truncations, True), []
        if not self.agents:
            self.day = 0
        return seen, rewards, terminations, truncations, infos


class KeepsAnAbandonedMessage(RiddleEnv):
    """What was done in the last step of an abandoned episode is paid for in the next."""

    owed = 0.0

    def step(self, actions: dict) -> Any:
        seen, rewards, *rest = super().step(actions)
        paid, self.owed = self.owed, float(bool(self.agents))
        return seen, {agent: reward + paid for agent, reward in rewards.items()}, *rest


class GoesOnAfterAReset(RiddleEnv):
    """A running episode is not given up."""

    def reset(self, seed: int | None = None, options: dict | None = None) -> Any:
        return self._show(*self._last) if self.agents else super().reset(seed, options)


class PopsActions(RiddleEnv):
    def step(self, actions: dict) -> Any:
        returned = super().step(actions)
        actions.popitem()
        return returned


class FillsActions(TalkingEnv):
    def step(self, actions: dict) -> Any:
        returned = super().step(actions)
        actions["prisoner_0"][...] = 1
        return returned


class FillsLastActions(TalkingEnv):
    """Clears the arrays that it was given a step before."""

    last: Any = None

    def step(self, actions: dict) -> Any:
        returned = super().step(actions)
        if self.last is not None:
            self.last["prisoner_0"].fill(9)
        self.last = actions
        return returned


class NeedsOptions(RiddleEnv):
    def reset(self, seed: int | None = None, options: dict | None = None) -> Any:
        if options is not None:
            seed = options["seed"]
        return super().reset(seed)


class KnowsNoOptions(RiddleEnv):
    def reset(self, seed: int | None = None) -> Any:  # type: ignore[override]
        return super().reset(seed)


class OptionsChangeTheSeed(RiddleEnv):
    def reset(self, seed: int | None = None, options: dict | None = None) -> Any:
        return super().reset(seed if options is None or seed is None else seed + 1, options)


class DefaultSeed(RiddleEnv):
    def reset(self, seed: int | None = 42, options: dict | None = None) -> Any:
        return super().reset(seed, options)


class OneLuckForAll(LuckyEnv):
    """All environments share the random numbers."""

    shared = np.random.default_rng()

    @property
    def rng(self) -> np.random.Generator:
        return OneLuckForAll.shared

    @rng.setter
    def rng(self, value: np.random.Generator) -> None:
        OneLuckForAll.shared = value


class OneClockForAll(RiddleEnv):
    """The steps of all environments count."""

    played = [0]  # noqa: RUF012

    def reset(self, seed: int | None = None, options: dict | None = None) -> Any:
        self.played[0] = 0
        return super().reset(seed, options)

    def step(self, actions: dict) -> Any:
        seen, rewards, *rest = super().step(actions)
        self.played[0] += 1
        return seen, {agent: reward + self.played[0] for agent, reward in rewards.items()}, *rest


class OneSeed(RiddleEnv):
    def reset(self, seed: int | None = None, options: dict | None = None) -> Any:
        return super().reset(None if seed is None else 0, options)


class SeedsGlobally(RiddleEnv):
    def reset(self, seed: int | None = None, options: dict | None = None) -> Any:
        np.random.seed(0)  # noqa: NPY002
        return super().reset(seed, options)


class DrawsGlobally(RiddleEnv):
    def step(self, actions: dict) -> Any:
        np.random.rand()  # noqa: NPY002
        return super().step(actions)


class PlaysAfterTheEnd(RiddleEnv):
    def step(self, actions: dict) -> Any:
        if self._last is not None and not self.agents:
            self.reset()
        return super().step(actions)


MEDDLING: list[tuple[str, Callable[[], Any]]] = [
    ("resets_begin_new_episodes", DefaultSeed),
    ("environments_do_not_interact", OneLuckForAll),
    ("environments_do_not_interact", OneClockForAll),
    ("abandoned_episodes_leave_nothing", ClockRunsOn),
    ("abandoned_episodes_leave_nothing", KeepsAnAbandonedMessage),
    ("abandoned_episodes_leave_nothing", GoesOnAfterAReset),
    ("empty_options_change_nothing", NeedsOptions),
    ("empty_options_change_nothing", KnowsNoOptions),
    ("empty_options_change_nothing", OptionsChangeTheSeed),
    ("actions_are_left_unchanged", PopsActions),
    ("actions_are_left_unchanged", FillsActions),
    ("actions_are_left_unchanged", FillsLastActions),
    ("rendering_changes_nothing", DrawsToRender),
    ("rendering_changes_nothing", PassesTimeToRender),
    ("rendering_changes_nothing", CannotRender),
    ("state_changes_nothing", DrawsForItsState),
    ("copies_are_independent", SharesItsLuck),
    ("copies_are_independent", SharesAllItHas),
]
"""The rule of any environment that each one breaks; below, the only strict rule that each one breaks."""
STRICTLY_MEDDLING: list[tuple[str, Callable[[], Any]]] = [
    ("copies_continue_episodes", ForgetsItsLuck),
    ("copies_continue_episodes", ForgetsItsLuckInMemory),
    ("copies_continue_episodes", CopiesAnew),
    ("steps_need_a_reset", PlaysAfterTheEnd),
    ("seeds_choose_episodes", OneSeed),
    ("global_generator_is_untouched", SeedsGlobally),
    ("global_generator_is_untouched", DrawsGlobally),
]
HIDDEN_BY_NAMES: tuple[type, ...] = (
    DefaultSeed,
    KnowsNoOptions,
    PopsActions,
    FillsActions,
    FillsLastActions,
    CannotRender,
)
"""Those that ``FreelyNamed`` mends or cannot contain."""
