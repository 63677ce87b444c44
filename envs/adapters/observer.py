"""What a PettingZoo agent sees in one step, as one flat float32 vector."""

from typing import Any

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float32, Shaped

from ...protocols.channels.channel import Channel
from ...protocols.common.checks import whole
from ...protocols.common.errors import bad
from ..core.core import Core
from .hearing import Bounds, bounds, join, message_bounds, slot_bounds, write_slots


class Observer:
    """The vectors of all agents of a one-lane game, of D numbers each.

    In this order: the agent's own observation; for each sender that is told apart, if there is a channel,
    [present, message]; and with
    ``history`` = k > 0, for learners without memory: for each of the last k steps, latest first, what the agent saw
    and heard then, its action (one-hot) and the message it sent; its identity (one-hot, N); the time (one-hot, T + 1).
    Steps before the first are zeros.

    Attributes:
        size: D.
    """

    def __init__(self, core: Core, channel: Channel | None, history: int) -> None:
        whole("history", history, 0)
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
        self._blank = np.zeros((core.agents, self.size), dtype=np.float32)
        if history:
            self._blank[:, self._names : self._names + core.agents] = np.eye(core.agents)
        self._past = np.zeros((core.agents, history, len(past[0])), dtype=np.float32)
        self._now = self._blank[:, : self._seen]

    def space(self) -> spaces.Box:
        """A new space of one agent's vectors."""
        return spaces.Box(self._low, self._high, dtype=np.float32)

    def forget(self) -> None:
        """Begin an episode: there is no past."""
        self._past[:] = 0

    def remember(self, action: Shaped[np.ndarray, "N"], sent: Float32[np.ndarray, "N ..."] | None) -> None:
        """Move what was last seen, and what was now done, into the past."""
        if not self._history:
            return
        did = [np.eye(self._core.actions, dtype=np.float32)[action]]
        if self._channel is not None and sent is not None:
            did.append(self._channel.carrier.decode(sent))
        newest = np.concatenate([self._now, *did], axis=1)[:, None]
        self._past = np.concatenate([newest, self._past[:, :-1]], axis=1)

    def see(
        self,
        observation: Shaped[np.ndarray, "N ..."],
        slots: tuple[Float32[np.ndarray, "N S size"], Bool[np.ndarray, "N S"]] | None,
    ) -> Float32[np.ndarray, "N D"]:
        """The vectors, in new memory, of what all agents observe and hear now; ``slots`` is None without a channel."""
        vectors = self._blank.copy()
        agents = len(vectors)
        vectors[:, : self._own] = _own(self._core.observation_space, observation)
        if slots is not None:
            write_slots(vectors[:, self._own : self._seen], *slots)
        if self._history:
            self._now = vectors[:, : self._seen].copy()
            vectors[:, self._seen : self._names] = self._past.reshape(agents, -1)
            vectors[:, self._names + agents + int(self._core.time[0])] = 1
        return vectors


def _own(space: spaces.Space[Any], observation: np.ndarray) -> np.ndarray:
    if isinstance(space, spaces.Discrete):
        number: np.ndarray = observation - space.start if space.start else observation
        if space.n == 2:
            return number[:, None]
        one_hot: np.ndarray = np.eye(int(space.n), dtype=np.float32)[number]
        return one_hot
    return observation.reshape(len(observation), -1)


def _own_bounds(space: spaces.Space[Any]) -> Bounds:
    match space:
        case spaces.Discrete():
            return bounds(0.0, 1.0, 1 if space.n == 2 else int(space.n))
        case spaces.Box():
            return space.low.reshape(-1).astype(np.float32), space.high.reshape(-1).astype(np.float32)
        case _:
            raise bad("An agent's own observation must be Discrete or Box", space, "Encode it as one of them.")


def _with_zero(bounds: Bounds) -> Bounds:
    return np.minimum(bounds[0], 0), np.maximum(bounds[1], 0)
