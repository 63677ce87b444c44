"""Environments to be checked: the riddle's own, each of whose children breaks one rule."""

from collections.abc import Callable
from typing import Any

import numpy as np
from gymnasium import spaces
from interlect.envs.adapters import GameEnv
from interlect.envs.core.core import Step
from interlect.envs.switch_riddle.rules import SwitchRiddle


class RiddleEnv(GameEnv):
    """The riddle's environment, to be broken."""

    core_class: type[SwitchRiddle] = SwitchRiddle

    def __init__(self, **core: Any) -> None:
        super().__init__(
            self.core_class(agents=3, lanes=1, deadline="truncates", **core), name="broken_v0", illegal="replace"
        )


class WrongRoles(SwitchRiddle):
    @property
    def possible_agents(self) -> list[str]:
        return ["prisoner_1", "prisoner_0", "prisoner_2"]


class BadNames(RiddleEnv):
    core_class = WrongRoles


class NewSpaces(RiddleEnv):
    def action_space(self, agent: str) -> spaces.Space:
        return spaces.Discrete(2)


class NoTables(RiddleEnv):
    def __init__(self) -> None:
        super().__init__()
        self._kept = self.observation_spaces
        del self.observation_spaces

    def observation_space(self, agent: str) -> spaces.Space:
        return self._kept[agent]


class DoublePrecision(RiddleEnv):
    def step(self, actions: dict) -> Any:
        observations, *rest = super().step(actions)
        return {agent: seen.astype(np.float64) for agent, seen in observations.items()}, *rest


class LastObservationOutside(RiddleEnv):
    def step(self, actions: dict) -> Any:
        observations, *rest = super().step(actions)
        return {agent: seen + (not self.agents) * 2 for agent, seen in observations.items()}, *rest


class HalfPrecision(RiddleEnv):
    """Lies in its space, whose type it can be cast to."""

    def step(self, actions: dict) -> Any:
        observations, *rest = super().step(actions)
        return {agent: seen.astype(np.float16) for agent, seen in observations.items()}, *rest


class Strangers(RiddleEnv):
    def step(self, actions: dict) -> Any:
        returned = super().step({agent: actions[agent] for agent in self.possible_agents})
        self.agents = self.agents and [*self.agents, "prisoner_9"]
        return returned


class IntegerFlags(RiddleEnv):
    def step(self, actions: dict) -> Any:
        seen, rewards, terminations, *rest = super().step(actions)
        return seen, rewards, {agent: int(flag) for agent, flag in terminations.items()}, *rest


class NaNRewards(RiddleEnv):
    def step(self, actions: dict) -> Any:
        seen, rewards, *rest = super().step(actions)
        return seen, dict.fromkeys(rewards, float("nan")), *rest


class ArrayRewards(RiddleEnv):
    def step(self, actions: dict) -> Any:
        seen, rewards, *rest = super().step(actions)
        return seen, {agent: np.array([reward]) for agent, reward in rewards.items()}, *rest


class NumPyFlags(RiddleEnv):
    def step(self, actions: dict) -> Any:
        seen, rewards, terminations, *rest = super().step(actions)
        return seen, rewards, {agent: np.bool_(flag) for agent, flag in terminations.items()}, *rest


class NumPyRewards(RiddleEnv):
    def step(self, actions: dict) -> Any:
        seen, rewards, *rest = super().step(actions)
        return seen, {agent: np.float32(reward) for agent, reward in rewards.items()}, *rest


class OneInfos(RiddleEnv):
    """Hands out one dictionary, and relies on what is in it."""

    def reset(self, seed: int | None = None, options: dict | None = None) -> Any:
        seen, self.kept = super().reset(seed, options)
        self.kept["prisoner_0"]["count"] = 0
        return seen, self.kept

    def step(self, actions: dict) -> Any:
        *rest, infos = super().step(actions)
        infos["prisoner_0"]["count"] = self.kept.get("prisoner_0", {}).get("count", -9) + 1
        self.kept.clear()
        self.kept.update(infos)
        return *rest, self.kept


class OneArray(RiddleEnv):
    """Returns the same memory at every step."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = {agent: np.zeros(1, dtype=np.float32) for agent in self.possible_agents}

    def _show(self, *arguments: Any) -> Any:
        observations, infos = super()._show(*arguments)
        for agent, seen in observations.items():
            self.memory[agent][:] = seen
        return dict(self.memory), infos


class EndsApart(RiddleEnv):
    def step(self, actions: dict) -> Any:
        seen, rewards, terminations, truncations, infos = super().step(actions)
        if any(terminations.values()):
            terminations["prisoner_0"], truncations["prisoner_0"] = False, True
        return seen, rewards, terminations, truncations, infos


class StaysAfterTheEnd(RiddleEnv):
    def step(self, actions: dict) -> Any:
        returned = super().step(actions)
        if not self.agents:
            self.agents = ["prisoner_0"]
        return returned


class TimeTerminates(RiddleEnv):
    def step(self, actions: dict) -> Any:
        seen, rewards, terminations, truncations, infos = super().step(actions)
        timed_out = any(truncations.values())
        ended = {agent: timed_out or terminated for agent, terminated in terminations.items()}
        return seen, rewards, ended, dict.fromkeys(truncations, False), infos


class NeverTruncates(RiddleEnv):
    def step(self, actions: dict) -> Any:
        seen, rewards, terminations, truncations, infos = super().step(actions)
        terminations = {a: t or truncations[a] for a, t in terminations.items()}
        return seen, rewards, terminations, dict.fromkeys(truncations, False), infos


class TimeDoesBoth(RiddleEnv):
    def step(self, actions: dict) -> Any:
        seen, rewards, terminations, truncations, infos = super().step(actions)
        return seen, rewards, {a: t or truncations[a] for a, t in terminations.items()}, truncations, infos


class Leaks(RiddleEnv):
    """Something of the last episode stays."""

    played = 0

    def step(self, actions: dict) -> Any:
        seen, rewards, *rest = super().step(actions)
        self.played += 1
        return seen, {agent: reward + self.played for agent, reward in rewards.items()}, *rest


class SeedsTheFirstEpisodeOnly(RiddleEnv):
    def reset(self, seed: int | None = None, options: dict | None = None) -> Any:
        fresh = None if seed is not None else int(np.random.SeedSequence().generate_state(1)[0])
        return super().reset(seed if seed is not None else fresh, options)


class HasLuck(RiddleEnv):
    """Each object pays a little differently, for good."""

    def __init__(self) -> None:
        super().__init__()
        self.luck = float(np.random.default_rng().random())

    def step(self, actions: dict) -> Any:
        seen, rewards, *rest = super().step(actions)
        return seen, {agent: reward + self.luck for agent, reward in rewards.items()}, *rest


class RepeatsItself(RiddleEnv):
    def reset(self, seed: int | None = None, options: dict | None = None) -> Any:
        self.last = seed if seed is not None else getattr(self, "last", int(np.random.SeedSequence().entropy % 2**62))
        return super().reset(self.last, options)


class SeededByDefault(RiddleEnv):
    def __init__(self) -> None:
        super().__init__(seed=0)


class SeededByGlobalState(RiddleEnv):
    def __init__(self) -> None:
        super().__init__(seed=int(np.random.randint(2**31)))  # noqa: NPY002


class ForgetsRenderMode(RiddleEnv):
    def __init__(self) -> None:
        super().__init__()
        self.render_mode, self._drawings = "ansi", {"ansi": str}

    def __reduce__(self) -> Any:
        return RiddleEnv, ()


class CannotPickle(RiddleEnv):
    def __init__(self) -> None:
        super().__init__()
        self.hook = lambda: None


class DoubleState(RiddleEnv):
    def state(self) -> np.ndarray:
        return super().state().astype(np.float64)


class StateSpaceMissing(RiddleEnv):
    def __init__(self) -> None:
        super().__init__()
        del self.state_space


class OneState(RiddleEnv):
    def state(self) -> np.ndarray:
        if not hasattr(self, "memory"):
            self.memory = super().state().copy()
        self.memory[:] = super().state()
        return self.memory


class BoolMasks(RiddleEnv):
    def _show(self, *arguments: Any) -> Any:
        observations, infos = super()._show(*arguments)
        return observations, {agent: {"action_mask": info["action_mask"] > 0} for agent, info in infos.items()}


class EmptyMasks(RiddleEnv):
    def _show(self, step: Step, *arguments: Any) -> Any:
        observations, infos = super()._show(step, *arguments)
        if step.ended.any():
            infos = {agent: {"action_mask": np.zeros(2, dtype=np.int8)} for agent in infos}
        return observations, infos


class PlaysBeforeReset(RiddleEnv):
    def step(self, actions: dict) -> Any:
        if not self.agents:
            self.reset()
        return super().step(actions)


class TakesAnything(RiddleEnv):
    def step(self, actions: dict) -> Any:
        known = {agent: actions.get(agent, 0) for agent in self.agents}
        return super().step(known)


class Clips(RiddleEnv):
    def step(self, actions: dict) -> Any:
        return super().step({agent: int(np.clip(np.nan_to_num(a), 0, 1)) for agent, a in actions.items()})


class PlaysThenComplains(RiddleEnv):
    def step(self, actions: dict) -> Any:
        returned = super().step(dict.fromkeys(self.agents, 0))
        if actions.keys() != returned[0].keys() or any(a not in (0, 1) for a in actions.values()):
            raise ValueError("No.")
        return returned


BROKEN: list[tuple[str, Callable[[], Any]]] = [
    ("agents_are_known", Strangers),
    ("spaces_are_kept", NewSpaces),
    ("observations_lie_in_spaces", DoublePrecision),
    ("observations_lie_in_spaces", LastObservationOutside),
    ("flags_and_rewards_are_scalars", IntegerFlags),
    ("flags_and_rewards_are_scalars", NaNRewards),
    ("flags_and_rewards_are_scalars", ArrayRewards),
    ("ended_agents_leave", StaysAfterTheEnd),
    ("later_steps_change_no_returns", OneArray),
    ("time_limit_is_truncation", TimeTerminates),
    ("time_limit_is_truncation", TimeDoesBoth),
    ("seeds_repeat_episodes", Leaks),
    ("seeds_repeat_episodes", SeedsTheFirstEpisodeOnly),
    ("equal_seeds_give_equal_episodes", HasLuck),
    ("resets_begin_new_episodes", RepeatsItself),
    ("unseeded_environments_differ", SeededByDefault),
    ("unseeded_environments_differ", SeededByGlobalState),
    ("masks_allow_an_action", BoolMasks),
    ("masks_allow_an_action", EmptyMasks),
]
"""The rule of any environment that each one breaks; below, the only strict rule that each one breaks."""
STRICTLY_BROKEN: list[tuple[str, Callable[[], Any]]] = [
    ("agents_have_roles", BadNames),
    ("spaces_have_tables", NoTables),
    ("observations_have_their_type", HalfPrecision),
    ("flags_and_rewards_are_python", NumPyFlags),
    ("flags_and_rewards_are_python", NumPyRewards),
    ("agents_end_together", EndsApart),
    ("returned_objects_may_be_modified", OneInfos),
    ("pickling_keeps_everything", ForgetsRenderMode),
    ("pickling_keeps_everything", CannotPickle),
    ("state_is_float32", DoubleState),
    ("state_is_float32", StateSpaceMissing),
    ("state_is_float32", OneState),
    ("steps_need_a_reset", PlaysBeforeReset),
    ("invalid_choices_change_nothing", TakesAnything),
    ("invalid_choices_change_nothing", Clips),
    ("invalid_choices_change_nothing", PlaysThenComplains),
]
