"""Checks of any parallel environment, one function per rule. The name of the function is the name of the rule."""

from collections.abc import Callable
from numbers import Real

import numpy as np

from .agent_checks import (
    agents_are_known,
    agents_stay_until_they_end,
    ended_agents_leave,
    ended_agents_never_return,
    ended_environments_can_be_reset,
    episodes_play_to_their_end,
    observations_lie_in_spaces,
    playing_agents_are_in_every_dict,
    possible_agents_never_change,
    spaces_are_kept,
)
from .effect_checks import (
    abandoned_episodes_leave_nothing,
    actions_are_left_unchanged,
    copies_are_independent,
    empty_options_change_nothing,
    environments_do_not_interact,
    rendering_changes_nothing,
    state_changes_nothing,
)
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


def flags_and_rewards_are_scalars(make_env: MakeEnv) -> None:
    """Termination and truncation flags are bools, and rewards are finite numbers. NumPy scalars are allowed."""
    for step in episodes(make_env()):
        for flag in (*step.terminations.values(), *step.truncations.values()):
            require(isinstance(flag, bool | np.bool_), f"A flag is {flag!r}, a {type(flag).__name__}.")
        for reward in step.rewards.values():
            require(isinstance(reward, Real | np.number), f"A reward is {reward!r}, a {type(reward).__name__}.")
            require(np.isfinite(reward), f"A reward is {reward}.")


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
            require(not (cut and last.terminations.get(agent)), f"{agent} is both truncated and terminated.")
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
    record(env, 5)
    first = fingerprint(env)
    differs = any(fingerprint(env) != first for _ in range(EPISODES - 1))
    require(differs, f"{EPISODES} resets without a seed repeat the episode.")


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
    env = make_env()
    for step in episodes(env):
        for agent in step.infos.keys() & set(env.possible_agents):
            mask, seen = step.infos[agent].get("action_mask"), step.observations.get(agent)
            for part in mask if isinstance(mask, tuple) else () if mask is None else (mask,):
                valid = isinstance(part, np.ndarray) and part.dtype == np.int8
                if not (valid and set(part.tolist()) <= {0, 1} and part.any()):
                    require(False, f"The mask of {agent} is {part!r}.")
            observed = seen.get("action_mask") if isinstance(seen, dict) else None
            if observed is not None and mask is not None and not same(observed, mask):
                require(False, f"{agent} observes {observed}, and its info has {mask}.")


CHECKS: dict[str, Callable[[MakeEnv], None]] = {
    rule.__name__: rule
    for rule in (
        episodes_play_to_their_end,
        possible_agents_never_change,
        ended_environments_can_be_reset,
        agents_are_known,
        playing_agents_are_in_every_dict,
        spaces_are_kept,
        observations_lie_in_spaces,
        flags_and_rewards_are_scalars,
        ended_agents_leave,
        ended_agents_never_return,
        agents_stay_until_they_end,
        seeds_repeat_episodes,
        environments_do_not_interact,
        equal_seeds_give_equal_episodes,
        later_steps_change_no_returns,
        resets_begin_new_episodes,
        unseeded_environments_differ,
        masks_allow_an_action,
        abandoned_episodes_leave_nothing,
        empty_options_change_nothing,
        actions_are_left_unchanged,
        rendering_changes_nothing,
        state_changes_nothing,
        copies_are_independent,
    )
}
"""The rules that every valid parallel environment follows."""
