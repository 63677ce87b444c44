"""Reference players of the relay: the no-communication optimum, and a hand-written protocol."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Integer

from ...protocols.channels.carriers import Carrier
from ...protocols.channels.symbols import Symbols
from ...protocols.common.errors import invalid, unknown
from ...protocols.common.player import Player, PlayerInput, PlayerOutput, State
from ..core.core import Core
from ..core.scripted import Codebook, OraclePlayer, answer_or_wait
from ..pictures.classifier import predicted_odd
from .probabilities import best_guess, patterns
from .rules import Relay, next_answer

DEFAULT_CARRIER = Symbols(16)
"""The default carrier: enough messages to count to 15."""


class NoCommunication:
    """Names the best guess from its own parity and the chain, which it reads from the core. It ignores all messages.

    Args:
        core: The core that is played.
        carrier: Carrier of the channel. Only its first message is sent.
    """

    def __init__(self, core: Relay, carrier: Carrier | None = None) -> None:
        self._core = core
        self._codebook = Codebook(carrier or DEFAULT_CARRIER, 1)
        found, which = patterns(core.chains)
        self._guess = np.array([best_guess(core.task, pattern)[1] for pattern in found])[which]

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        """An empty state."""
        return {}

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        """See ``Player``."""
        guess = self._guess[self._core.row[:, None], self._core.parity].reshape(-1)
        return answer_or_wait(inputs.legal, guess), self._codebook.encode(0 * guess), state


class Relaying:
    """The hand-written protocol: a message is the answer so far. An agent that hears nothing is the first in the chain.

    Each agent updates the answer with its own digit and sends it. The last agent names the answer. No agent needs to
    know the chain.

    Args:
        core: The core that is played. The index of each agent's picture is read from it.
        odd: Whether the player takes each of the core's pictures to show an odd digit.
        carrier: Carrier of the channel. Its first messages are the answers, counted from 0.

    Raises:
        ValueError: If the carrier has fewer messages than there are answers.
    """

    def __init__(self, core: Relay, odd: Bool[np.ndarray, "P"], carrier: Carrier | None = None) -> None:
        self._core, self._odd = core, odd
        self._codebook = Codebook(carrier or DEFAULT_CARRIER, core.actions - 1)

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        """An empty state."""
        return {}

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        """See ``Player``."""
        before = np.where(inputs.present.any(axis=1), self._codebook.decode(inputs.heard), 0)
        own = self._odd[self._core.picture].reshape(-1).astype(np.int64)
        now = next_answer(self._core.task, before, own, self._core.actions - 1)
        return answer_or_wait(inputs.legal, now), self._codebook.encode(now), state


def reference_player(name: str, core: Core, carrier: Carrier | None = None) -> Player:
    """The scripted player that earns the reference return of this name.

    Args:
        name: "oracle", "no_communication", "vision" or "relaying".
        core: The core that the player will play.
        carrier: Carrier of the channel. Defaults to 16 symbols.

    Raises:
        ValueError: If no player has this name, the core is not the relay, or the carrier has too few messages.
    """
    if not isinstance(core, Relay):
        raise invalid("A reference player of the relay needs its core", type(core).__name__, "Pass a Relay.")
    players: dict[str, Callable[[], Player]] = {
        "oracle": lambda: OraclePlayer(lambda: core.answer.repeat(core.agents), carrier or DEFAULT_CARRIER),
        "no_communication": lambda: NoCommunication(core, carrier),
        "vision": lambda: Relaying(core, predicted_odd(core.pictures), carrier),
        "relaying": lambda: Relaying(core, core.pictures.digit % 2 == 1, carrier),
    }
    if name not in players:
        raise unknown("scripted player of the relay", name, players)
    return players[name]()
