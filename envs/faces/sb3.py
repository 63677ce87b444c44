"""The seats of a game as stable-baselines3's parallel environments: one policy plays all of them."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnv

from .parallel import ParallelFace


class Seats(VecEnv):
    """A game whose agents share one policy, as a ``VecEnv`` of one environment a seat.

    SB3 does not look at masks: make the game with ``illegal="replace"``, the default. A policy without memory needs its
    past in the observation: give ``history``.

    Args:
        face: the game.
        seed: of its first episode; None takes the system's entropy.
    """

    def __init__(self, face: ParallelFace, seed: int | None = None) -> None:
        self.face = face
        self.render_mode = face.render_mode
        one = face.possible_agents[0]
        super().__init__(len(face.possible_agents), face.observation_space(one), face.action_space(one))
        self._chosen: dict[str, Any] = {}
        self.face.reset(seed=seed)

    def reset(self) -> Any:
        return self._stack(self.face.reset()[0])

    def step_async(self, actions: np.ndarray) -> None:
        self._chosen = dict(zip(self.face.possible_agents, actions, strict=True))

    def step_wait(self) -> tuple[Any, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        observations, rewards, terminated, truncated, _ = self.face.step(self._chosen)
        over = not self.face.agents
        infos: list[dict[str, Any]] = [{} for _ in rewards]
        if over:
            last = self._stack(observations)
            for seat, (info, agent) in enumerate(zip(infos, rewards, strict=True)):
                info["terminal_observation"] = _seat(last, seat)
                info["TimeLimit.truncated"] = truncated[agent] and not terminated[agent]
            observations = self.face.reset()[0]
        paid = np.array(list(rewards.values()), dtype=np.float32)
        return self._stack(observations), paid, np.full(self.num_envs, over), infos

    def close(self) -> None:
        self.face.close()

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
        if isinstance(self.observation_space, spaces.Dict):
            return {key: np.stack([seen[key] for seen in observations.values()]) for key in self.observation_space}
        return np.stack(list(observations.values()))


def _seat(stacked: Any, seat: int) -> Any:
    """What one seat sees, of what all see."""
    if isinstance(stacked, dict):
        return {key: seen[seat] for key, seen in stacked.items()}
    return stacked[seat]
