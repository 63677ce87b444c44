"""Random episodes of a parallel environment, recorded step by step."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces

from ..adapters.actions import ActionAndMessage
from .rules import RequirementError

EPISODES = 12
"""The number of episodes that a check plays if one is not enough."""
MAX_STEPS = 10_000
"""The number of steps after which an episode counts as endless."""


@dataclass(frozen=True)
class EnvStep:
    """The objects that an environment returned from a step. After a reset, rewards and flags are empty."""

    observations: dict[Any, Any]
    rewards: dict[Any, Any]
    terminations: dict[Any, Any]
    truncations: dict[Any, Any]
    infos: dict[Any, Any]


class ActionSampler:
    """Samples random actions for all agents from copies of their action spaces.

    Args:
        env: The environment.
        seed: Seed of the actions.
        inactive: Whether to always choose the first element of the space, or zeros, if that is legal.
    """

    def __init__(self, env: Any, seed: int = 0, inactive: bool = False) -> None:
        self._inactive = inactive
        self._spaces = {agent: deepcopy(env.action_space(agent)) for agent in env.possible_agents}
        for i, space in enumerate(self._spaces.values()):
            space.seed(seed * 1000 + i)

    def choose(self, agents: list[Any], infos: dict[Any, Any]) -> dict[Any, Any]:
        """One action per agent, which is legal if ``infos`` contain an action mask."""
        return {agent: self._choice(agent, infos.get(agent, {}).get("action_mask")) for agent in agents}

    def _choice(self, agent: Any, mask: Any) -> Any:
        space = self._spaces[agent]
        if self._inactive and (mask is None or (isinstance(mask, np.ndarray) and mask[0])):
            return _first_action(space)
        if isinstance(mask, np.ndarray) and isinstance(space, spaces.Discrete | ActionAndMessage):
            return space.sample(mask.astype(np.int8))
        return space.sample(mask) if isinstance(mask, tuple) else space.sample()


def _first_action(space: spaces.Space[Any]) -> Any:
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
    sampler: ActionSampler | None = None,
    after: Callable[[EnvStep], None] = lambda step: None,
) -> Iterator[EnvStep]:
    """Reset the environment and play one episode to its end.

    Args:
        env: The environment.
        seed: Seed of the reset.
        sampler: The sampler of actions. Defaults to one with seed 0.
        after: A function that is called with each yielded step before the next one is played. It may modify the step.
    """
    sampler = sampler or ActionSampler(env)
    observations, infos = env.reset(seed=seed)
    step = EnvStep(observations, {}, {}, {}, infos)
    for _ in range(MAX_STEPS):
        over = {agent: end or step.truncations[agent] for agent, end in step.terminations.items()}
        left = [agent for agent in env.agents if not over.get(agent)]
        choices = sampler.choose(left, step.infos)
        yield step
        after(step)
        if not choices:
            return
        step = EnvStep(*env.step(choices))
    raise RequirementError(f"An episode has not ended after {MAX_STEPS} steps.")


def episodes(env: Any) -> Iterator[EnvStep]:
    """The steps of several episodes, each with different random actions."""
    for episode in range(EPISODES):
        yield from play(env, episode, ActionSampler(env, episode))


def to_dicts(steps: list[EnvStep]) -> list[dict[str, Any]]:
    """Convert steps to dictionaries, for comparison."""
    return [vars(step) for step in steps]


def record(env: Any, seed: int | None = None, choices: int = 0) -> list[EnvStep]:
    """Play one episode and return copies of all its steps."""
    return [deepcopy(step) for step in play(env, seed, ActionSampler(env, choices))]


def is_random(make_env: Callable[[], Any]) -> bool:
    """Whether episodes depend on the seed. If not, all of them are equal."""
    env = make_env()
    first = fingerprint(env, 0)
    return any(fingerprint(env, seed) != first for seed in range(1, 9))


def fingerprint(env: Any, seed: int | None = None) -> bytes:
    """Bytes that differ if episodes differ."""
    return repr(_plain(record(env, seed))).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, EnvStep):
        return _plain(vars(value))
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
