"""The agents of parallel environments as a vectorized environment of stable-baselines3, all played by one policy."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv
from stable_baselines3.common.vec_env import VecEnv

from ...protocols.common.errors import invalid

Parallel = ParallelEnv[Any, Any, Any]


class Seats(VecEnv):
    """Parallel environments whose agents share one policy, as a ``VecEnv`` with one row per agent of each environment.

    Rows are ordered by environment, then by agent in the order of ``possible_agents``. Stable-baselines3's own
    algorithms ignore action masks: make games of this package with ``illegal="replace"``, the default. sb3-contrib's
    ``MaskablePPO`` reads ``action_masks()``. A policy without memory needs past steps in the observation: set
    ``history``.

    Args:
        env: A game of this package, or any parallel environment whose agents have equal spaces and begin and end
            together; or several such environments with the same agents and spaces, which play independently.
        seed: The seed of the first episode; environment k is seeded with ``seed`` + k. None draws it from the system's
            entropy. ``seed()``, which stable-baselines3 calls with an algorithm's seed, replaces it.

    Raises:
        ValueError: If agents have different spaces, or environments different agents; and during play, if some agents
            of an environment end before others.
    """

    def __init__(self, env: Parallel | Sequence[Parallel], seed: int | None = None) -> None:
        self.envs = list(env) if isinstance(env, Sequence) else [env]
        if not self.envs:
            raise invalid("Seats needs at least one environment", env, "Pass an environment, or a list of them.")
        self.seats = list(self.envs[0].possible_agents)
        self.render_mode = getattr(self.envs[0], "render_mode", None)
        shared = self._shared_spaces()
        super().__init__(len(self.envs) * len(self.seats), *shared)
        self._infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        self._chosen: Any = ()
        if seed is not None:
            self.seed(seed)

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Seed the next reset: environment k with ``seed`` + k, for all of its agents."""
        super().seed(seed)
        first = self._seeds[0]
        self._seeds = [None if first is None else first + row // len(self.seats) for row in range(self.num_envs)]
        return self._seeds

    def reset(self) -> Any:
        seen: list[Any] = []
        for place, env in enumerate(self.envs):
            row = place * len(self.seats)
            seen += self._begin(env, row, self._seeds[row], self._options[row])
        self._reset_seeds()
        self._reset_options()
        self.reset_infos = [dict(info) for info in self._infos]
        return self._stack(seen)

    def step_async(self, actions: np.ndarray) -> None:
        self._chosen = actions

    def step_wait(self) -> tuple[Any, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        seen: list[Any] = []
        paid = np.empty(self.num_envs, dtype=np.float32)
        over = np.empty(self.num_envs, dtype=bool)
        infos: list[dict[str, Any]] = []
        for place, env in enumerate(self.envs):
            rows = slice(place * len(self.seats), (place + 1) * len(self.seats))
            actions = dict(zip(self.seats, self._chosen[rows], strict=True))
            observations, rewards, terminated, truncated, news = env.step(actions)
            ended = not env.agents
            if not ended and len(env.agents) < len(self.seats):
                remedy = "Use a library that lets agents leave early, or a wrapper that keeps them to the end."
                raise invalid("Agents of one policy must end together", f"{env.agents} of {self.seats}", remedy)
            paid[rows] = [rewards[agent] for agent in self.seats]
            over[rows] = ended
            self._infos[rows] = [dict(news.get(agent, {})) for agent in self.seats]
            shown = [observations[agent] for agent in self.seats]
            infos += [dict(info) for info in self._infos[rows]]
            if ended:
                for info, agent, observation in zip(infos[rows], self.seats, shown, strict=True):
                    info["terminal_observation"] = observation
                    info["TimeLimit.truncated"] = bool(truncated[agent] and not terminated[agent])
                shown = self._begin(env, rows.start)
                self.reset_infos[rows] = [dict(info) for info in self._infos[rows]]
            seen += shown
        return self._stack(seen), paid, over, infos

    def action_masks(self) -> np.ndarray:
        """The legal actions of each row, ``[rows, entries]``, as sb3-contrib's ``MaskablePPO`` reads them.

        Raises:
            ValueError: If the environments have no ``action_mask`` in their infos.
        """
        masks = [info["action_mask"] for info in self._infos if "action_mask" in info]
        if len(masks) < self.num_envs:
            raise invalid("Action masks must be in the environment's infos", "none", 'Make games with mask="full".')
        return np.stack(masks).astype(bool)

    def close(self) -> None:
        for env in self.envs:
            env.close()  # type: ignore[no-untyped-call]

    def get_images(self) -> list[Any]:
        """One image per environment, which its agents share."""
        return [env.render() for env in self.envs]

    def render(self, mode: str | None = None) -> np.ndarray | None:
        """Images of all environments, tiled, if they render images; else each of them renders once."""
        if self.render_mode == "rgb_array":
            return super().render(mode)
        for env in self.envs:
            env.render()
        return None

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """The attribute of each row's environment, or this adapter's ``action_masks``.

        Raises:
            AttributeError: If an environment lacks it.
        """
        if attr_name == "action_masks":
            return [self.action_masks for _ in self._get_indices(indices)]
        return [getattr(env, attr_name) for env in self._environments(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        for env in self._environments(indices):
            setattr(env, attr_name, value)

    def env_method(self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any) -> list[Any]:
        if method_name == "action_masks":
            masks = self.action_masks()
            return [masks[row] for row in self._get_indices(indices)]
        return [getattr(env, method_name)(*method_args, **method_kwargs) for env in self._environments(indices)]

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        return [_is_wrapped(env, wrapper_class) for env in self._environments(indices)]

    def _shared_spaces(self) -> tuple[spaces.Space[Any], spaces.Space[Any]]:
        first = self.seats[0]
        shared = self.envs[0].observation_space(first), self.envs[0].action_space(first)
        for env in self.envs:
            if list(env.possible_agents) != self.seats:
                rule = "The environments of one policy must have the same agents"
                raise invalid(rule, [self.seats, list(env.possible_agents)], "Create them with the same function.")
            for agent in self.seats:
                own = env.observation_space(agent), env.action_space(agent)
                if own != shared:
                    remedy = "Use a library with one policy per agent, or pad the spaces with a wrapper."
                    rule = f"Agents of one policy must have equal spaces, and those of {agent} and {first} differ"
                    raise invalid(rule, own, remedy)
        return shared

    def _begin(self, env: Parallel, row: int, seed: int | None = None, options: Any = None) -> list[Any]:
        """Begin an episode; store the infos of its rows, and return their observations."""
        observations, infos = env.reset(seed=seed, options=options or None)
        self._infos[row : row + len(self.seats)] = [dict(infos.get(agent, {})) for agent in self.seats]
        return [observations[agent] for agent in self.seats]

    def _environments(self, indices: Any) -> Iterator[Parallel]:
        """The environment of each row."""
        return (self.envs[row // len(self.seats)] for row in self._get_indices(indices))

    def _stack(self, seen: list[Any]) -> Any:
        if isinstance(self.observation_space, spaces.Dict):
            return {key: np.stack([observation[key] for observation in seen]) for key in self.observation_space}
        return np.stack(seen)


def _is_wrapped(env: Any, wrapper_class: type) -> bool:
    while env is not None:
        if isinstance(env, wrapper_class):
            return True
        env = getattr(env, "__dict__", {}).get("env")
    return False
