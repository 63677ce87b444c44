"""Valid environments of other authors, which break strict rules."""

from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from interlect.envs.adapters import GameEnv
from pettingzoo import ParallelEnv


class FreelyNamed(ParallelEnv):
    """An environment with agents of any name and type, without dicts of spaces, which does not check actions."""

    names: ClassVar = {"prisoner_0": "Ada", "prisoner_1": "Grace Hopper", "prisoner_2": 3, "prisoner_9": "absent"}

    def __init__(self, inner: GameEnv) -> None:
        self.inner, self.metadata = inner, {}
        self.possible_agents = [self.names[agent] for agent in inner.possible_agents]
        self.prisoner = {name: agent for agent, name in self.names.items()}

    @property
    def agents(self) -> list[Any]:
        return [self.names[agent] for agent in self.inner.agents]

    def observation_space(self, agent: Any) -> spaces.Space:
        return self.inner.observation_space(self.prisoner[agent])

    def action_space(self, agent: Any) -> spaces.Space:
        return self.inner.action_space(self.prisoner[agent])

    def reset(self, seed: int | None = None, options: dict | None = None) -> Any:
        return tuple(map(self.renamed, self.inner.reset(seed, options)))

    def step(self, actions: dict) -> Any:
        chosen = {self.prisoner[name]: int(np.clip(action, 0, 1)) for name, action in actions.items()}
        return tuple(map(self.renamed, self.inner.step(chosen)))

    def render(self) -> Any:
        return self.inner.render()

    def state(self) -> Any:
        return self.inner.state()

    def renamed(self, returned: dict) -> dict:
        return {self.names[agent]: value for agent, value in returned.items()}


class Party(ParallelEnv):
    """Guests come late and leave when they are tired; a valid environment that breaks strict rules."""

    metadata: ClassVar = {"name": "party"}
    possible_agents: ClassVar = ["host", "guest"]

    def __init__(self) -> None:
        self.rng, self.agents = np.random.default_rng(), []
        self.spaces = {agent: (spaces.Discrete(9), spaces.Discrete(3)) for agent in self.possible_agents}

    def observation_space(self, agent: str) -> spaces.Space:
        return self.spaces[agent][0]

    def action_space(self, agent: str) -> spaces.Space:
        return self.spaces[agent][1]

    def reset(self, seed: int | None = None, options: dict | None = None) -> Any:
        if seed is not None:
            self.rng = np.random.default_rng(seed)
        self.agents, self.hour = ["host"], 0
        return {"host": int(self.rng.integers(9))}, {"host": {}}

    def step(self, actions: dict) -> Any:
        present, self.hour = self.agents, self.hour + 1
        seen = {agent: int(self.rng.integers(9)) for agent in present}
        rewards = {agent: np.float64(self.rng.random()) for agent in present}
        tired = {agent: np.bool_(self.hour == (4 if agent == "host" else 3)) for agent in present}
        self.agents = [agent for agent in present if not tired[agent]]
        if self.hour == 1:
            self.agents.append("guest")
            seen["guest"] = 0
        return seen, rewards, tired, dict.fromkeys(present, False), {agent: {} for agent in seen}
