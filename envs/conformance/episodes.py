"""Random episodes of a parallel environment, recorded step by step."""

from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Any

import numpy as np
from gymnasium import spaces

from ..adapters.actions import ActionAndMessage
from .rules import RequirementError, require, same

EPISODES = 12
"""The number of episodes that a check plays if one is not enough."""
MANY_STEPS = 1000
"""The number of steps that a check plays if faults may be rare. Each reset counts as a step."""
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
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Begin the actions of another seed."""
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
    **options: Any,
) -> Iterator[EnvStep]:
    """Reset the environment and play one episode to its end.

    Args:
        env: The environment.
        seed: Seed of the reset; None for a reset without a seed.
        sampler: The sampler of actions. Defaults to one with seed 0.
        after: A function that is called with each yielded step before the next one is played. It may modify the step.
        options: Further keyword arguments of the reset.
    """
    sampler = sampler or ActionSampler(env)
    observations, infos = env.reset(**options) if seed is None else env.reset(seed=seed, **options)
    yield from play_on(env, EnvStep(observations, {}, {}, {}, infos), sampler, after)


def play_on(
    env: Any, step: EnvStep, sampler: ActionSampler, after: Callable[[EnvStep], None] = lambda step: None
) -> Iterator[EnvStep]:
    """Play an episode from ``step``, the last one that the environment returned, to its end."""
    for _ in range(MAX_STEPS):
        ended = ended_agents(step)
        choices = sampler.choose([agent for agent in env.agents if agent not in ended], step.infos)
        yield step
        after(step)
        if not choices:
            return
        step = EnvStep(*env.step(choices))
    raise RequirementError(f"An episode has not ended after {MAX_STEPS} steps.")


def ended_agents(step: EnvStep) -> set[Any]:
    """The agents that are terminated or truncated."""
    return {agent for flags in (step.terminations, step.truncations) for agent, end in flags.items() if end}


def episodes(env: Any, count: int = EPISODES) -> Iterator[EnvStep]:
    """The steps of several episodes, each with different random actions."""
    sampler = ActionSampler(env)
    for episode in range(count):
        sampler.seed(episode)
        yield from play(env, episode, sampler)


def many_steps(env: Any) -> Iterator[EnvStep]:
    """At least ``MANY_STEPS`` steps, of random episodes and as many inactive ones, which are often longer."""
    samplers, played, episode = (ActionSampler(env), ActionSampler(env, inactive=True)), 0, 0
    while played < MANY_STEPS:
        for step in play(env, episode, samplers[episode % 2]):
            yield step
            played += 1
        episode += 1


def to_dicts(steps: list[EnvStep]) -> list[dict[str, Any]]:
    """Convert steps to dictionaries, for comparison."""
    return [vars(step) for step in steps]


def record(env: Any, seed: int | None = None, choices: int = 0, inactive: bool = False) -> list[EnvStep]:
    """Play one episode and return copies of all its steps."""
    return copies(play(env, seed, ActionSampler(env, choices, inactive)))


def copies(steps: Iterable[EnvStep]) -> list[EnvStep]:
    """Copies of all steps, each of which is made before the next step is played."""
    return [EnvStep(*map(_copy, vars(step).values())) for step in steps]


def begun(make_env: Callable[[], Any]) -> tuple[Any, EnvStep, ActionSampler]:
    """An environment in the middle of an episode, the last step and the sampler of its actions."""
    env = make_env()
    sampler = ActionSampler(env)
    *_, step = islice(play(env, 13, sampler), 2)
    return env, step, sampler


def rest(env: Any, step: EnvStep, sampler: ActionSampler) -> list[EnvStep]:
    """The rest of the episode, and another one."""
    return [*copies(play_on(env, step, sampler)), *record(env)]


def require_equal(expected: list[EnvStep], found: list[EnvStep], detail: str) -> None:
    """Raise ``RequirementError`` with this detail unless the steps are bitwise equal."""
    require(same(*map(to_dicts, (expected, found))), detail)


def is_random(make_env: Callable[[], Any]) -> bool:
    """Whether episodes depend on the seed. If not, all of them are equal."""
    env = make_env()
    first = fingerprint(env, 0)
    return any(fingerprint(env, seed) != first for seed in range(1, 9))


def fingerprint(env: Any, seed: int | None = None) -> bytes:
    """Bytes that differ if episodes differ."""
    digest = sha256()
    for step in play(env, seed):
        digest.update(repr(_plain(step)).encode())
    return digest.digest()


def _copy(value: Any) -> Any:
    """A deep copy; that of numbers, arrays and dicts of them is faster than ``deepcopy``."""
    if type(value) in (float, int, bool, str):
        return value
    if type(value) is np.ndarray and value.dtype != object:
        return value.copy()
    if type(value) is dict:
        return {key: _copy(item) for key, item in value.items()}
    return deepcopy(value)


def _plain(value: Any) -> Any:
    if isinstance(value, EnvStep):
        return _plain(vars(value))
    if isinstance(value, np.ndarray) and value.dtype != object:
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
