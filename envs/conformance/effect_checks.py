"""Checks that nothing but seeds and actions changes an episode, one function per rule."""

import warnings
from contextlib import suppress
from copy import deepcopy
from itertools import islice, zip_longest
from typing import Any

from .episodes import ActionSampler, EnvStep, begun, copies, play, record, require_equal, rest
from .rules import MakeEnv, require, same

LOOKS = 100
"""The number of steps of an episode after which a check draws it."""


def environments_do_not_interact(make_env: MakeEnv) -> None:
    """Playing another environment must not change the episodes of this one."""
    env, other = make_env(), make_env()
    alone = [*record(env, 5), *record(env)]
    together: list[EnvStep] = []
    for seed in (5, None):
        for step, _ in zip_longest(play(env, seed), play(other, seed and 6)):
            if step is not None:
                together += copies([step])
        record(other)
    require_equal(alone, together, "Playing another environment changed the episode.")


def abandoned_episodes_leave_nothing(make_env: MakeEnv) -> None:
    """After an episode is abandoned, a reset with a seed must begin the same episode as in a new environment."""
    env = make_env()
    for inactive in (True, False):
        fresh = record(make_env(), 4, inactive=inactive)
        for steps in sorted({0, 1, 2, len(fresh) // 2}):
            list(islice(play(env, 20 + steps, ActionSampler(env, inactive=True)), steps + 1))
            found = record(env, 4, inactive=inactive)
            require_equal(fresh, found, f"After {steps} steps of another episode, the episode is different.")


def empty_options_change_nothing(make_env: MakeEnv) -> None:
    """A reset must accept options, and empty ones must not change the episode of a seed."""
    plain, env = record(make_env(), 6), make_env()
    require_equal(plain, copies(play(env, 6, options={})), "With options={}, the episode is different.")
    require_equal(plain, copies(play(env, 6, options=None)), "With options=None, the episode is different.")
    env.reset(seed=None, options=None)


def actions_are_left_unchanged(make_env: MakeEnv) -> None:
    """No step may change the dict of actions that it is given, or the actions in it."""
    env = _Watched(make_env())
    for episode in range(3):
        for _ in play(env, episode):
            pass
    for given, before in env.given:
        require(same(given, before), f"The actions were {before} and are {given}.")


def rendering_changes_nothing(make_env: MakeEnv) -> None:
    """render() must not change the episode, or later ones."""
    _require_no_effect(make_env, _render, "render()")


def state_changes_nothing(make_env: MakeEnv) -> None:
    """state() must not change the episode, or later ones."""
    _require_no_effect(make_env, _read_state, "state()")


def copies_are_independent(make_env: MakeEnv) -> None:
    """If an environment can be copied by deepcopy, playing the copy must not change the original."""
    env, step, sampler = begun(make_env)
    try:
        copy = deepcopy(env)
    except Exception:
        return
    for _ in range(2):
        record(copy)
    require_equal(rest(*begun(make_env)), rest(env, step, sampler), "Playing a copy changed the original.")


class _Watched:
    """An environment that keeps the actions it is given, and copies of them."""

    def __init__(self, env: Any) -> None:
        self._env = env
        self.given: list[tuple[Any, Any]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._env, name)

    def step(self, actions: Any) -> Any:
        self.given.append((actions, deepcopy(actions)))
        return self._env.step(actions)


def _require_no_effect(make_env: MakeEnv, look: Any, name: str) -> None:
    undisturbed, disturbed = make_env(), make_env()
    for seed in (12, None):
        looked = []
        for k, step in enumerate(play(disturbed, seed)):
            looked += copies([step])
            if k < LOOKS and disturbed.agents:
                look(disturbed)
        with suppress(Exception):  # after the end there may be nothing left to see
            look(disturbed)
        require_equal(record(undisturbed, seed), looked, f"Calling {name} at every step changed the episode.")


def _render(env: Any) -> None:
    """Draw, except in a window. Without a render mode, an environment may refuse."""
    mode = getattr(env, "render_mode", None)
    if mode == "human":
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            env.render()
        except Exception:
            if mode is not None:
                raise


def _read_state(env: Any) -> None:
    """Read the state, if there is one."""
    with suppress(NotImplementedError):
        getattr(env, "state", lambda: None)()
