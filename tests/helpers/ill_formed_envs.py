"""Ill-formed environments, each of which breaks one rule of who plays, what each agent is given, and in which space."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
from broken_envs import RiddleEnv
from foreign_envs import Party


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


class OpensOnce(RiddleEnv):
    def reset(self, seed: int | None = None, options: dict | None = None) -> Any:
        if self._last is not None and not self.agents:
            raise RuntimeError("Closed.")
        return super().reset(seed, options)


class LosesItsAgents(RiddleEnv):
    """Agents that have ended are not brought back."""

    def reset(self, seed: int | None = None, options: dict | None = None) -> Any:
        again = self._last is not None and not self.agents
        returned = super().reset(seed, options)
        self.agents = [] if again else self.agents
        return returned


class EmptiesPossibleAgents(RiddleEnv):
    """Both lists are one."""

    def step(self, actions: dict) -> Any:
        self.agents = self.possible_agents
        returned = super().step(actions)
        if not self.agents:
            self.possible_agents.clear()
        return returned


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


ILL_FORMED: list[tuple[str, Callable[[], Any]]] = [
    ("episodes_play_to_their_end", NobodyPlays),
    ("episodes_play_to_their_end", NeverEnds),
    ("episodes_play_to_their_end", Stumbles),
    ("ended_environments_can_be_reset", OpensOnce),
    ("ended_environments_can_be_reset", LosesItsAgents),
    ("agents_are_known", CountsTwice),
    ("possible_agents_never_change", EmptiesPossibleAgents),
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
]
"""The rule of any environment that each one breaks; below, the only strict rule that each one breaks."""
STRICTLY_ILL_FORMED: list[tuple[str, Callable[[], Any]]] = [
    ("dicts_have_playing_agents_only", AddsToAll),
    ("dicts_have_playing_agents_only", AddsRewards),
    ("dicts_have_playing_agents_only", AddsTerminations),
    ("dicts_have_playing_agents_only", AddsTruncations),
    ("dicts_have_playing_agents_only", AddsInfos),
    ("dicts_have_playing_agents_only", AddsAFirstInfo),
    ("agents_share_no_objects", OneInfoForAll),
    ("agents_share_no_objects", OneObservationForAll),
    ("lists_of_agents_are_kept", EmptiesItsList),
]
HIDDEN_BY_NAMES: tuple[type, ...] = (
    ReordersPossibleAgents,
    EmptiesPossibleAgents,
    GuestComesBack,
    GuestSlipsAway,
)
"""Those that ``FreelyNamed`` mends or cannot contain."""
