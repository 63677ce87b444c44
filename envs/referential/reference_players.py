"""Reference players of the referential game: the oracle, the no-communication optimum, and a hand-written code."""

import math
from collections.abc import Callable

import numpy as np
from jaxtyping import Float32, Int64, Integer

from ...protocols.analysis.messages import message_numbers
from ...protocols.channels.carriers import Carrier
from ...protocols.channels.symbols import Symbols
from ...protocols.common.errors import invalid, unknown
from ...protocols.common.player import Player, PlayerInput, PlayerOutput, State
from ..core.core import Core
from ..core.scripted import OraclePlayer, answer_or_wait, messages
from .probabilities import best_guess
from .rules import RECEIVER, SENDER, Referential


def default_carrier(core: Referential) -> Symbols:
    """The default carrier: one symbol per attribute, with as many different symbols as an attribute has values."""
    return Symbols(max(core.objects.values), len(core.objects.values))


def oracle(core: Referential, carrier: Carrier | None = None) -> OraclePlayer:
    """The oracle, which reads the correct answer from the core that is played."""
    return OraclePlayer(lambda: core.correct_action.repeat(core.agents) - 1, carrier or default_carrier(core))


class NoCommunication:
    """Picks the first candidate, or names the best guess. It ignores the messages received.

    Args:
        core: A core with the same options as the one that is played.
        carrier: Carrier of the channel. Only its first message is sent.
    """

    def __init__(self, core: Referential, carrier: Carrier | None = None) -> None:
        self._guess = np.zeros(1, dtype=np.int64) if core.discriminates else best_guess(core.objects, core.partial)[1]
        self._signal = messages(carrier or default_carrier(core), 1)

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        """An empty state."""
        return {}

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        """See ``Player``."""
        guess = self._guess[inputs.observation[:, : len(self._guess)].argmax(axis=1)]
        return answer_or_wait(inputs.legal, guess), self._signal.repeat(len(inputs.legal), axis=0), state


class Coding:
    """The hand-written code: a message is the number of the object's combination of values, or its digit.

    The symbols of a message are the digits of this number in base V. With one symbol per attribute, and as many symbols
    as values, each symbol is therefore the value of one attribute. Both agents recognize the observed objects without
    errors.

    Args:
        core: A core with the same options as the one that is played.
        carrier: Carrier of the channel. Its first messages are the numbers, counted from 0.

    Raises:
        ValueError: If the carrier has fewer messages than there are combinations in all splits.
    """

    def __init__(self, core: Referential, carrier: Carrier | None = None) -> None:
        self._objects, self._discriminates = core.objects, core.discriminates
        self._carrier = carrier or default_carrier(core)
        self._signals = messages(self._carrier, math.prod(core.objects.values))

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        """The seat of each row, and the last number received."""
        return {"seat": np.asarray(seats, dtype=np.int64), "number": np.zeros(len(seats), dtype=np.int64)}

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        """See ``Player``."""
        objects, rows = self._objects, len(inputs.observation)
        is_sender, is_receiver = state["seat"] == SENDER, state["seat"] == RECEIVER
        sent = np.zeros(rows, dtype=np.int64)
        sent[is_sender] = objects.code(objects.recognize(inputs.observation[is_sender, : objects.size]))
        signal = inputs.heard[:, 0].reshape(rows, *self._carrier.signal_shape)
        heard_now = np.minimum(message_numbers(self._carrier, signal), len(self._signals) - 1)
        number = np.where(inputs.present[:, 0], heard_now, state["number"])
        answer = np.zeros(rows, dtype=np.int64)
        answer[is_receiver] = self._answer(inputs.observation[is_receiver], number[is_receiver])
        following = {"seat": state["seat"], "number": number}
        return answer_or_wait(inputs.legal, answer), self._signals[sent], following

    def _answer(
        self, observation: Float32[np.ndarray, "rows D"], number: Int64[np.ndarray, "rows"]
    ) -> Int64[np.ndarray, "rows"]:
        """The candidate with this number, or its value of the requested attribute."""
        objects = self._objects
        if self._discriminates:
            codes = objects.code(objects.recognize(observation.reshape(len(observation), -1, objects.size)))
            return np.asarray((codes == number[:, None]).argmax(axis=1), dtype=np.int64)
        meant = np.stack(np.unravel_index(number, objects.values), axis=1)
        requested = observation[:, : len(objects.values)].argmax(axis=1)
        return np.asarray(meant[np.arange(len(meant)), requested], dtype=np.int64)


def reference_player(name: str, core: Core, carrier: Carrier | None = None) -> Player:
    """The scripted player that earns the reference return of this name.

    Args:
        name: "oracle", "no_communication" or "coding".
        core: The core that the player will play. The oracle reads its state; the others read only its options.
        carrier: Carrier of the channel. Defaults to ``default_carrier``.

    Raises:
        ValueError: If no player has this name, the core belongs to another game, or the carrier has too few messages.
    """
    if not isinstance(core, Referential):
        raise invalid(
            "A reference player of the referential game needs its core", type(core).__name__, "Pass a Referential."
        )
    players: dict[str, Callable[[Referential, Carrier | None], Player]] = {
        "oracle": oracle,
        "no_communication": NoCommunication,
        "coding": Coding,
    }
    if name not in players:
        raise unknown("scripted player of the referential game", name, players)
    return players[name](core, carrier)
