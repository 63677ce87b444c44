"""Reference players of the switch riddle: the oracle, the no-communication optimum, and a hand-written protocol."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Int64, Integer

from ...protocols.channels.carriers import DRU, Carrier
from ...protocols.common.errors import invalid, unknown
from ...protocols.common.player import Player, PlayerInput, PlayerOutput, State
from ..core.core import Core
from ..core.scripted import Codebook
from .probabilities import limits
from .rules import NONE, TELL, SwitchRiddle, horizon


class Oracle:
    """Tells as soon as all agents have visited, which it reads from the core.

    Args:
        core: The core that is played.
        carrier: Carrier of the channel. Only its first message is sent.
    """

    def __init__(self, core: SwitchRiddle, carrier: Carrier | None = None) -> None:
        self._core = core
        self._codebook = Codebook(carrier or DRU(), 1)

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        """An empty state."""
        return {}

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        """See ``Player``."""
        done = np.repeat(self._core.visited.all(axis=1), self._core.agents)
        return _tell(done & inputs.legal[:, TELL]), self._codebook.encode(np.zeros(len(done), dtype=np.int64)), state


class NoCommunication:
    """Tells on certain days, unless it has visited too often for all others to be likely to have visited.

    Its actions depend only on its own visits and the day. It ignores all messages.

    Args:
        agents: Number of agents N >= 2.
        max_visits: Maximum number of own visits, including today's, by day, counted from 1. On all other days, the
            player never tells.
        carrier: Carrier of the channel. Only its first message is sent.
    """

    def __init__(self, agents: int, max_visits: dict[int, int], carrier: Carrier | None = None) -> None:
        self._max_visits = np.zeros(horizon(agents), dtype=np.int64)
        for day, most in max_visits.items():
            self._max_visits[day - 1] = most
        self._codebook = Codebook(carrier or DRU(), 1)

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        """The number of days passed, and the number of own visits."""
        return {"day": np.zeros(len(seats), dtype=np.int64), "visits": np.zeros(len(seats), dtype=np.int64)}

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        """See ``Player``."""
        visits = state["visits"] + inputs.observation
        told = inputs.legal[:, TELL] & (visits <= self._max_visits[state["day"]])
        return (
            _tell(told),
            self._codebook.encode(np.zeros(len(told), dtype=np.int64)),
            {"day": state["day"] + 1, "visits": visits},
        )


class Counting:
    """The hand-written protocol: a message is the number of agents that have visited. At N, the agent tells.

    It earns the return of the oracle. For three agents, one bit is enough: "one has visited" or "two have visited".

    Args:
        agents: Number of agents N >= 2.
        carrier: Carrier of the channel. Its first N - 1 messages are the numbers 1 to N - 1.

    Raises:
        ValueError: If the carrier has fewer than N - 1 messages.
    """

    def __init__(self, agents: int, carrier: Carrier | None = None) -> None:
        self._agents = agents
        self._codebook = Codebook(carrier or DRU(), agents - 1)

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        """Whether the agent has been in the room."""
        return {"visited": np.zeros(len(seats), dtype=bool)}

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        """See ``Player``."""
        here = inputs.observation.astype(bool)
        before = np.where(inputs.present.any(axis=1), self._codebook.decode(inputs.heard) + 1, 0)
        count = before + (here & ~state["visited"])
        told = inputs.legal[:, TELL] & (count >= self._agents)
        sent = self._codebook.encode(np.clip(count, 1, self._agents - 1) - 1)
        return _tell(told), sent, {"visited": state["visited"] | here}


def reference_player(name: str, core: Core, carrier: Carrier | None = None) -> Player:
    """The scripted player that earns the reference return of this name.

    Args:
        name: "oracle", "no_communication" or "counting".
        core: The core that the player will play. The oracle reads its state; the others read only the number of agents.
        carrier: Carrier of the channel. Defaults to one bit.

    Raises:
        ValueError: If no player has this name, the core is not the switch riddle, or the carrier has too few messages.
    """
    if not isinstance(core, SwitchRiddle):
        raise invalid(
            "A reference player of the switch riddle needs its core", type(core).__name__, "Pass a SwitchRiddle."
        )
    players: dict[str, Callable[[], Player]] = {
        "oracle": lambda: Oracle(core, carrier),
        "no_communication": lambda: NoCommunication(core.agents, limits(core.agents), carrier),
        "counting": lambda: Counting(core.agents, carrier),
    }
    if name not in players:
        raise unknown("scripted player of the switch riddle", name, players)
    return players[name]()


def _tell(told: Bool[np.ndarray, "rows"]) -> Int64[np.ndarray, "rows"]:
    return np.where(told, TELL, NONE)
