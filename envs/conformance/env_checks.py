"""Checks of any parallel environment, one function per rule. A rule is called by the name of its function."""

from collections.abc import Callable
from numbers import Real

import numpy as np

from .episodes import EPISODES, ActionSampler, episodes, fingerprint, is_random, listed, play, record
from .rules import MakeEnv, check_maker, check_parallel, require, run, same
from .strict_checks import STRICT_CHECKS


def check(make_env: MakeEnv, time_limit: int | None = None, strict: bool = False) -> None:
    """Run every check on a PettingZoo parallel environment.

    Args:
        make_env: Function that returns a new environment and does not seed it; it is called many times.
        time_limit: Number of steps after which the environment truncates; None if it never truncates.
        strict: Also check ``STRICT_CHECKS``, which the games of this package pass.

    Raises:
        ConformanceError: Naming the first violated rule.
        ValueError: If ``make_env`` is not callable, needs arguments, or does not return a parallel environment.
    """
    check_maker(make_env, "Pass a function: lambda: my_parallel_env().")
    check_parallel(make_env())
    for rule in (CHECKS | STRICT_CHECKS if strict else CHECKS).values():
        run(rule, make_env)
    if time_limit is not None:
        run(time_limit_is_truncation, make_env, time_limit)


def agents_are_known(make_env: MakeEnv) -> None:
    """Names of agents are unique, and every agent that plays is among possible_agents."""
    env = make_env()
    known = env.possible_agents
    require(len(set(known)) == len(known), f"possible_agents are {known}.")
    for _ in episodes(env):
        require(set(env.agents) <= set(known), f"Agents are {env.agents}, where {known} are possible.")


def spaces_are_kept(make_env: MakeEnv) -> None:
    """observation_space(agent) always returns the same object, and so does action_space(agent)."""
    env = make_env()
    for kind in ("observation_space", "action_space"):
        method = getattr(env, kind)
        for agent in env.possible_agents:
            require(method(agent) is method(agent), f"{kind}({agent!r}) returns a new object.")


def observations_lie_in_spaces(make_env: MakeEnv) -> None:
    """Every observation, the last one included, lies in its space."""
    env = make_env()
    for step in episodes(env):
        for agent, observation in step.observations.items():
            space = env.observation_space(agent)
            require(space.contains(observation), f"{agent} sees {observation!r}, outside {space}.")


def flags_and_rewards_are_scalars(make_env: MakeEnv) -> None:
    """Termination and truncation flags are bools, rewards finite numbers; NumPy scalars are allowed."""
    for step in episodes(make_env()):
        for flag in (*step.terminations.values(), *step.truncations.values()):
            require(isinstance(flag, bool | np.bool_), f"A flag is {flag!r}, a {type(flag).__name__}.")
        for reward in step.rewards.values():
            require(isinstance(reward, Real | np.number), f"A reward is {reward!r}, a {type(reward).__name__}.")
            require(np.isfinite(reward), f"A reward is {reward}.")


def ended_agents_leave(make_env: MakeEnv) -> None:
    """An agent that is terminated or truncated is no longer among the agents."""
    env = make_env()
    for step in episodes(env):
        over = {agent for agent, end in step.terminations.items() if end or step.truncations[agent]}
        stayed = sorted(map(str, over & set(env.agents)))
        require(not stayed, f"{stayed} ended, and are still among the agents.")


def returns_are_fresh(make_env: MakeEnv) -> None:
    """A later step does not change the observations, rewards and flags that an earlier one returned."""
    untouched, kept = record(make_env(), 1), list(play(make_env(), 1))
    for before, after in zip(listed(untouched), listed(kept), strict=True):
        for name in before.keys() - {"infos"}:
            require(same(before[name], after[name]), f"A later step changed {name} that an earlier one returned.")


def time_limit_is_truncation(make_env: MakeEnv, time_limit: int) -> None:
    """An episode that reaches the time limit is truncated, not terminated, and none is longer."""
    env, truncated = make_env(), False
    for episode in range(2 * EPISODES):
        steps = list(play(env, episode, ActionSampler(env, episode, inactive=episode % 2 == 0)))
        last = steps[-1]
        length = len(steps) - 1
        require(length <= time_limit, f"An episode of {length} steps, where the limit is {time_limit}.")
        for agent, cut in last.truncations.items():
            require(not (cut and last.terminations[agent]), f"{agent} is both truncated and terminated.")
            require(not cut or length == time_limit, f"{agent} is truncated after {length} of {time_limit} steps.")
            truncated |= cut
    detail = f"None of {2 * EPISODES} random and inactive episodes was truncated."
    require(truncated, f"{detail} Pass time_limit only if the environment truncates.")


def seeds_repeat_episodes(make_env: MakeEnv) -> None:
    """An environment reset twice with the same seed plays the same episodes, whatever was played in between."""
    env = make_env()
    seeds = [7] + [None] * EPISODES
    first = [listed(record(env, seed)) for seed in seeds]
    record(env, 8)
    env.reset()
    again = [listed(record(env, seed)) for seed in seeds]
    for episode, (a, b) in enumerate(zip(first, again, strict=True)):
        require(same(a, b), f"Episode {episode} differs.")


def seeds_fix_objects(make_env: MakeEnv) -> None:
    """Two environments with the same seed play the same episodes, including later ones without a seed."""
    one, two = make_env(), make_env()
    for episode in range(EPISODES):
        seed = 3 if episode == 0 else None
        a, b = listed(record(one, seed, episode)), listed(record(two, seed, episode))
        require(same(a, b), f"Episode {episode} differs.")


def resets_go_on(make_env: MakeEnv) -> None:
    """A reset without a seed begins a different episode; it does not repeat the last one."""
    if not is_random(make_env):
        return
    env = make_env()
    prints = {fingerprint(env, 5), *(fingerprint(env) for _ in range(EPISODES))}
    require(len(prints) > 1, f"{EPISODES} resets without a seed repeat the episode.")


def objects_differ(make_env: MakeEnv) -> None:
    """Two unseeded environments play different episodes, whatever the state of NumPy's global generator."""
    if not is_random(make_env):
        return
    before = np.random.get_state()  # noqa: NPY002
    prints = []
    for _ in range(2):
        np.random.seed(0)  # noqa: NPY002
        env = make_env()
        prints.append([fingerprint(env) for _ in range(EPISODES)])
    np.random.set_state(before)  # noqa: NPY002
    require(prints[0] != prints[1], f"{EPISODES} episodes are the same. make_env must not seed the environment.")


def masks_leave_a_choice(make_env: MakeEnv) -> None:
    """An action_mask in infos is int8, zeros and ones but not all zero, and equals the one in the observation."""
    for step in episodes(make_env()):
        for agent, info in step.infos.items():
            mask, seen = info.get("action_mask"), step.observations.get(agent)
            for part in mask if isinstance(mask, tuple) else () if mask is None else (mask,):
                require(isinstance(part, np.ndarray) and part.dtype == np.int8, f"The mask of {agent} is {part!r}.")
                require(set(part.tolist()) <= {0, 1} and part.any(), f"The mask of {agent} is {part}.")
            if isinstance(seen, dict) and "action_mask" in seen and mask is not None:
                require(same(seen["action_mask"], mask), f"{agent} sees {seen['action_mask']}, its info has {mask}.")


CHECKS: dict[str, Callable[[MakeEnv], None]] = {
    rule.__name__: rule
    for rule in (
        agents_are_known,
        spaces_are_kept,
        observations_lie_in_spaces,
        flags_and_rewards_are_scalars,
        ended_agents_leave,
        seeds_repeat_episodes,
        seeds_fix_objects,
        returns_are_fresh,
        resets_go_on,
        objects_differ,
        masks_leave_a_choice,
    )
}
"""Rules of every valid parallel environment."""
