"""The checks of a parallel environment, one a rule. The name of a check is the name of its rule."""

import pickle
import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
from gymnasium import spaces

from .episodes import Chooser, Moment, fingerprint, is_random, play, record
from .rules import check_maker, require, run, same

MakeEnv = Callable[[], Any]
EPISODES = 12
"""How many episodes a check plays where one is not enough."""


def check(make_env: MakeEnv, time_limit: int | None = None) -> None:
    """Run every check on a PettingZoo parallel environment.

    Args:
        make_env: makes a new environment, without a seed; it is called many times.
        time_limit: after how many steps the environment truncates; None if it never truncates.

    Raises:
        Broken: naming the first rule that is broken.
        ValueError: if ``make_env`` is nothing to call, or needs arguments.
    """
    check_maker(make_env, "Give a function: lambda: my_parallel_env().")
    for rule in CHECKS.values():
        run(rule, make_env)
    if time_limit is not None:
        run(time_limit_is_truncation, make_env, time_limit)


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


def spaces_are_kept(make_env: MakeEnv) -> None:
    """Spaces are made once: observation_space(agent) and observation_spaces[agent] are one object, so for actions."""
    env = make_env()
    for kind in ("observation", "action"):
        table, method = getattr(env, f"{kind}_spaces", None), getattr(env, f"{kind}_space")
        require(isinstance(table, dict), f"{kind}_spaces is {type(table).__name__}, not a dict.")
        for agent in env.possible_agents:
            require(method(agent) is method(agent), f"{kind}_space({agent!r}) is made anew.")
            require(table and table.get(agent) is method(agent), f"{kind}_spaces lacks the space of {agent}.")


def observations_lie_in_spaces(make_env: MakeEnv) -> None:
    """Every observation, the last one too, lies in its space and has its type."""
    env = make_env()
    for moment in _episodes(env):
        for agent, observation in moment.observations.items():
            _require_inside(env.observation_space(agent), observation, agent)


def flags_and_rewards_are_python(make_env: MakeEnv) -> None:
    """Termination and truncation flags are Python bools, rewards finite Python floats or integers."""
    for moment in _episodes(make_env()):
        for flag in (*moment.terminations.values(), *moment.truncations.values()):
            require(type(flag) is bool, f"A flag is {flag!r}, a {type(flag).__name__}.")
        for reward in moment.rewards.values():
            require(type(reward) in (float, int), f"A reward is {reward!r}, a {type(reward).__name__}.")
            require(np.isfinite(reward), f"A reward is {reward}.")


def returns_are_fresh(make_env: MakeEnv) -> None:
    """What is returned is new at every step: callers may change or empty it, and later steps leave it alone."""
    untouched, env = record(make_env(), 1), make_env()
    spoiled = []
    for moment in play(env, 1, after=_spoil):
        spoiled.append(deepcopy(moment))
    require(same(*map(_listed, (untouched, spoiled))), "Emptying what was returned changed the episode.")
    kept = list(play(make_env(), 1))
    require(same(*map(_listed, (untouched, kept))), "A later step changed what an earlier one returned.")


def agents_end_together(make_env: MakeEnv) -> None:
    """All agents end on one step and for one reason, and then no agents are left."""
    env = make_env()
    for moment in _episodes(env):
        ends = {(t, moment.truncations[agent]) for agent, t in moment.terminations.items()}
        require(len(ends) < 2, f"Agents have different flags: {moment.terminations}, {moment.truncations}.")
        over = any(any(end) for end in ends)
        left = [] if over else env.possible_agents
        require(env.agents == left, f"Agents are {env.agents} where they should be {left}.")


def time_limit_is_truncation(make_env: MakeEnv, time_limit: int) -> None:
    """An episode that time ends is truncated, not terminated, and none is longer than the limit."""
    env, truncated = make_env(), False
    for episode in range(2 * EPISODES):
        moments = list(play(env, episode, Chooser(env, episode, idle=episode % 2 == 0)))
        last = moments[-1]
        length = len(moments) - 1
        require(length <= time_limit, f"An episode of {length} steps, where the limit is {time_limit}.")
        for agent, cut in last.truncations.items():
            require(not (cut and last.terminations[agent]), f"{agent} is truncated and terminated at once.")
            require(not cut or length == time_limit, f"{agent} is truncated after {length} of {time_limit} steps.")
            truncated |= cut
    detail = f"None of {2 * EPISODES} random and idle episodes was truncated."
    require(truncated, f"{detail} Give time_limit only if the environment truncates.")


def seeds_repeat_episodes(make_env: MakeEnv) -> None:
    """One object reset twice with one seed plays the same episodes, whatever was played in between."""
    env = make_env()
    seeds = [7] + [None] * EPISODES
    first = [_listed(record(env, seed)) for seed in seeds]
    record(env, 8)
    env.reset()
    again = [_listed(record(env, seed)) for seed in seeds]
    for episode, (a, b) in enumerate(zip(first, again, strict=True)):
        require(same(a, b), f"Episode {episode} differs.")


def seeds_fix_objects(make_env: MakeEnv) -> None:
    """Two objects with one seed play the same whole episodes, also those that follow without a seed."""
    one, two = make_env(), make_env()
    for episode in range(EPISODES):
        seed = 3 if episode == 0 else None
        a, b = _listed(record(one, seed, episode)), _listed(record(two, seed, episode))
        require(same(a, b), f"Episode {episode} differs.")


def resets_go_on(make_env: MakeEnv) -> None:
    """A reset without a seed goes on to another episode; it does not repeat the last one."""
    if not is_random(make_env):
        return
    env = make_env()
    prints = {fingerprint(env, 5), *(fingerprint(env) for _ in range(EPISODES))}
    require(len(prints) > 1, f"{EPISODES} resets without a seed repeat the episode.")


def objects_differ(make_env: MakeEnv) -> None:
    """Two objects that nobody seeded play different episodes, whatever the state of NumPy's global generator."""
    if not is_random(make_env):
        return
    before = np.random.get_state()  # noqa: NPY002
    prints = []
    for _ in range(2):
        np.random.seed(0)  # noqa: NPY002
        env = make_env()
        prints.append([fingerprint(env) for _ in range(EPISODES)])
    np.random.set_state(before)  # noqa: NPY002
    require(prints[0] != prints[1], f"{EPISODES} episodes are the same. What makes the environment must not seed it.")


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
    a, b = _listed(record(env, 11)), _listed(record(copy, 11))
    require(same(a, b), "It plays a different episode.")


def state_is_float32(make_env: MakeEnv) -> None:
    """state() is a new float32 array in state_space at every step."""
    env = make_env()
    space = getattr(env, "state_space", None)
    require(isinstance(space, spaces.Box) and space.dtype == np.float32, f"state_space is {space}.")
    states, copies = [], []
    for _ in _episodes(env):
        state = env.state()
        _require_inside(space, state, "state()")
        states.append(state)
        copies.append(state.copy())
    require(all(map(same, states, copies)), "A later step changed an earlier state.")


def masks_leave_a_choice(make_env: MakeEnv) -> None:
    """Where infos have an action_mask, it is int8, of zeros and ones, not all zero; an observation has the same."""
    for moment in _episodes(make_env()):
        for agent, info in moment.infos.items():
            mask, seen = info.get("action_mask"), moment.observations[agent]
            for part in mask if isinstance(mask, tuple) else () if mask is None else (mask,):
                require(isinstance(part, np.ndarray) and part.dtype == np.int8, f"The mask of {agent} is {part!r}.")
                require(set(part.tolist()) <= {0, 1} and part.any(), f"The mask of {agent} is {part}.")
            if isinstance(seen, dict) and "action_mask" in seen and mask is not None:
                require(same(seen["action_mask"], mask), f"{agent} sees {seen['action_mask']}, its info has {mask}.")


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
        for moment in play(env, 2):
            disturbed.append(deepcopy(moment))
            choices = Chooser(env).choose(list(env.agents), moment.infos)
            if choices:
                require(_raises(env, _worse(env, choices, name)), f"A step with {name} was played.")
        require(same(*map(_listed, (undisturbed, disturbed))), f"A step with {name} changed the episode.")


CHECKS: dict[str, Callable[[MakeEnv], None]] = {
    rule.__name__: rule
    for rule in (
        agents_have_roles,
        spaces_are_kept,
        observations_lie_in_spaces,
        flags_and_rewards_are_python,
        agents_end_together,
        seeds_repeat_episodes,
        seeds_fix_objects,
        returns_are_fresh,
        resets_go_on,
        objects_differ,
        pickling_keeps_everything,
        state_is_float32,
        masks_leave_a_choice,
        steps_need_a_reset,
        bad_choices_cost_nothing,
    )
}


def _episodes(env: Any) -> Any:
    for episode in range(EPISODES):
        yield from play(env, episode, Chooser(env, episode))


def _listed(moments: list[Moment]) -> list[dict[str, Any]]:
    return [vars(moment) for moment in moments]


def _spoil(moment: Moment) -> None:
    for returned in vars(moment).values():
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
