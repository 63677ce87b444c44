"""A small environment as somebody else might have written it: nothing in it is ours."""

from typing import Any

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv

LOOK = spaces.Box(-5, 5, (3,), np.float32)
ACTIONS = spaces.Discrete(4)


class Walks(ParallelEnv):
    """Everybody walks on a line of their own and leaves after a while; rewards are what was done, plus luck.

    Args:
        lives: for each agent, how many steps it stays.
        look: the space of observations, or one an agent.
        action: the space of actions, or one an agent.
        masked: infos have an action_mask that forbids everything but the step's number, modulo the number of actions.
    """

    def __init__(
        self, lives: tuple[int, ...] = (5, 5, 5), look: Any = LOOK, action: Any = ACTIONS, masked: bool = False
    ) -> None:
        self.metadata = {"name": "walks_v0", "render_modes": ["ansi"]}
        self.render_mode = "ansi"
        self.possible_agents = [f"walker_{i}" for i in range(len(lives))]
        self.state_space = spaces.Box(-np.inf, np.inf, (len(lives),), np.float64)
        self.agents: list[str] = []
        self.closed = False
        self.done: dict[str, Any] = {}
        self._rng = np.random.default_rng()
        self._lives, self._masked = dict(zip(self.possible_agents, lives, strict=True)), masked
        self._looks = {a: look[i] if isinstance(look, list) else look for i, a in enumerate(self.possible_agents)}
        self._acts = {a: action[i] if isinstance(action, list) else action for i, a in enumerate(self.possible_agents)}

    def observation_space(self, agent: str) -> spaces.Space:
        return self._looks[agent]

    def action_space(self, agent: str) -> spaces.Space:
        return self._acts[agent]

    def reset(self, seed: int | None = None, options: dict | None = None) -> Any:
        if seed is not None:
            self._rng = np.random.default_rng(seed)
        self.agents, self.time = self.possible_agents[:], 0
        self.place = self._rng.normal(size=len(self.agents))
        return self._seen(self.agents), self._infos(self.agents)

    def step(self, actions: dict[str, Any]) -> Any:
        if set(actions) != set(self.agents):
            raise KeyError(f"{sorted(actions)} act, and {self.agents} should.")
        for agent, action in actions.items():
            if not self._acts[agent].contains(action):
                raise ValueError(f"{agent} does {action!r}.")
        self.done, self.time, acted = actions, self.time + 1, self.agents
        self.place = self.place + self._rng.normal(size=len(self.place))
        rewards = {agent: float(np.sum(self._rng.random() + np.asarray(actions[agent]))) for agent in acted}
        ended = {agent: self.time >= self._lives[agent] for agent in acted}
        self.agents = [agent for agent in acted if not ended[agent]]
        return self._seen(acted), rewards, ended, dict.fromkeys(acted, False), self._infos(acted)

    def state(self) -> np.ndarray:
        return self.place.copy()

    def render(self) -> str:
        return f"{self.time}: {self.place.round(2)}"

    def close(self) -> None:
        self.closed = True

    def _seen(self, agents: list[str]) -> dict[str, Any]:
        return {agent: self._look(agent, self._looks[agent]) for agent in agents}

    def _look(self, agent: str, space: Any) -> Any:
        if isinstance(space, spaces.Dict):
            return {key: self._look(agent, part) for key, part in space.items()}
        if isinstance(space, spaces.MultiBinary):
            return self._mask(agent)
        if isinstance(space, spaces.Discrete):
            return int(self._rng.integers(space.n))
        return self._rng.uniform(space.low, space.high).astype(space.dtype)

    def _mask(self, agent: str) -> Any:
        if isinstance(self._acts[agent], spaces.MultiDiscrete):
            return tuple(self._only(n) for n in self._acts[agent].nvec)
        return self._only(4)

    def _only(self, count: int) -> np.ndarray:
        return (np.arange(count) == self.time % count).astype(np.int8)

    def _infos(self, agents: list[str]) -> dict[str, dict]:
        return {agent: {"action_mask": self._mask(agent)} if self._masked else {} for agent in agents}
