"""The switch riddle (Foerster et al. 2016, section 6.1): the prisoners and the light bulb, with a deadline.

Each day one uniformly random agent is in the room, where a switch shows the bit that the room's previous occupant left.
The agent in the room may tell that all have visited. All agents win if this is correct, and lose if it is not.

Arrays are stored agent-major, ``[N, B]``, in small integer types, so that each operation runs along the lanes. Steps
contain transposed views of them.
"""

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float32, Integer, UInt16, UInt64

from ...protocols.common.checks import check_integer, check_integer_array, check_one_of
from ...protocols.common.draws import Digits, Draw
from ...protocols.common.limits import MAX_AGENTS
from ..core.core import Core, Step, check_action

NONE, TELL = 0, 1
DEADLINES = ("terminates", "truncates")


def horizon(agents: int) -> int:
    """The number of days of an episode, T = 4 N - 6 (Foerster et al. 2016)."""
    return 4 * agents - 6


class SwitchRiddle(Core):
    """The rules, over B lanes.

    An agent observes 1 in the room and 0 outside. Its actions are none and, in the room, also tell. After a step, the
    room's new occupant hears the previous one (both can be the same agent). If an agent tells, all agents receive +1 if
    all of them, including the telling agent, have visited, else -1, and the episode terminates. After T days, the
    episode terminates with reward 0, because the deadline is a rule of the game.

    Args:
        agents: Number of agents N >= 2.
        lanes: Number of lanes B.
        seed: Seed of the visits. If None, it is drawn from the system's entropy.
        visits: The visitor of each day, ``[B, T]``, the same in every episode. If None, visitors are drawn.
        deadline: Whether an episode "terminates" after T days, or is truncated ("truncates"). Learners bootstrap from
            the value of the last state of a truncated episode, although no reward can follow it in this game.

    Raises:
        ValueError: If ``agents`` is less than 2, ``visits`` is not a ``[B, T]`` array of agents, or the deadline is
            unknown.
    """

    role = "prisoner"
    anonymous = True
    action_names = ("none", "tell")

    def __init__(
        self,
        agents: int = 3,
        lanes: int = 1,
        seed: int | None = None,
        visits: Integer[np.ndarray, "B T"] | None = None,
        deadline: str = "terminates",
    ) -> None:
        check_integer("agents", agents, 2, limit=MAX_AGENTS)
        check_one_of("deadline", deadline, DEADLINES)
        super().__init__(lanes, seed)
        self.agents = agents
        self.horizon = horizon(agents)
        self.observation_space = spaces.Discrete(2)
        self._visits, self._truncates = visits, deadline == "truncates"
        if visits is not None:
            check_integer_array("visits", visits, (lanes, self.horizon), 0, agents - 1)
        self._names = np.arange(agents, dtype=np.uint16)[:, None]
        self._digits = Digits(agents)
        self._day = np.zeros(lanes, dtype=np.int32)
        self._fraction = np.zeros(lanes, dtype=np.uint64)
        self._occupant = np.zeros(lanes, dtype=np.uint16)
        self._terminated = self._truncated = self._live = np.zeros(lanes, dtype=bool)
        self._visited = np.zeros((agents, lanes), dtype=bool)
        self._begin(np.ones(lanes, dtype=bool))

    def reset(self, seed: int | None = None, lanes: Bool[np.ndarray, "B"] | None = None) -> Step:
        if seed is not None:
            lanes = None
        self.draws.reset(seed, lanes)
        self._begin(np.ones(self.lanes, dtype=bool) if lanes is None else lanes)
        hears = np.zeros((self.agents, self.agents, self.lanes), dtype=bool)
        return self._step(np.zeros((self.agents, self.lanes), dtype=np.float32), hears)

    def step(self, action: Integer[np.ndarray, "B N"]) -> Step:
        told = np.logical_or.reduce(self._tells(action), axis=0)
        won = np.logical_and(told, np.logical_and.reduce(self._visited, axis=0))
        self._day += self._live
        late = self._day >= self.horizon
        if self._truncates:
            self._terminated = self._terminated | told
            self._truncated = late & ~self._terminated
        else:
            self._terminated = self._terminated | told | late
        self._live = ~(self._terminated | self._truncated)
        before = self._in_room
        self._occupant = self._next_occupant()
        self._let_in()
        paid = (won.view(np.int8) << 1) - told.view(np.int8)
        reward = paid.astype(np.float32)[None].repeat(self.agents, axis=0)
        return self._step(reward, self._in_room[:, None] & before)

    def state(self) -> Float32[np.ndarray, "B S"]:
        """Who is in the room ``[N]``, who has visited ``[N]``, and the fraction of days that have passed ``[1]``."""
        day = self._day / np.float32(self.horizon)
        return np.concatenate([self._in_room, self._visited, day[None]], dtype=np.float32).T

    def facts(self) -> dict[str, Integer[np.ndarray, "B"]]:
        """The day, counted from 1, and the number of agents that have visited."""
        return {"day": self._day + 1, "visited": self._visited.sum(axis=0)}

    @property
    def time(self) -> Integer[np.ndarray, "B"]:
        return self._day.copy()

    @property
    def visited(self) -> Bool[np.ndarray, "B N"]:
        """Which agents have been in the room, including today."""
        return self._visited.T.copy()

    def visits(self) -> Integer[np.ndarray, "B T"]:
        """The visitor of each day of the current episode of each lane, even if the episode ends earlier."""
        if self._visits is not None:
            return self._visits
        days = []
        for day in range(self.horizon):
            if day % self._digits.per_draw == 0:
                fraction = self._digits.begin(self.draws.bits(day // self._digits.per_draw))
            days.append(self._digits.take(fraction).astype(np.int64))
        return np.stack(days, axis=1)

    def _begin(self, begun: Bool[np.ndarray, "B"]) -> None:
        """Place the first occupant of the current episode in the room, in the lanes that begin."""
        lanes = begun.nonzero()[0]
        if self._visits is None:
            fraction = self._first_digits(0, lanes)
            self._occupant[lanes] = self._digits.take(fraction).astype(np.uint16)
            self._fraction[lanes] = fraction
        else:
            self._occupant[lanes] = self._visits[lanes, 0]
        going_on = ~begun
        self._day *= going_on
        self._terminated = self._terminated & going_on
        self._truncated = self._truncated & going_on
        self._live = self._live | begun
        self._visited &= going_on
        self._let_in()

    def _let_in(self) -> None:
        """Update the room, the legal actions and the visits for today's occupants, in lanes that have not ended."""
        self._legal = np.empty((2, self.agents, self.lanes), dtype=bool)
        self._legal[NONE] = True
        self._in_room = self._legal[TELL]
        np.equal(self._names, self._occupant, out=self._in_room)
        self._in_room &= self._live
        self._visited |= self._in_room

    def _next_occupant(self) -> UInt16[np.ndarray, "B"]:
        """The visitor on ``_day``, which is arbitrary in lanes that have ended."""
        if self._visits is not None:
            day = np.minimum(self._day, self.horizon - 1)
            return np.take_along_axis(self._visits, day[:, None], axis=1)[:, 0].astype(np.uint16)
        if self.horizon > self._digits.per_draw:
            lanes = (self._day % self._digits.per_draw == 0).nonzero()[0]
            if len(lanes):
                self._fraction[lanes] = self._first_digits(self._day[lanes] // self._digits.per_draw, lanes)
        return self._digits.take(self._fraction).astype(np.uint16)

    def _first_digits(self, draw: Draw, lanes: Integer[np.ndarray, "K"]) -> UInt64[np.ndarray, "K"]:
        """The random fractions of ``draw`` in these lanes."""
        return self._digits.begin(self.draws.bits(draw, lanes=lanes))

    def _tells(self, action: Integer[np.ndarray, "B N"]) -> Bool[np.ndarray, "N B"]:
        """Which agents tell.

        Raises:
            ValueError: If an action is illegal.
        """
        if action.shape == (self.lanes, self.agents) and action.dtype.kind in "iu":
            tells: np.ndarray = np.logical_and(action.T, self._in_room.view(np.int8))
            if not np.count_nonzero(tells.view(np.int8) != action.T):
                return tells
        action = check_action(self, action, self._legal.transpose(2, 1, 0))
        raise AssertionError("An illegal action was not found.")

    def _step(self, reward: Float32[np.ndarray, "N B"], hears: Bool[np.ndarray, "N N B"]) -> Step:
        """The step to return, from agent-major arrays such as ``hears[receiver, sender, lane]``."""
        observation, legal = self._in_room.view(np.int8).T, self._legal.transpose(2, 1, 0)
        return Step(observation, reward.T, self._terminated, self._truncated, legal, hears.transpose(2, 0, 1))
