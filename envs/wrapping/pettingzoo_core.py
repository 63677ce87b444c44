"""Any PettingZoo parallel environment as a batched core for the learners of this package: one copy per lane."""

from collections.abc import Callable
from typing import Any

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float32, Int64, Integer

from ...protocols.common.checks import check_integer
from ...protocols.common.errors import invalid
from ..conformance.rules import check_parallel
from ..core.core import Core, Step, check_action
from .topologies import Topology, current_hears, resolve


class PettingZooCore(Core):
    """A batched core made of B copies of a PettingZoo parallel environment.

    Messages are exchanged in addition to the environment's own actions and observations. In each episode, the copy of a
    lane is reset with a new seed drawn from the core's random numbers, so an episode depends only on seed, lane and
    episode number. Observations are padded with zeros to the length of the longest one, and actions to the largest
    number of actions; padded actions are illegal. An ``action_mask`` in the environment's infos is applied. All agents
    must begin and end together. The state, for central critics, contains the observations of all agents, with each
    number x mapped to (1 + x / (1 + abs(x))) / 2, and the fraction of the horizon that has passed.

    Args:
        make_env: A function that returns a new environment, whose agents have ``Discrete`` actions and flat ``Box``
            observations.
        agents: Number of agents N of the environment, which may be omitted.
        lanes: Number of lanes B.
        seed: Seed of all episodes. If None, it is drawn from the system's entropy.
        topology: Which agents hear which, as in ``with_channel``.
        horizon: Number of steps T after which an episode is truncated; the environment's ``max_cycles`` if None.

    Raises:
        ValueError: If the environment has other spaces, another number of agents or no horizon, or the topology is
            invalid; during an episode, if some agents end before others.
    """

    role = "agent"

    def __init__(
        self,
        make_env: Callable[[], Any],
        agents: int | None = None,
        lanes: int = 1,
        seed: int | None = None,
        topology: Topology = "all",
        horizon: int | None = None,
    ) -> None:
        super().__init__(lanes, seed)
        self.envs = [make_env() for _ in range(lanes)]
        env = self.envs[0]
        check_parallel(env)
        self.names = list(env.possible_agents)
        self.agents = len(self.names)
        if agents not in (None, self.agents):
            raise invalid(f"agents must be {self.agents}, as in {env}", agents, "Remove the argument agents.")
        self.horizon = _horizon(env, horizon)
        self._topology = resolve(topology, self.agents)
        actions = [_discrete(name, env.action_space(name)) for name in self.names]
        observations = [_flat(name, env.observation_space(name)) for name in self.names]
        self._first = [int(space.start) for space in actions]
        counts = np.array([space.n for space in actions])
        self.action_names = tuple(map(str, range(int(counts.max()))))
        self._own: Bool[np.ndarray, "N A"] = np.arange(self.actions) < counts[:, None]
        bounds = np.zeros((2, self.agents, max(len(space.low) for space in observations)), dtype=np.float32)
        for bound, space in zip(bounds.swapaxes(0, 1), observations, strict=True):
            bound[:, : len(space.low)] = space.low, space.high
        self.observation_space = spaces.Box(bounds[0].min(axis=0), bounds[1].max(axis=0), dtype=np.float32)
        self._seen = np.zeros((lanes, *bounds.shape[1:]), dtype=np.float32)
        self._legal = np.tile(self._own, (lanes, 1, 1))
        self._time = np.zeros(lanes, dtype=np.int64)
        self._terminated, self._truncated = np.zeros((2, lanes), dtype=bool)
        self._begin(np.arange(lanes))

    @property
    def possible_agents(self) -> list[str]:
        """The names of the agents in the environment, as strings."""
        return [str(name) for name in self.names]

    def reset(self, seed: int | None = None, lanes: Bool[np.ndarray, "B"] | None = None) -> Step:
        begun = np.ones(self.lanes, dtype=bool) if lanes is None or seed is not None else lanes
        self.draws.reset(seed, lanes)
        self._begin(begun.nonzero()[0])
        silence = np.zeros((self.lanes, self.agents, self.agents), dtype=bool)
        return self._step(np.zeros((self.lanes, self.agents), dtype=np.float32), silence)

    def step(self, action: Integer[np.ndarray, "B N"]) -> Step:
        action = check_action(self, action, self._legal)
        reward = np.zeros((self.lanes, self.agents), dtype=np.float32)
        hears = np.zeros((self.lanes, self.agents, self.agents), dtype=bool)
        self._renew()
        for lane in (~(self._terminated | self._truncated)).nonzero()[0].tolist():
            env, chosen = self.envs[lane], (action[lane] + self._first).tolist()
            seen, paid, terminated, truncated, infos = env.step(dict(zip(self.names, chosen, strict=True)))
            reward[lane] = [paid[name] for name in self.names]
            self._time[lane] += 1
            self._end(lane, terminated, truncated)
            self._observe(lane, seen, infos)
            if not (self._terminated[lane] or self._truncated[lane]):
                hears[lane] = self._hears(env)
        return self._step(reward, hears)

    def state(self) -> Float32[np.ndarray, "B S"]:
        flat = self._seen.reshape(self.lanes, -1)
        seen = (1 + flat / (1 + np.abs(flat))) / 2
        return np.concatenate([seen, self._time[:, None] / self.horizon], axis=1, dtype=np.float32)

    def facts(self) -> dict[str, Integer[np.ndarray, "B"]]:
        """The step, counted from 1. No other facts are known about an arbitrary environment."""
        return {"step": self._time + 1}

    @property
    def time(self) -> Int64[np.ndarray, "B"]:
        return self._time.copy()

    def _renew(self) -> None:
        """Move the arrays to new memory, so that arrays returned earlier do not change."""
        self._seen, self._legal, self._time = self._seen.copy(), self._legal.copy(), self._time.copy()
        self._terminated, self._truncated = self._terminated.copy(), self._truncated.copy()

    def _begin(self, lanes: Int64[np.ndarray, "K"]) -> None:
        self._renew()
        self._time[lanes], self._terminated[lanes], self._truncated[lanes] = 0, False, False
        for lane, bits in zip(lanes.tolist(), self.draws.bits(0, lanes=lanes).tolist(), strict=True):
            seen, infos = self.envs[lane].reset(seed=bits >> 33)
            if set(self.envs[lane].agents) != set(self.names):
                rule = f"All of {self.names} must be present from the first step"
                raise invalid(rule, self.envs[lane].agents, _WRAP)
            self._observe(lane, seen, infos)

    def _end(self, lane: int, terminated: dict[Any, Any], truncated: dict[Any, Any]) -> None:
        over = [bool(terminated[name] or truncated[name]) for name in self.names]
        if any(over) != all(over):
            left = [name for name, end in zip(self.names, over, strict=True) if not end]
            raise invalid("All agents must end together", f"a step after which {left} have not ended", _WRAP)
        self._terminated[lane] = all(terminated[name] for name in self.names)
        ended = any(over) or self._time[lane] == self.horizon
        self._truncated[lane] = ended and not self._terminated[lane]

    def _observe(self, lane: int, seen: dict[Any, Any], infos: dict[Any, Any]) -> None:
        """Store the observations and legal actions of a lane."""
        over = self._terminated[lane] or self._truncated[lane]
        for seat, name in enumerate(self.names):
            self._seen[lane, seat, : len(seen[name])] = seen[name]
            mask = None if over else infos.get(name, {}).get("action_mask")
            self._legal[lane, seat] = self._own[seat]
            if mask is not None:
                self._legal[lane, seat, : len(mask)] = np.asarray(mask, dtype=bool)
                if not self._legal[lane, seat].any():
                    raise invalid("An agent must always have a legal action", f"a mask of {name} without one", _WRAP)

    def _hears(self, env: Any) -> Bool[np.ndarray, "N N"]:
        topology = self._topology
        return topology if isinstance(topology, np.ndarray) else current_hears(topology, env, self.agents)

    def _step(self, reward: Float32[np.ndarray, "B N"], hears: Bool[np.ndarray, "B N N"]) -> Step:
        return Step(self._seen, reward, self._terminated, self._truncated, self._legal, hears)


def _horizon(env: Any, horizon: int | None) -> int:
    found = getattr(getattr(env, "unwrapped", env), "max_cycles", None) if horizon is None else horizon
    remedy = "Pass horizon=, the maximum number of steps, because this environment has no max_cycles."
    check_integer("horizon", found, 1, remedy=remedy if horizon is None else "")
    return int(found)  # type: ignore[arg-type]


def _discrete(name: Any, space: Any) -> spaces.Discrete:
    if not isinstance(space, spaces.Discrete):
        raise invalid(f"Learners need a Discrete action space for {name}", space, _WRAP)
    return space


def _flat(name: Any, space: Any) -> spaces.Box:
    if not isinstance(space, spaces.Box) or len(space.shape) != 1:
        raise invalid(f"Learners need a flat Box of observations for {name}", space, _WRAP)
    return space


_WRAP = "Use a wrapper around the environment that ensures this."
