"""Checks of the guarantees that the games of this package give beyond PettingZoo's, one function per rule."""

import pickle
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import numpy as np
from gymnasium import spaces

from .episodes import (
    EPISODES,
    ActionSampler,
    EnvStep,
    begun,
    episodes,
    fingerprint,
    is_random,
    play,
    record,
    require_equal,
    rest,
    to_dicts,
)
from .rules import MakeEnv, require, same


def agents_have_roles(make_env: MakeEnv) -> None:
    """Agents are named role_0, role_1 and so on, and all of them play after a reset."""
    env = make_env()
    counts: dict[str, int] = {}
    for agent in env.possible_agents:
        match = re.fullmatch(r"([a-z][a-z_]*?)_(\d+)", str(agent))
        require(match, f"{agent!r} is not of this form.")
        role, number = match.groups() if match else ("", "")
        require(int(number) == counts.get(role, 0), f"{agent!r} is out of order in {env.possible_agents}.")
        counts[role] = int(number) + 1
    env.reset(seed=0)
    require(env.agents == env.possible_agents, f"After a reset, agents are {env.agents}.")


def spaces_have_tables(make_env: MakeEnv) -> None:
    """The dicts observation_spaces and action_spaces contain the spaces that the methods return."""
    env = make_env()
    for kind in ("observation", "action"):
        table, method = getattr(env, f"{kind}_spaces", None), getattr(env, f"{kind}_space")
        require(isinstance(table, dict), f"{kind}_spaces is {type(table).__name__}, not a dict.")
        for agent in env.possible_agents:
            require(table and table.get(agent) is method(agent), f"{kind}_spaces lacks the space of {agent}.")


def observations_have_their_type(make_env: MakeEnv) -> None:
    """Every observation is an array with the dtype of its space."""
    env = make_env()
    for step in episodes(env):
        for agent, observation in step.observations.items():
            _require_inside(env.observation_space(agent), observation, agent)


def flags_and_rewards_are_python(make_env: MakeEnv) -> None:
    """Termination and truncation flags are Python bools, and rewards are finite Python floats or integers."""
    for step in episodes(make_env()):
        for flag in (*step.terminations.values(), *step.truncations.values()):
            require(type(flag) is bool, f"A flag is {flag!r}, a {type(flag).__name__}.")
        for reward in step.rewards.values():
            require(type(reward) in (float, int), f"A reward is {reward!r}, a {type(reward).__name__}.")
            require(np.isfinite(reward), f"A reward is {reward}.")


def agents_end_together(make_env: MakeEnv) -> None:
    """All agents end at the same step with the same flags, and no agents are left after it."""
    env = make_env()
    for step in episodes(env):
        ends = {(t, step.truncations[agent]) for agent, t in step.terminations.items()}
        require(len(ends) < 2, f"Agents have different flags: {step.terminations}, {step.truncations}.")
        over = any(any(end) for end in ends)
        left = [] if over else env.possible_agents
        require(env.agents == left, f"Agents are {env.agents} instead of {left}.")


def returned_objects_may_be_modified(make_env: MakeEnv) -> None:
    """Every step returns new objects, including infos, so that callers may modify them."""
    untouched, env = record(make_env(), 1), make_env()
    modified = []
    for step in play(env, 1, after=_modify):
        modified.append(deepcopy(step))
    require(same(*map(to_dicts, (untouched, modified))), "Modifying the returned objects changed the episode.")
    kept = list(play(make_env(), 1))
    require(same(*map(to_dicts, (untouched, kept))), "A later step changed what an earlier step returned.")


def pickling_keeps_everything(make_env: MakeEnv) -> None:
    """Pickling keeps an environment's spaces, render mode, metadata and episodes."""
    env = make_env()
    copy = pickle.loads(pickle.dumps(env))
    for name in ("possible_agents", "render_mode", "metadata"):
        before, after = getattr(env, name, None), getattr(copy, name, None)
        require(before == after, f"{name} was {before} and is {after}.")
    for agent in env.possible_agents:
        for kind in ("observation_space", "action_space"):
            before, after = getattr(env, kind)(agent), getattr(copy, kind)(agent)
            require(before == after, f"{kind}({agent!r}) was {before} and is {after}.")
    a, b = to_dicts(record(env, 11)), to_dicts(record(copy, 11))
    require(same(a, b), "The copy plays a different episode.")


def state_is_float32(make_env: MakeEnv) -> None:
    """state() returns a new float32 array in state_space at every step."""
    env = make_env()
    space = getattr(env, "state_space", None)
    require(isinstance(space, spaces.Box) and space.dtype == np.float32, f"state_space is {space}.")
    states, copies = [], []
    for _ in episodes(env):
        state = env.state()
        _require_inside(space, state, "state()")
        states.append(state)
        copies.append(state.copy())
    require(all(map(same, states, copies)), "A later step changed an earlier state.")


def copies_continue_episodes(make_env: MakeEnv) -> None:
    """A copy made by pickle or deepcopy in the middle of an episode must continue as the original would."""
    expected = rest(*begun(make_env))
    for name in ("pickle", "deepcopy"):
        env, step, sampler = begun(make_env)
        copy = deepcopy(env) if name == "deepcopy" else pickle.loads(pickle.dumps(env))
        require_equal(expected, rest(copy, step, sampler), f"A copy made by {name} continues differently.")


def steps_need_a_reset(make_env: MakeEnv) -> None:
    """A step before the first reset, or after the end of an episode, must raise an error."""
    env = make_env()
    choices = ActionSampler(env).choose(env.possible_agents, {})
    require(_raises(env, choices), "A step before the first reset was played.")
    for step in play(env, 0):
        choices |= ActionSampler(env).choose(list(env.agents), step.infos)
    require(_raises(env, choices), "A step after the end of an episode was played.")


def dicts_have_playing_agents_only(make_env: MakeEnv) -> None:
    """No dict that a reset or step returns may have a key other than the agents that play, or played the step."""
    env = make_env()
    for episode in range(3):
        before = set(env.possible_agents)
        for k, step in enumerate(play(env, episode)):
            expected = before if k else set(env.agents)
            for name, returned in vars(step).items():
                extra = sorted(map(str, returned.keys() - expected))
                require(not extra, f"At step {k}, the {name} have the keys {extra}.")
            before = set(env.agents)


def agents_share_no_objects(make_env: MakeEnv) -> None:
    """No two agents may be given the same info or the same memory, so that each may modify its own."""
    for step in play(make_env(), 1):
        for name in ("observations", "infos"):
            owners: dict[int, Any] = {}
            for agent, value in getattr(step, name).items():
                for part in _mutable_parts(value):
                    owner = owners.setdefault(part, agent)
                    require(owner == agent, f"The {name} of {owner} and {agent} share an object.")


def lists_of_agents_are_kept(make_env: MakeEnv) -> None:
    """No later step or reset may change a list of agents that was read before."""
    env = make_env()
    lists, copies = [], []
    for _ in episodes(env, 3):
        lists.append(env.agents)
        copies.append(list(env.agents))
    for was, now in zip(copies, lists, strict=True):
        require(was == now, f"A list of agents was {was} and is {now}.")


def seeds_choose_episodes(make_env: MakeEnv) -> None:
    """If episodes differ without a seed, they must also differ between seeds."""
    if is_random(make_env):
        return
    env = make_env()
    prints = {fingerprint(env) for _ in range(EPISODES)}
    require(len(prints) == 1, "All seeds give the same episode, but episodes without a seed differ.")


def invalid_choices_change_nothing(make_env: MakeEnv) -> None:
    """A missing or unknown agent, or an action outside its space, raises an error and does not change the episode."""
    env = make_env()
    undisturbed = record(env, 2)
    for name in ("a missing agent", "an unknown agent", "an action outside the space", "NaN"):
        disturbed = []
        for step in play(env, 2):
            disturbed.append(deepcopy(step))
            choices = ActionSampler(env).choose(list(env.agents), step.infos)
            if choices:
                require(_raises(env, _invalid(env, choices, name)), f"A step with {name} was played.")
        require(same(*map(to_dicts, (undisturbed, disturbed))), f"A step with {name} changed the episode.")


def global_generator_is_untouched(make_env: MakeEnv) -> None:
    """No episode may use or change NumPy's global random generator."""
    kept = np.random.get_state()  # noqa: NPY002
    np.random.seed(20)  # noqa: NPY002  # a state that an environment with a fixed seed does not set
    try:
        before, env = np.random.get_state(), make_env()  # noqa: NPY002
        for seed in (0, None):
            record(env, seed)
        require(same(before, np.random.get_state()), "Its state was changed.")  # noqa: NPY002
    finally:
        np.random.set_state(kept)  # noqa: NPY002


STRICT_CHECKS: dict[str, Callable[[MakeEnv], None]] = {
    rule.__name__: rule
    for rule in (
        dicts_have_playing_agents_only,
        agents_have_roles,
        spaces_have_tables,
        observations_have_their_type,
        flags_and_rewards_are_python,
        agents_end_together,
        returned_objects_may_be_modified,
        pickling_keeps_everything,
        copies_continue_episodes,
        state_is_float32,
        steps_need_a_reset,
        invalid_choices_change_nothing,
        agents_share_no_objects,
        lists_of_agents_are_kept,
        seeds_choose_episodes,
        global_generator_is_untouched,
    )
}
"""The further rules that the games of this package follow."""


def _modify(step: EnvStep) -> None:
    for returned in vars(step).values():
        for value in returned.values():
            for part in (*value.values(), value) if isinstance(value, dict) else (value,):
                if isinstance(part, np.ndarray) and part.flags.writeable:
                    part.fill(1)
            if isinstance(value, dict):
                value.clear()
        returned.clear()
        returned["__all__"] = True


def _mutable_parts(value: Any) -> Iterator[int]:
    """What identifies the dicts, lists and writeable memory in a value."""
    if isinstance(value, np.ndarray):
        if value.size and value.flags.writeable:
            yield int(value.__array_interface__["data"][0])
    elif isinstance(value, dict | list | tuple):
        if not isinstance(value, tuple):
            yield id(value)
        for part in value.values() if isinstance(value, dict) else value:
            yield from _mutable_parts(part)


def _require_inside(space: Any, value: Any, owner: str) -> None:
    if isinstance(space, spaces.Dict) and isinstance(value, dict):
        require(space.keys() == value.keys(), f"{owner} has {sorted(value)}, its space {sorted(space.keys())}.")
        for key in value:
            _require_inside(space[key], value[key], f"{owner}[{key!r}]")
        return
    if isinstance(space, spaces.Box):
        require(isinstance(value, np.ndarray), f"{owner} is a {type(value).__name__}, not an array.")
        require(value.dtype == space.dtype, f"{owner} is {value.dtype}, its space {space.dtype}.")
    require(space.contains(value), f"{owner} is {value}, outside {space}.")


def _raises(env: Any, choices: dict[str, Any]) -> bool:
    try:
        env.step(choices)
    except Exception:
        return True
    return False


def _invalid(env: Any, choices: dict[str, Any], name: str) -> dict[str, Any]:
    agent, *_ = choices
    match name:
        case "a missing agent":
            return {name: choice for name, choice in choices.items() if name != agent}
        case "an unknown agent":
            return {**choices, "unknown_0": choices[agent]}
        case "an action outside the space":
            return {**choices, agent: _outside(env.action_space(agent), choices[agent])}
        case _:
            return {**choices, agent: np.full(np.shape(choices[agent]), np.nan)}


def _outside(space: Any, choice: Any) -> Any:
    match space:
        case spaces.Discrete():
            return int(space.start + space.n)
        case spaces.MultiDiscrete():
            return space.start + space.nvec
        case spaces.Box():
            return np.where(np.isfinite(space.high), space.high + 1, np.nan).astype(space.dtype)
        case _:
            return object()
