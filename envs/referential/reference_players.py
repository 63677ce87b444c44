"""Scripted players of the referential game: the oracle, the best that hears nothing, and a hand-written code."""

import math

import numpy as np
from jaxtyping import Float32, Int64, Integer

from ...protocols.analysis.messages import message_numbers
from ...protocols.channels.carriers import Carrier
from ...protocols.channels.symbols import Symbols
from ...protocols.common.player import PlayerInput, PlayerOutput, State
from ..core.scripted import Knowing, answer_or_wait, messages
from .odds import best_guess
from .rules import RECEIVER, SENDER, Referential


def fitting(core: Referential) -> Symbols:
    """What players talk in if nobody says: a symbol an attribute, each out of as many as an attribute has values."""
    return Symbols(max(core.objects.values), len(core.objects.values))


def oracle(core: Referential, carrier: Carrier | None = None) -> Knowing:
    """Picks or names what is right, which it reads off the core that is played."""
    return Knowing(lambda: core.right_action.repeat(core.agents) - 1, carrier or fitting(core))


class NoCommunication:
    """Picks the first candidate, or names the best guess; it sees what a receiver sees, and hears nothing.

    Args:
        core: a core with the options of the one that is played.
        carrier: of the channel; its first message is sent.
    """

    def __init__(self, core: Referential, carrier: Carrier | None = None) -> None:
        self._guess = np.zeros(1, dtype=np.int64) if core.picks else best_guess(core.objects, core.partial)[1]
        self._nothing = messages(carrier or fitting(core), 1)

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        """Nothing to remember."""
        return {}

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        """See ``Player``."""
        guess = self._guess[inputs.observation[:, : len(self._guess)].argmax(axis=1)]
        return answer_or_wait(inputs.legal, guess), self._nothing.repeat(len(inputs.legal), axis=0), state


class Coding:
    """The hand-written code: a message is the number of the object's combination, or its digit.

    The symbols of a message are its digits in base V. So with as many symbols as values, and one a attribute, each
    symbol is an attribute's value. Both players see what agents see, and their eyes do not err.

    Args:
        core: a core with the options of the one that is played.
        carrier: of the channel; its first messages are the numbers, 0 and up.

    Raises:
        ValueError: if the carrier has fewer messages than there are combinations, held out or not.
    """

    def __init__(self, core: Referential, carrier: Carrier | None = None) -> None:
        self._objects, self._picks = core.objects, core.picks
        self._carrier = carrier or fitting(core)
        self._words = messages(self._carrier, math.prod(core.objects.values))

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        """Who sits where, and the number that was heard last."""
        return {"seat": np.asarray(seats, dtype=np.int64), "number": np.zeros(len(seats), dtype=np.int64)}

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        """See ``Player``."""
        objects, rows = self._objects, len(inputs.observation)
        sends, gets = state["seat"] == SENDER, state["seat"] == RECEIVER
        said = np.zeros(rows, dtype=np.int64)
        said[sends] = objects.code(objects.recognize(inputs.observation[sends, : objects.size]))
        signal = inputs.heard[:, 0].reshape(rows, *self._carrier.signal_shape)
        heard_now = np.minimum(message_numbers(self._carrier, signal), len(self._words) - 1)
        number = np.where(inputs.present[:, 0], heard_now, state["number"])
        answer = np.zeros(rows, dtype=np.int64)
        answer[gets] = self._answer(inputs.observation[gets], number[gets])
        following = {"seat": state["seat"], "number": number}
        return answer_or_wait(inputs.legal, answer), self._words[said], following

    def _answer(
        self, observation: Float32[np.ndarray, "rows D"], number: Int64[np.ndarray, "rows"]
    ) -> Int64[np.ndarray, "rows"]:
        """The candidate that a number means, or the attribute that is asked for."""
        objects = self._objects
        if self._picks:
            codes = objects.code(objects.recognize(observation.reshape(len(observation), -1, objects.size)))
            return np.asarray((codes == number[:, None]).argmax(axis=1), dtype=np.int64)
        meant = np.stack(np.unravel_index(number, objects.values), axis=1)
        asked = observation[:, : len(objects.values)].argmax(axis=1)
        return np.asarray(meant[np.arange(len(meant)), asked], dtype=np.int64)
