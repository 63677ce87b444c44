"""Checks of any parallel environment, one function per rule. The name of the function is the name of the rule."""

from collections.abc import Callable
from numbers import Real

import numpy as np

from .episodes import EPISODES, ActionSampler, episodes, fingerprint, is_random, play, record, to_dicts
from .rules import MakeEnv, check_maker, check_parallel, require, run, same
from .strict_checks import STRICT_CHECKS


def check(make_env: MakeEnv, time_limit: int | None = None, strict: bool = False) -> None:
    """Run every check on a PettingZoo parallel environment.

    Args:
        make_env: A function that returns a new environment without seeding it. It is called many times.
        time_limit: The number of steps after which the environment truncates; None if it never truncates.
        strict: Whether to run ``STRICT_CHECKS`` as well, which the games of this package pass.

    Raises:
        ConformanceError: If a rule is violated. The message names the first such rule.
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
        require(set(env.agents) <= set(known), f"Agents are {env.agents}, and possible_agents are {known}.")


def spaces_are_kept(make_env: MakeEnv) -> None:
    """observation_space(agent) always returns the same object, and so does action_space(agent)."""
    env = make_env()
    for kind in ("observation_space", "action_space"):
        method = getattr(env, kind)
        for agent in env.possible_agents:
            require(method(agent) is method(agent), f"{kind}({agent!r}) returns a new object.")


def observations_lie_in_spaces(make_env: MakeEnv) -> None:
    """Every observation, including the last one, lies in its space."""
    env = make_env()
    for step in episodes(env):
        for agent, observation in step.observations.items():
            space = env.observation_space(agent)
            require(space.contains(observation), f"{agent} sees {observation!r}, outside {space}.")


def flags_and_rewards_are_scalars(make_env: MakeEnv) -> None:
    """Termination and truncation flags are bools, and rewards are finite numbers. NumPy scalars are allowed."""
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


def later_steps_change_no_returns(make_env: MakeEnv) -> None:
    """A later step does not change the observations, rewards and flags that an earlier step returned."""
    untouched, kept = record(make_env(), 1), list(play(make_env(), 1))
    for before, after in zip(to_dicts(untouched), to_dicts(kept), strict=True):
        for name in before.keys() - {"infos"}:
            require(same(before[name], after[name]), f"A later step changed the {name} of an earlier step.")


def time_limit_is_truncation(make_env: MakeEnv, time_limit: int) -> None:
    """An episode that reaches the time limit is truncated, not terminated, and no episode is longer."""
    env, truncated = make_env(), False
    for episode in range(2 * EPISODES):
        steps = list(play(env, episode, ActionSampler(env, episode, inactive=episode % 2 == 0)))
        last = steps[-1]
        length = len(steps) - 1
        require(length <= time_limit, f"An episode has {length} steps, and the limit is {time_limit}.")
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
    first = [to_dicts(record(env, seed)) for seed in seeds]
    record(env, 8)
    env.reset()
    again = [to_dicts(record(env, seed)) for seed in seeds]
    for episode, (a, b) in enumerate(zip(first, again, strict=True)):
        require(same(a, b), f"Episode {episode} differs.")


def equal_seeds_give_equal_episodes(make_env: MakeEnv) -> None:
    """Two environments with the same seed play the same episodes, including later ones without a seed."""
    one, two = make_env(), make_env()
    for episode in range(EPISODES):
        seed = 3 if episode == 0 else None
        a, b = to_dicts(record(one, seed, episode)), to_dicts(record(two, seed, episode))
        require(same(a, b), f"Episode {episode} differs.")


def resets_begin_new_episodes(make_env: MakeEnv) -> None:
    """A reset without a seed begins a new episode instead of repeating the last one."""
    if not is_random(make_env):
        return
    env = make_env()
    prints = {fingerprint(env, 5), *(fingerprint(env) for _ in range(EPISODES))}
    require(len(prints) > 1, f"{EPISODES} resets without a seed repeat the episode.")


def unseeded_environments_differ(make_env: MakeEnv) -> None:
    """Two unseeded environments play different episodes, whatever the state of NumPy's global random generator."""
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


def masks_allow_an_action(make_env: MakeEnv) -> None:
    """An action_mask in infos is int8, of zeros and ones but not only zeros, and equals that in the observation."""
    for step in episodes(make_env()):
        for agent, info in step.infos.items():
            mask, seen = info.get("action_mask"), step.observations.get(agent)
            for part in mask if isinstance(mask, tuple) else () if mask is None else (mask,):
                require(isinstance(part, np.ndarray) and part.dtype == np.int8, f"The mask of {agent} is {part!r}.")
                require(set(part.tolist()) <= {0, 1} and part.any(), f"The mask of {agent} is {part}.")
            if isinstance(seen, dict) and "action_mask" in seen and mask is not None:
                require(
                    same(seen["action_mask"], mask), f"{agent} observes {seen['action_mask']}, and its info has {mask}."
                )


CHECKS: dict[str, Callable[[MakeEnv], None]] = {
    rule.__name__: rule
    for rule in (
        agents_are_known,
        spaces_are_kept,
        observations_lie_in_spaces,
        flags_and_rewards_are_scalars,
        ended_agents_leave,
        seeds_repeat_episodes,
        equal_seeds_give_equal_episodes,
        later_steps_change_no_returns,
        resets_begin_new_episodes,
        unseeded_environments_differ,
        masks_allow_an_action,
    )
}
"""The rules that every valid parallel environment follows."""
