"""More environments that break one rule each: of who plays and is given what, and of what may change an episode."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
from broken_envs import RiddleEnv
from foreign_envs import Party
from interlect.envs.adapters import GameEnv
from interlect.envs.switch_riddle.rules import SwitchRiddle
from interlect.protocols import Channel, Symbols


class LuckyEnv(RiddleEnv):
    """Adds a random number to every reward, which shows the state of its random generator."""

    def __init__(self) -> None:
        super().__init__()
        self.rng, self.clock = np.random.default_rng(), 0

    def reset(self, seed: int | None = None, options: dict | None = None) -> Any:
        if seed is not None:
            self.rng = np.random.default_rng(seed)
        self.clock = 0
        return super().reset(seed, options)

    def step(self, actions: dict) -> Any:
        seen, rewards, *rest = super().step(actions)
        self.clock += 1
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


class RarelyOutside(RiddleEnv):
    steps = 0

    def step(self, actions: dict) -> Any:
        seen, *rest = super().step(actions)
        self.steps += 1
        return {agent: value + 7 * (self.steps % 300 == 0) for agent, value in seen.items()}, *rest


class Lacks(RiddleEnv):
    """One of the dicts of a step lacks an agent."""

    which = 0

    def step(self, actions: dict) -> Any:
        returned = super().step(actions)
        del returned[self.which]["prisoner_1"]
        return returned


class LacksRewards(Lacks):
    which = 1


class LacksTerminations(Lacks):
    which = 2


class LacksTruncations(Lacks):
    which = 3


class LacksInfos(Lacks):
    which = 4


class LacksFirstObservations(RiddleEnv):
    def reset(self, seed: int | None = None, options: dict | None = None) -> Any:
        seen, infos = super().reset(seed, options)
        return {"prisoner_0": seen["prisoner_0"]}, infos


class LacksFirstInfos(RiddleEnv):
    def reset(self, seed: int | None = None, options: dict | None = None) -> Any:
        return super().reset(seed, options)[0], {}


class LacksLastInfos(RiddleEnv):
    def step(self, actions: dict) -> Any:
        *rest, infos = super().step(actions)
        return *rest, infos if self.agents else {}


class AddsToAll(RiddleEnv):
    """One of the dicts of a step has a key for the team."""

    which = 0

    def step(self, actions: dict) -> Any:
        returned = super().step(actions)
        returned[self.which]["common"] = returned[self.which]["prisoner_1"]
        return returned


class AddsRewards(AddsToAll):
    which = 1


class AddsTerminations(AddsToAll):
    which = 2


class AddsTruncations(AddsToAll):
    which = 3


class AddsInfos(AddsToAll):
    which = 4


class AddsAFirstInfo(RiddleEnv):
    def reset(self, seed: int | None = None, options: dict | None = None) -> Any:
        seen, infos = super().reset(seed, options)
        return seen, infos | {"common": {}}


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


class NobodyPlays(RiddleEnv):
    def reset(self, seed: int | None = None, options: dict | None = None) -> Any:
        returned = super().reset(seed, options)
        self.agents = []
        return returned


class NeverEnds(RiddleEnv):
    def step(self, actions: dict) -> Any:
        seen, rewards, flags, _, infos = super().step(actions)
        if not self.agents:
            seen, infos = self.reset()
        return seen, rewards, dict.fromkeys(flags, False), dict.fromkeys(flags, False), infos


class Stumbles(RiddleEnv):
    def step(self, actions: dict) -> Any:
        returned = super().step(actions)
        return returned if self.agents else 1 / 0


class ReordersPossibleAgents(RiddleEnv):
    def reset(self, seed: int | None = None, options: dict | None = None) -> Any:
        self.possible_agents.reverse()
        return super().reset(seed, options)


class CountsTwice(RiddleEnv):
    def step(self, actions: dict) -> Any:
        self.agents = self.possible_agents[:]
        returned = super().step(actions)
        self.agents = self.agents and [*self.agents, "prisoner_0"]
        return returned


class SpacesAfterReset(RiddleEnv):
    def reset(self, seed: int | None = None, options: dict | None = None) -> Any:
        self.observation_spaces = deepcopy(self.observation_spaces)
        return super().reset(seed, options)


class SpacesGrow(RiddleEnv):
    def step(self, actions: dict) -> Any:
        for space in self.observation_spaces.values():
            space.high += 1
        return super().step(actions)


class GuestComesBack(Party):
    """The guest leaves after an hour, and comes back an hour later."""

    def step(self, actions: dict) -> Any:
        seen, rewards, tired, late, infos = super().step(actions)
        if self.hour in (2, 4):
            tired["guest"] = np.bool_(True)
        if self.hour == 3:
            seen["guest"], infos["guest"] = 0, {}
        self.agents = {2: ["host"], 3: ["host", "guest"], 4: []}.get(self.hour, self.agents)
        return seen, rewards, tired, late, infos


class GuestSlipsAway(Party):
    def step(self, actions: dict) -> Any:
        returned = super().step(actions)
        if self.hour == 2:
            self.agents.remove("guest")
        return returned


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


class OneInfoForAll(RiddleEnv):
    def step(self, actions: dict) -> Any:
        *rest, infos = super().step(actions)
        return *rest, dict.fromkeys(infos, infos["prisoner_0"])


class OneObservationForAll(RiddleEnv):
    def reset(self, seed: int | None = None, options: dict | None = None) -> Any:
        seen, infos = super().reset(seed, options)
        return dict.fromkeys(seen, seen["prisoner_0"]), infos


class EmptiesItsList(RiddleEnv):
    def step(self, actions: dict) -> Any:
        agents = self.agents
        returned = super().step(actions)
        if not self.agents:
            agents.clear()
            self.agents = agents
        return returned


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
    ("episodes_play_to_their_end", NobodyPlays),
    ("episodes_play_to_their_end", NeverEnds),
    ("episodes_play_to_their_end", Stumbles),
    ("agents_are_known", CountsTwice),
    ("possible_agents_never_change", ReordersPossibleAgents),
    ("playing_agents_are_in_every_dict", Lacks),
    ("playing_agents_are_in_every_dict", LacksRewards),
    ("playing_agents_are_in_every_dict", LacksTerminations),
    ("playing_agents_are_in_every_dict", LacksTruncations),
    ("playing_agents_are_in_every_dict", LacksInfos),
    ("playing_agents_are_in_every_dict", LacksFirstObservations),
    ("playing_agents_are_in_every_dict", LacksFirstInfos),
    ("playing_agents_are_in_every_dict", LacksLastInfos),
    ("spaces_are_kept", SpacesAfterReset),
    ("spaces_are_kept", SpacesGrow),
    ("observations_lie_in_spaces", RarelyOutside),
    ("ended_agents_never_return", GuestComesBack),
    ("agents_stay_until_they_end", GuestSlipsAway),
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
    ("dicts_have_playing_agents_only", AddsToAll),
    ("dicts_have_playing_agents_only", AddsRewards),
    ("dicts_have_playing_agents_only", AddsTerminations),
    ("dicts_have_playing_agents_only", AddsTruncations),
    ("dicts_have_playing_agents_only", AddsInfos),
    ("dicts_have_playing_agents_only", AddsAFirstInfo),
    ("copies_continue_episodes", ForgetsItsLuck),
    ("copies_continue_episodes", ForgetsItsLuckInMemory),
    ("copies_continue_episodes", CopiesAnew),
    ("steps_need_a_reset", PlaysAfterTheEnd),
    ("agents_share_no_objects", OneInfoForAll),
    ("agents_share_no_objects", OneObservationForAll),
    ("lists_of_agents_are_kept", EmptiesItsList),
    ("seeds_choose_episodes", OneSeed),
    ("global_generator_is_untouched", SeedsGlobally),
    ("global_generator_is_untouched", DrawsGlobally),
]
HIDDEN_BY_NAMES: tuple[type, ...] = (
    ReordersPossibleAgents,
    GuestComesBack,
    GuestSlipsAway,
    KnowsNoOptions,
    PopsActions,
    FillsActions,
    FillsLastActions,
    CannotRender,
)
"""Those that ``FreelyNamed`` mends or cannot contain."""
