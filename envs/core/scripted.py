"""Code that scripted players share: numbered messages, and an oracle."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float32, Int64, Integer

from ...protocols.analysis.messages import message_count, message_elements
from ...protocols.channels.carriers import Carrier
from ...protocols.common.errors import invalid
from ...protocols.common.player import PlayerInput, PlayerOutput, State


class Codebook:
    """The first ``count`` messages of a carrier, numbered from 0.

    Raises:
        ValueError: If the carrier has fewer messages.
    """

    def __init__(self, carrier: Carrier, count: int) -> None:
        self._signals = messages(carrier, count)
        self._decoded = carrier.decode(self._signals)

    def encode(self, number: Integer[np.ndarray, "rows"]) -> Float32[np.ndarray, "rows ..."]:
        """The signal of each number."""
        signals: np.ndarray = self._signals[number]
        return signals

    def decode(self, heard: Float32[np.ndarray, "rows S size"]) -> Int64[np.ndarray, "rows"]:
        """The number of the message nearest to the sum of the messages heard. Silence counts as zeros."""
        distance = np.square(heard.sum(axis=1)[:, None] - self._decoded).sum(axis=-1)
        return np.asarray(distance.argmin(axis=1), dtype=np.int64)


class OraclePlayer:
    """The oracle of a game in which agents wait until they answer. It always gives the correct answer.

    Args:
        correct: Returns the correct answers in the current state, one per row. Answer a is action 1 + a.
        carrier: Carrier of the channel. Only its first message is sent.
    """

    def __init__(self, correct: Callable[[], Integer[np.ndarray, "rows"]], carrier: Carrier) -> None:
        self._correct, self._codebook = correct, Codebook(carrier, 1)

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        """An empty state."""
        return {}

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        """See ``Player``."""
        answer = self._correct()
        return answer_or_wait(inputs.legal, answer), self._codebook.encode(np.zeros_like(answer)), state


def answer_or_wait(legal: Bool[np.ndarray, "rows A"], answer: Integer[np.ndarray, "rows"]) -> Int64[np.ndarray, "rows"]:
    """Action 0 (wait) if it is legal, else 1 + answer."""
    return np.where(legal[:, 0], 0, 1 + answer)


def messages(carrier: Carrier, count: int) -> Float32[np.ndarray, "count ..."]:
    """The signals of the first ``count`` messages of a carrier.

    Raises:
        ValueError: If the carrier has fewer messages. A continuous carrier has one, all zeros.
    """
    space: Any = carrier.space
    total = message_count(carrier) if isinstance(space, spaces.MultiDiscrete) else 1
    if total < count:
        needs = f"This player needs {count} different messages, {math.log2(count):.2f} bits"
        raise invalid(needs, carrier, "Choose a carrier with more symbols.")
    if not isinstance(space, spaces.MultiDiscrete):
        return carrier.signal(np.zeros(space.shape, dtype=space.dtype))[None]
    return np.stack([carrier.signal(element) for element in message_elements(carrier, np.arange(count))])
