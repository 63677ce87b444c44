"""What scripted players share: messages by their numbers."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float32, Int64, Integer

from ...protocols.analysis.messages import message_count, message_elements
from ...protocols.channels.carriers import Carrier
from ...protocols.common.errors import bad
from ...protocols.common.player import PlayerInput, PlayerOutput, State


class Words:
    """The first ``count`` messages of a carrier, numbered from 0.

    Raises:
        ValueError: if the carrier has fewer.
    """

    def __init__(self, carrier: Carrier, count: int) -> None:
        self._signals = messages(carrier, count)
        self._decoded = carrier.decode(self._signals)

    def say(self, number: Integer[np.ndarray, "rows"]) -> Float32[np.ndarray, "rows ..."]:
        """The signal of each number."""
        signals: np.ndarray = self._signals[number]
        return signals

    def read(self, heard: Float32[np.ndarray, "rows S size"]) -> Int64[np.ndarray, "rows"]:
        """The number of the message nearest to the sum of all that was heard; that of zeros where it was nothing."""
        distance = np.square(heard.sum(axis=1)[:, None] - self._decoded).sum(axis=-1)
        return np.asarray(distance.argmin(axis=1), dtype=np.int64)


class Knowing:
    """An oracle where one waits, and then answers: it gives the right answer, which it is told, and says nothing.

    Args:
        right: gives the right answers of the moment, row by row: 0 and up, which is action 1 and up.
        carrier: of the channel; its first message is sent.
    """

    def __init__(self, right: Callable[[], Integer[np.ndarray, "rows"]], carrier: Carrier) -> None:
        self._right, self._words = right, Words(carrier, 1)

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        """Nothing to remember."""
        return {}

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        """See ``Player``."""
        answer = self._right()
        return answer_or_wait(inputs.legal, answer), self._words.say(np.zeros_like(answer)), state


def answer_or_wait(legal: Bool[np.ndarray, "rows A"], answer: Integer[np.ndarray, "rows"]) -> Int64[np.ndarray, "rows"]:
    """Action 0, to wait, where that is legal; elsewhere 1 + the answer."""
    return np.where(legal[:, 0], 0, 1 + answer)


def messages(carrier: Carrier, count: int) -> Float32[np.ndarray, "count ..."]:
    """Signals of the first ``count`` messages of a carrier.

    Raises:
        ValueError: if it has fewer; a continuous carrier has one, the zero.
    """
    space: Any = carrier.space
    total = message_count(carrier) if isinstance(space, spaces.MultiDiscrete) else 1
    if total < count:
        needs = f"This player needs {count} different messages, {math.log2(count):.2f} bits"
        raise bad(needs, carrier, "Choose a carrier with more symbols.")
    if not isinstance(space, spaces.MultiDiscrete):
        return carrier.signal(np.zeros(space.shape, dtype=space.dtype))[None]
    return np.stack([carrier.signal(element) for element in message_elements(carrier, np.arange(count))])
