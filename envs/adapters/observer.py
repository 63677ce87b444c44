"""The observation of a PettingZoo agent, as one flat float32 vector."""

from typing import Any

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float32, Integer, Shaped

from ...protocols.channels.channel import Channel
from ...protocols.common.checks import check_integer
from ...protocols.common.errors import invalid
from ...protocols.common.limits import MAX_HISTORY, check_memory
from ..core.core import Core
from .hearing import Bounds, bounds, join, message_bounds, slot_bounds, write_slots


class Observer:
    """Builds the observation vectors of all agents in all lanes of a game, with D numbers per agent.

    A vector starts with the agent's own observation. With a channel, [present, message] follows for each
    distinguishable sender. With ``history`` = k > 0, for learners without memory, there follow: for each of the last k
    steps, latest first, the agent's own observation, the messages heard, its action (one-hot) and the message that it
    sent; its identity (one-hot, N); and the time (one-hot, T + 1). Steps before the first are zeros.

    Attributes:
        size: The size D of a vector.
    """

    def __init__(self, core: Core, channel: Channel | None, history: int) -> None:
        check_integer("history", history, 0, limit=MAX_HISTORY)
        slots = 0 if channel is None else core.message_slots * (1 + channel.carrier.size)
        needed = 8 * core.lanes * core.agents * (1 + history) * slots
        check_memory("The observations", needed, _remedy(core))
        self._core, self._channel, self._history = core, channel, history
        message = [] if channel is None else [message_bounds(channel)]
        message_slots = [] if channel is None else [slot_bounds(channel, core.message_slots)]
        own = _own_bounds(core.observation_space)
        now = join(own, *message_slots)
        past = _with_zero(join(now, bounds(0.0, 1.0, core.actions), *message))
        names = [bounds(0.0, 1.0, core.agents + core.horizon + 1)] if history else []
        self._low, self._high = join(now, *[past] * history, *names)
        self.size = len(self._low)
        self._own, self._seen = len(own[0]), len(now[0])
        self._names = self._seen + history * len(past[0])
        self._times, self._lanes = self._names + core.agents, np.arange(core.lanes)
        self._blank = np.zeros((core.agents, self.size), dtype=np.float32)
        if history:
            self._blank[:, self._names : self._names + core.agents] = np.eye(core.agents)
        self._past = np.zeros((core.lanes, core.agents, history, len(past[0])), dtype=np.float32)
        self._now = np.zeros((core.lanes, core.agents, self._seen), dtype=np.float32)

    def space(self) -> spaces.Box:
        """A new instance of the space of one agent's vectors."""
        return spaces.Box(self._low, self._high, dtype=np.float32)

    def forget(self, lanes: Bool[np.ndarray, "B"] | None = None) -> None:
        """Begin an episode in ``lanes`` (all if None), with an empty history."""
        self._past[... if lanes is None else lanes] = 0

    def remember(self, action: Integer[np.ndarray, "B N"], sent: Float32[np.ndarray, "B N ..."] | None) -> None:
        """Append the last observations, and the actions and signals that followed, to the history."""
        if not self._history:
            return
        taken = [np.eye(self._core.actions, dtype=np.float32)[action]]
        if self._channel is not None and sent is not None:
            taken.append(self._channel.carrier.decode(sent))
        newest = np.concatenate([self._now, *taken], axis=-1)[:, :, None]
        self._past = np.concatenate([newest, self._past[:, :, :-1]], axis=2)

    def see(
        self,
        observation: Shaped[np.ndarray, "B N ..."],
        slots: tuple[Float32[np.ndarray, "B N S size"], Bool[np.ndarray, "B N S"]] | None,
        lanes: Bool[np.ndarray, "B"] | None = None,
    ) -> Float32[np.ndarray, "K N D"]:
        """The vectors of all agents in ``lanes`` (all if None), in a new array.

        Args:
            observation: The agents' own observations.
            slots: The messages heard; None without a channel.
            lanes: The lanes of which to return the vectors.
        """
        which = slice(None) if lanes is None else lanes
        own = _own(self._core.observation_space, observation[which])
        vectors = np.empty((len(own), *self._blank.shape), dtype=np.float32)
        vectors[:] = self._blank
        vectors[..., : self._own] = own
        if slots is not None:
            write_slots(vectors[..., self._own : self._seen], slots[0][which], slots[1][which])
        if self._history:
            self._now[which] = vectors[..., : self._seen]
            vectors[..., self._seen : self._names] = self._past[which].reshape(*vectors.shape[:2], -1)
            vectors[self._lanes[: len(own)], :, self._times + self._core.time[which]] = 1
        return vectors


def _remedy(core: Core) -> str:
    return "Use shorter messages or a shorter history" + (", or fewer lanes." if core.lanes > 1 else ".")


def _own(space: spaces.Space[Any], observation: np.ndarray) -> np.ndarray:
    if isinstance(space, spaces.Discrete):
        number: np.ndarray = observation - space.start if space.start else observation
        if space.n == 2:
            return number[..., None]
        one_hot: np.ndarray = np.eye(int(space.n), dtype=np.float32)[number]
        return one_hot
    return observation.reshape(*observation.shape[:2], -1)


def _own_bounds(space: spaces.Space[Any]) -> Bounds:
    match space:
        case spaces.Discrete():
            return bounds(0.0, 1.0, 1 if space.n == 2 else int(space.n))
        case spaces.Box():
            return space.low.reshape(-1).astype(np.float32), space.high.reshape(-1).astype(np.float32)
        case _:
            raise invalid("An agent's own observation must be Discrete or Box", space, "Use one of these.")


def _with_zero(bounds: Bounds) -> Bounds:
    return np.minimum(bounds[0], 0), np.maximum(bounds[1], 0)
