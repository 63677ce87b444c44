"""Scripted players of the switch riddle: the oracle, the best that hears nothing, and a hand-written protocol."""

import numpy as np
from jaxtyping import Bool, Int64, Integer

from ...protocols.channels.carriers import DRU, Carrier
from ...protocols.common.player import PlayerInput, PlayerOutput, State
from ..core.scripted import Words
from .rules import NONE, TELL, SwitchRiddle, horizon


class Oracle:
    """Tells as soon as all have visited, which it reads off the core; says nothing.

    Args:
        core: the very core that is played.
        carrier: of the channel; its first message is sent.
    """

    def __init__(self, core: SwitchRiddle, carrier: Carrier | None = None) -> None:
        self._core = core
        self._words = Words(carrier or DRU(), 1)

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        """Nothing to remember."""
        return {}

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        """See ``Player``."""
        done = np.repeat(self._core.visited.all(axis=1), self._core.agents)
        return _tell(done & inputs.legal[:, TELL]), self._words.say(np.zeros(len(done), dtype=np.int64)), state


class NoCommunication:
    """Tells on given days, unless it was in the room too often itself to have left time for all others.

    It looks at its own visits and the day alone: what it hears changes nothing.

    Args:
        agents: N >= 2.
        limits: ``{day: most visits}``, days counted from 1, today's visit included; on other days it never tells.
        carrier: of the channel; its first message is sent.
    """

    def __init__(self, agents: int, limits: dict[int, int], carrier: Carrier | None = None) -> None:
        self._limits = np.zeros(horizon(agents), dtype=np.int64)
        for day, most in limits.items():
            self._limits[day - 1] = most
        self._words = Words(carrier or DRU(), 1)

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        """Days gone by, and visits so far."""
        return {"day": np.zeros(len(seats), dtype=np.int64), "visits": np.zeros(len(seats), dtype=np.int64)}

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        """See ``Player``."""
        visits = state["visits"] + inputs.observation
        told = inputs.legal[:, TELL] & (visits <= self._limits[state["day"]])
        return (
            _tell(told),
            self._words.say(np.zeros(len(told), dtype=np.int64)),
            {"day": state["day"] + 1, "visits": visits},
        )


class Counting:
    """The hand-written protocol: a message says how many have visited, 1 to n - 1; whoever would write n tells.

    It plays as the oracle does. For three agents one bit is enough: "one has visited" or "two have visited".

    Args:
        agents: N >= 2.
        carrier: of the channel; its first n - 1 messages are the numbers.

    Raises:
        ValueError: if the carrier has fewer than n - 1 messages.
    """

    def __init__(self, agents: int, carrier: Carrier | None = None) -> None:
        self._agents = agents
        self._words = Words(carrier or DRU(), agents - 1)

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        """Whether the row's agent has been in the room."""
        return {"visited": np.zeros(len(seats), dtype=bool)}

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        """See ``Player``."""
        here = inputs.observation.astype(bool)
        before = np.where(inputs.present.any(axis=1), self._words.read(inputs.heard) + 1, 0)
        count = before + (here & ~state["visited"])
        told = inputs.legal[:, TELL] & (count >= self._agents)
        sent = self._words.say(np.clip(count, 1, self._agents - 1) - 1)
        return _tell(told), sent, {"visited": state["visited"] | here}


def _tell(told: Bool[np.ndarray, "rows"]) -> Int64[np.ndarray, "rows"]:
    return np.where(told, TELL, NONE)
