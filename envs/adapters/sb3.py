"""The seats of an environment as a vectorized environment of stable-baselines3, in which one policy plays all seats."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv
from stable_baselines3.common.vec_env import VecEnv

from ...protocols.common.errors import invalid


class Seats(VecEnv):
    """A parallel environment whose agents share one policy, as a ``VecEnv`` with one environment per seat.

    SB3 ignores action masks, so games of this package must be made with ``illegal="replace"``, the default. A policy
    without memory needs past steps in the observation: set ``history``.

    Args:
        env: A game of this package, or any parallel environment whose agents have equal spaces and begin and end
            together.
        seed: The seed of the first episode. If None, it is drawn from the system's entropy.

    Raises:
        ValueError: If the agents have different spaces, or, during play, if some agents end before others.
    """

    def __init__(self, env: ParallelEnv[Any, Any, Any], seed: int | None = None) -> None:
        self.env = env
        self.render_mode = getattr(env, "render_mode", None)
        first, *rest = env.possible_agents
        shared = env.observation_space(first), env.action_space(first)
        for agent in rest:
            own = env.observation_space(agent), env.action_space(agent)
            if own != shared:
                remedy = "Use a library with one policy per agent, or a wrapper that pads the spaces."
                rule = f"Agents of one policy must have equal spaces, and those of {agent} and {first} differ"
                raise invalid(rule, own, remedy)
        super().__init__(len(env.possible_agents), *shared)
        self._chosen: dict[str, Any] = {}
        self.env.reset(seed=seed)

    def reset(self) -> Any:
        return self._stack(self.env.reset()[0])

    def step_async(self, actions: np.ndarray) -> None:
        self._chosen = dict(zip(self.env.possible_agents, actions, strict=True))

    def step_wait(self) -> tuple[Any, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        observations, rewards, terminated, truncated, _ = self.env.step(self._chosen)
        over = not self.env.agents
        if not over and len(self.env.agents) < self.num_envs:
            remedy = "Use a library that allows agents to leave early, or a wrapper that keeps them until the end."
            raise invalid("Agents of one policy must end together", f"{self.env.agents} of {list(rewards)}", remedy)
        infos: list[dict[str, Any]] = [{} for _ in rewards]
        if over:
            last = self._stack(observations)
            for seat, (info, agent) in enumerate(zip(infos, self.env.possible_agents, strict=True)):
                info["terminal_observation"] = _seat(last, seat)
                info["TimeLimit.truncated"] = truncated[agent] and not terminated[agent]
            observations = self.env.reset()[0]
        paid = np.array([rewards[agent] for agent in self.env.possible_agents], dtype=np.float32)
        return self._stack(observations), paid, np.full(self.num_envs, over), infos

    def close(self) -> None:
        self.env.close()  # type: ignore[no-untyped-call]

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        return [getattr(self.env, attr_name, None) for _ in self._indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        setattr(self.env, attr_name, value)

    def env_method(self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any) -> list[Any]:
        return [getattr(self.env, method_name)(*method_args, **method_kwargs) for _ in self._indices(indices)]

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        return [False for _ in self._indices(indices)]

    def _indices(self, indices: Any) -> Iterable[int]:
        return self._get_indices(indices)

    def _stack(self, observations: dict[str, Any]) -> Any:
        seen = [observations[agent] for agent in self.env.possible_agents]
        if isinstance(self.observation_space, spaces.Dict):
            return {key: np.stack([observation[key] for observation in seen]) for key in self.observation_space}
        return np.stack(seen)


def _seat(stacked: Any, seat: int) -> Any:
    """The observation of one seat, from the stacked observations of all seats."""
    if isinstance(stacked, dict):
        return {key: seen[seat] for key, seen in stacked.items()}
    return stacked[seat]
