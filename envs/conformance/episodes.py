"""Whole random episodes of a parallel environment, kept step by step."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces

from ..adapters.actions import ActionAndMessage
from .rules import Unmet

EPISODES = 12
"""How many episodes a check plays where one is not enough."""
LONGEST = 10_000
"""After so many steps an episode counts as endless."""


@dataclass(frozen=True)
class RenderState:
    """What the environment returned: the very objects. After a reset, rewards and flags are empty."""

    observations: dict[Any, Any]
    rewards: dict[Any, Any]
    terminations: dict[Any, Any]
    truncations: dict[Any, Any]
    infos: dict[Any, Any]


class Chooser:
    """Random choices of all agents: a stream of its own, which leaves the environment's spaces alone.

    Args:
        env: whose agents choose.
        seed: of the choices.
        inactive: choose nothing but the first element, or zeros, where that is legal.
    """

    def __init__(self, env: Any, seed: int = 0, inactive: bool = False) -> None:
        self._idle = inactive
        self._spaces = {agent: deepcopy(env.action_space(agent)) for agent in env.possible_agents}
        for i, space in enumerate(self._spaces.values()):
            space.seed(seed * 1000 + i)

    def choose(self, agents: list[Any], infos: dict[Any, Any]) -> dict[Any, Any]:
        """One choice an agent, legal where ``infos`` say what is."""
        return {agent: self._choice(agent, infos.get(agent, {}).get("action_mask")) for agent in agents}

    def _choice(self, agent: Any, mask: Any) -> Any:
        space = self._spaces[agent]
        if self._idle and (mask is None or (isinstance(mask, np.ndarray) and mask[0])):
            return _nothing(space)
        if isinstance(mask, np.ndarray) and isinstance(space, spaces.Discrete | ActionAndMessage):
            return space.sample(mask.astype(np.int8))
        return space.sample(mask) if isinstance(mask, tuple) else space.sample()


def _nothing(space: spaces.Space[Any]) -> Any:
    match space:
        case spaces.Discrete():
            return int(space.start)
        case spaces.MultiDiscrete():
            return space.start.copy()
        case spaces.Box():
            return np.clip(np.zeros_like(space.low), space.low, space.high)
        case _:
            return space.sample()


def play(
    env: Any,
    seed: int | None = None,
    chooser: Chooser | None = None,
    after: Callable[[RenderState], None] = lambda render_state: None,
) -> Iterator[RenderState]:
    """Reset, and play one episode to its end.

    Args:
        env: the environment.
        seed: for the reset.
        chooser: chooses; by default always the same way.
        after: called with what was yielded, before the next step: may spoil it.
    """
    chooser = chooser or Chooser(env)
    observations, infos = env.reset(seed=seed)
    render_state = RenderState(observations, {}, {}, {}, infos)
    for _ in range(LONGEST):
        over = {agent: end or render_state.truncations[agent] for agent, end in render_state.terminations.items()}
        left = [agent for agent in env.agents if not over.get(agent)]
        choices = chooser.choose(left, render_state.infos)
        yield render_state
        after(render_state)
        if not choices:
            return
        render_state = RenderState(*env.step(choices))
    raise Unmet(f"An episode goes on after {LONGEST} steps.")


def episodes(env: Any) -> Iterator[RenderState]:
    """The moments of several episodes, each with choices of its own."""
    for episode in range(EPISODES):
        yield from play(env, episode, Chooser(env, episode))


def listed(render_states: list[RenderState]) -> list[dict[str, Any]]:
    """Moments as dictionaries, to be compared."""
    return [vars(render_state) for render_state in render_states]


def record(env: Any, seed: int | None = None, choices: int = 0) -> list[RenderState]:
    """Copies of all moments of one episode."""
    return [deepcopy(render_state) for render_state in play(env, seed, Chooser(env, choices))]


def is_random(make_env: Callable[[], Any]) -> bool:
    """Whether seeds matter: if not, episodes cannot be told apart."""
    env = make_env()
    first = fingerprint(env, 0)
    return any(fingerprint(env, seed) != first for seed in range(1, 9))


def fingerprint(env: Any, seed: int | None = None) -> bytes:
    """Bytes that differ where episodes differ."""
    return repr(_plain(record(env, seed))).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, RenderState):
        return _plain(vars(value))
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
