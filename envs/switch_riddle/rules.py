"""The switch riddle (Foerster et al. 2016, section 6.1): the prisoners and the light bulb, with a deadline.

Each day one uniformly random agent is in the room, where a switch shows the bit that the room's previous occupant left.
Whoever is in the room may tell that all have visited: right, and everybody wins; wrong, and everybody loses.
"""

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float32, Int64, Integer

from ...protocols.errors import bad
from ..core import Core, Step, check_action

NONE, TELL = 0, 1


def horizon(agents: int) -> int:
    """Days in an episode: T = 4 n - 6 (Foerster et al. 2016)."""
    return 4 * agents - 6


class SwitchRiddle(Core):
    """The rules, over B lanes.

    Observation: 1 in the room, 0 outside. Actions: none; in the room also tell. After a step the room's new occupant
    hears its previous one (both can be the same agent). Telling pays everybody +1 if all have visited, the teller
    included, else -1, and terminates; after T days the episode is truncated, at 0.

    Args:
        agents: N >= 2.
        lanes: B.
        seed: of the visits; None takes the system's entropy.
        visits: who visits on each day ``[B, T]``, the same in every episode, instead of random visits.

    Raises:
        ValueError: for agents < 2, or visits that are no ``[B, T]`` array of agents.
    """

    role = "prisoner"
    action_names = ("none", "tell")

    def __init__(
        self,
        agents: int = 3,
        lanes: int = 1,
        seed: int | None = None,
        visits: Integer[np.ndarray, "B T"] | None = None,
    ) -> None:
        if agents < 2:
            raise bad("The switch riddle needs at least two agents", agents, "Give agents >= 2.")
        super().__init__(lanes, seed)
        self.agents = agents
        self.horizon = horizon(agents)
        self.observation_space = spaces.Discrete(2)
        self._visits = visits
        if visits is not None and (visits.shape != (lanes, self.horizon) or visits.min() < 0 or visits.max() >= agents):
            rule = f"Visits are agents 0 to {agents - 1}, [lanes, T] = [{lanes}, {self.horizon}]"
            raise bad(rule, visits.shape, "Give one agent a day and lane.")
        self._rows = np.arange(lanes)
        self._day = np.zeros(lanes, dtype=np.int64)
        self._terminated = np.zeros(lanes, dtype=bool)
        self._truncated = np.zeros(lanes, dtype=bool)
        self._occupant = self._next_occupant()
        self._in_room = self._place(np.ones(lanes, dtype=bool))
        self._visited = self._in_room.astype(bool)

    def reset(self, seed: int | None = None, lanes: Bool[np.ndarray, "B"] | None = None) -> Step:
        self.draws.reset(seed, lanes)
        begun = np.ones(self.lanes, dtype=bool) if lanes is None or seed is not None else lanes
        self._day[begun] = 0
        self._terminated[begun] = False
        self._truncated[begun] = False
        self._occupant = np.where(begun, self._next_occupant(), self._occupant)
        self._in_room = self._place(~(self._terminated | self._truncated))
        self._visited = np.where(begun[:, None], self._in_room.astype(bool), self._visited)
        hears = np.zeros((self.lanes, self.agents, self.agents), dtype=bool)
        return self._step(np.zeros(self.lanes, dtype=np.float32), hears)

    def step(self, action: Integer[np.ndarray, "B N"]) -> Step:
        if action.shape != self._in_room.shape or (action & ~self._in_room).any():
            check_action(self, action, self._legal())
        told = action.any(axis=1)
        right = self._visited.all(axis=1)
        reward = np.where(right, told, -told.astype(np.float32)).astype(np.float32)
        self._day += ~(self._terminated | self._truncated)
        self._terminated = self._terminated | told
        self._truncated = ~self._terminated & (self._day >= self.horizon)
        live = ~(self._terminated | self._truncated)
        before, self._occupant = self._occupant, self._next_occupant()
        self._in_room = self._place(live)
        self._visited |= self._in_room.astype(bool)
        hears = np.zeros((self.lanes, self.agents, self.agents), dtype=bool)
        hears[self._rows, self._occupant, before] = live
        return self._step(reward, hears)

    def state(self) -> Float32[np.ndarray, "B S"]:
        """Who is in the room ``[N]``, who has visited ``[N]``, the share of the days that are over ``[1]``."""
        day = self._day[:, None] / self.horizon
        return np.concatenate([self._in_room, self._visited, day], axis=1, dtype=np.float32)

    def facts(self) -> dict[str, Int64[np.ndarray, "B"]]:
        """The day, counted from 1, and how many have visited."""
        return {"day": self._day + 1, "visited": self._visited.sum(axis=1)}

    @property
    def time(self) -> Int64[np.ndarray, "B"]:
        return self._day

    @property
    def visited(self) -> Bool[np.ndarray, "B N"]:
        """Who has been in the room, today included."""
        return self._visited

    def visits(self) -> Int64[np.ndarray, "B T"]:
        """Who visits on each day of each lane's present episode, whether or not it comes to that day."""
        return np.stack([self._drawn(day) for day in range(self.horizon)], axis=1)

    def _drawn(self, day: int | Int64[np.ndarray, "B"]) -> Int64[np.ndarray, "B"]:
        if self._visits is not None:
            return self._visits[self._rows, np.minimum(day, self.horizon - 1)].astype(np.int64)
        return self.draws.integers(self.agents, day).astype(np.int64)

    def _next_occupant(self) -> Int64[np.ndarray, "B"]:
        return self._drawn(self._day)

    def _place(self, live: Bool[np.ndarray, "B"]) -> Integer[np.ndarray, "B N"]:
        in_room = np.zeros((self.lanes, self.agents), dtype=np.int8)
        in_room[self._rows, self._occupant] = live
        return in_room

    def _legal(self) -> Bool[np.ndarray, "B N 2"]:
        legal = np.ones((self.lanes, self.agents, 2), dtype=bool)
        legal[..., TELL] = self._in_room
        return legal

    def _step(self, reward: Float32[np.ndarray, "B"], hears: Bool[np.ndarray, "B N N"]) -> Step:
        shared = np.repeat(reward[:, None], self.agents, axis=1)
        return Step(self._in_room, shared, self._terminated, self._truncated, self._legal(), hears)
