"""The checks of this house: what its games promise beyond PettingZoo. The name of a check is the name of its rule."""

import pickle
import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
from gymnasium import spaces

from .episodes import Chooser, RenderState, episodes, listed, play, record
from .rules import MakeEnv, require, same


def agents_have_roles(make_env: MakeEnv) -> None:
    """Agents are called role_0, role_1 and so on; after a reset all of them play."""
    env = make_env()
    counts: dict[str, int] = {}
    for agent in env.possible_agents:
        match = re.fullmatch(r"([a-z][a-z_]*?)_(\d+)", str(agent))
        require(match, f"{agent!r} is no such name.")
        role, number = match.groups() if match else ("", "")
        require(int(number) == counts.get(role, 0), f"{agent!r} is out of order in {env.possible_agents}.")
        counts[role] = int(number) + 1
    env.reset(seed=0)
    require(env.agents == env.possible_agents, f"After a reset agents are {env.agents}.")


def spaces_have_tables(make_env: MakeEnv) -> None:
    """observation_spaces and action_spaces hold, by agent, what the methods of that name return."""
    env = make_env()
    for kind in ("observation", "action"):
        table, method = getattr(env, f"{kind}_spaces", None), getattr(env, f"{kind}_space")
        require(isinstance(table, dict), f"{kind}_spaces is {type(table).__name__}, not a dict.")
        for agent in env.possible_agents:
            require(table and table.get(agent) is method(agent), f"{kind}_spaces lacks the space of {agent}.")


def observations_have_their_type(make_env: MakeEnv) -> None:
    """Every observation is an array of its space's very type."""
    env = make_env()
    for render_state in episodes(env):
        for agent, observation in render_state.observations.items():
            _require_inside(env.observation_space(agent), observation, agent)


def flags_and_rewards_are_python(make_env: MakeEnv) -> None:
    """Termination and truncation flags are Python bools, rewards finite Python floats or integers."""
    for render_state in episodes(make_env()):
        for flag in (*render_state.terminations.values(), *render_state.truncations.values()):
            require(type(flag) is bool, f"A flag is {flag!r}, a {type(flag).__name__}.")
        for reward in render_state.rewards.values():
            require(type(reward) in (float, int), f"A reward is {reward!r}, a {type(reward).__name__}.")
            require(np.isfinite(reward), f"A reward is {reward}.")


def agents_end_together(make_env: MakeEnv) -> None:
    """All agents end on one step and for one reason, and then no agents are left."""
    env = make_env()
    for render_state in episodes(env):
        ends = {(t, render_state.truncations[agent]) for agent, t in render_state.terminations.items()}
        require(len(ends) < 2, f"Agents have different flags: {render_state.terminations}, {render_state.truncations}.")
        over = any(any(end) for end in ends)
        left = [] if over else env.possible_agents
        require(env.agents == left, f"Agents are {env.agents} where they should be {left}.")


def returns_may_be_emptied(make_env: MakeEnv) -> None:
    """What is returned is new at every step, infos too: callers may change or empty it."""
    untouched, env = record(make_env(), 1), make_env()
    spoiled = []
    for render_state in play(env, 1, after=_spoil):
        spoiled.append(deepcopy(render_state))
    require(same(*map(listed, (untouched, spoiled))), "Emptying what was returned changed the episode.")
    kept = list(play(make_env(), 1))
    require(same(*map(listed, (untouched, kept))), "A later step changed what an earlier one returned.")


def pickling_keeps_everything(make_env: MakeEnv) -> None:
    """A pickled environment comes back with all its arguments: spaces, render mode, metadata, and play."""
    env = make_env()
    copy = pickle.loads(pickle.dumps(env))
    for name in ("possible_agents", "render_mode", "metadata"):
        before, after = getattr(env, name, None), getattr(copy, name, None)
        require(before == after, f"{name} was {before} and is {after}.")
    for agent in env.possible_agents:
        for kind in ("observation_space", "action_space"):
            before, after = getattr(env, kind)(agent), getattr(copy, kind)(agent)
            require(before == after, f"{kind}({agent!r}) was {before} and is {after}.")
    a, b = listed(record(env, 11)), listed(record(copy, 11))
    require(same(a, b), "It plays a different episode.")


def state_is_float32(make_env: MakeEnv) -> None:
    """state() is a new float32 array in state_space at every step."""
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


def steps_need_a_reset(make_env: MakeEnv) -> None:
    """A step before the first reset raises, and says so."""
    env = make_env()
    choices = Chooser(env).choose(env.possible_agents, {})
    require(_raises(env, choices), "A step before the first reset was played.")


def bad_choices_cost_nothing(make_env: MakeEnv) -> None:
    """A missing or unknown agent, or a choice outside the action space, raises and leaves the episode as it was."""
    env = make_env()
    undisturbed = record(env, 2)
    for name in ("a missing agent", "an unknown agent", "a choice outside the space", "NaN"):
        disturbed = []
        for render_state in play(env, 2):
            disturbed.append(deepcopy(render_state))
            choices = Chooser(env).choose(list(env.agents), render_state.infos)
            if choices:
                require(_raises(env, _worse(env, choices, name)), f"A step with {name} was played.")
        require(same(*map(listed, (undisturbed, disturbed))), f"A step with {name} changed the episode.")


HOUSE_CHECKS: dict[str, Callable[[MakeEnv], None]] = {
    rule.__name__: rule
    for rule in (
        agents_have_roles,
        spaces_have_tables,
        observations_have_their_type,
        flags_and_rewards_are_python,
        agents_end_together,
        returns_may_be_emptied,
        pickling_keeps_everything,
        state_is_float32,
        steps_need_a_reset,
        bad_choices_cost_nothing,
    )
}
"""What a game of this house keeps besides."""


def _spoil(render_state: RenderState) -> None:
    for returned in vars(render_state).values():
        for value in returned.values():
            for part in (*value.values(), value) if isinstance(value, dict) else (value,):
                if isinstance(part, np.ndarray) and part.flags.writeable:
                    part.fill(1)
            if isinstance(value, dict):
                value.clear()
        returned.clear()
        returned["__all__"] = True


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


def _worse(env: Any, choices: dict[str, Any], name: str) -> dict[str, Any]:
    agent, *_ = choices
    match name:
        case "a missing agent":
            return {other: choice for other, choice in choices.items() if other != agent}
        case "an unknown agent":
            return {**choices, "nobody_0": choices[agent]}
        case "a choice outside the space":
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
