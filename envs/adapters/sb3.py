"""The seats of an environment as stable-baselines3's parallel environments: one policy plays all of them."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv
from stable_baselines3.common.vec_env import VecEnv

from ...protocols.common.errors import bad


class Seats(VecEnv):
    """A parallel environment whose agents share one policy, as a ``VecEnv`` of one environment a seat.

    SB3 does not look at masks: make a game of ours with ``illegal="replace"``, the default. A policy without memory
    needs its past in the observation: give ``history``.

    Args:
        face: a game of ours, or any parallel environment whose agents have the same spaces, begin and end together.
        seed: of its first episode; None takes the system's entropy.

    Raises:
        ValueError: if the agents have different spaces; and later, if some of them end and others go on.
    """

    def __init__(self, face: ParallelEnv[Any, Any, Any], seed: int | None = None) -> None:
        self.face = face
        self.render_mode = getattr(face, "render_mode", None)
        one, *others = face.possible_agents
        both = face.observation_space(one), face.action_space(one)
        for other in others:
            theirs = face.observation_space(other), face.action_space(other)
            if theirs != both:
                remedy = "Use a library with a policy an agent, or pad the spaces with a wrapper."
                raise bad(f"Agents of one policy have the same spaces, and {other} is not like {one}", theirs, remedy)
        super().__init__(len(face.possible_agents), *both)
        self._chosen: dict[str, Any] = {}
        self.face.reset(seed=seed)

    def reset(self) -> Any:
        return self._stack(self.face.reset()[0])

    def step_async(self, actions: np.ndarray) -> None:
        self._chosen = dict(zip(self.face.possible_agents, actions, strict=True))

    def step_wait(self) -> tuple[Any, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        observations, rewards, terminated, truncated, _ = self.face.step(self._chosen)
        over = not self.face.agents
        if not over and len(self.face.agents) < self.num_envs:
            remedy = "Use a library whose agents may leave, or a wrapper that keeps them to the end."
            raise bad("Agents of one policy end together", f"{self.face.agents} of {list(rewards)}", remedy)
        infos: list[dict[str, Any]] = [{} for _ in rewards]
        if over:
            last = self._stack(observations)
            for seat, (info, agent) in enumerate(zip(infos, self.face.possible_agents, strict=True)):
                info["terminal_observation"] = _seat(last, seat)
                info["TimeLimit.truncated"] = truncated[agent] and not terminated[agent]
            observations = self.face.reset()[0]
        paid = np.array([rewards[agent] for agent in self.face.possible_agents], dtype=np.float32)
        return self._stack(observations), paid, np.full(self.num_envs, over), infos

    def close(self) -> None:
        self.face.close()  # type: ignore[no-untyped-call]

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        return [getattr(self.face, attr_name, None) for _ in self._indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        setattr(self.face, attr_name, value)

    def env_method(self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any) -> list[Any]:
        return [getattr(self.face, method_name)(*method_args, **method_kwargs) for _ in self._indices(indices)]

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        return [False for _ in self._indices(indices)]

    def _indices(self, indices: Any) -> Iterable[int]:
        return self._get_indices(indices)

    def _stack(self, observations: dict[str, Any]) -> Any:
        seen = [observations[agent] for agent in self.face.possible_agents]
        if isinstance(self.observation_space, spaces.Dict):
            return {key: np.stack([one[key] for one in seen]) for key in self.observation_space}
        return np.stack(seen)


def _seat(stacked: Any, seat: int) -> Any:
    """What one seat sees, of what all see."""
    if isinstance(stacked, dict):
        return {key: seen[seat] for key, seen in stacked.items()}
    return stacked[seat]
