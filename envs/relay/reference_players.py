"""Scripted players of the relay: the best that hears nothing, and a hand-written protocol."""

import numpy as np
from jaxtyping import Bool, Integer

from ...protocols.channels.carriers import Carrier
from ...protocols.channels.symbols import Symbols
from ...protocols.common.player import PlayerInput, PlayerOutput, State
from ..core.scripted import Words, answer_or_wait
from .odds import best_guess, patterns
from .rules import Relay, onward

CARRIER = Symbols(16)
"""What players talk in if nobody says: enough to count to 15."""


class NoCommunication:
    """Names the best guess from its own parity and the chain, both read off the core; what it hears changes nothing.

    Args:
        core: the very core that is played.
        carrier: of the channel; its first message is sent.
    """

    def __init__(self, core: Relay, carrier: Carrier | None = None) -> None:
        self._core = core
        self._words = Words(carrier or CARRIER, 1)
        found, which = patterns(core.chains)
        self._guess = np.array([best_guess(core.task, pattern)[1] for pattern in found])[which]

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        """Nothing to remember."""
        return {}

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        """See ``Player``."""
        guess = self._guess[self._core.row[:, None], self._core.parity].reshape(-1)
        return answer_or_wait(inputs.legal, guess), self._words.say(0 * guess), state


class Relaying:
    """The hand-written protocol: a message is the answer so far. Whoever hears none is the first.

    Each agent takes its own digit into account and passes the answer on; the last one names it. Nobody needs to know
    the chain, or more than the step.

    Args:
        core: the very core that is played: which picture an agent sees is read off it, not seen.
        odd: which of the core's pictures are taken for odd digits.
        carrier: of the channel; its first messages are the answers, 0 and up.

    Raises:
        ValueError: if the carrier has fewer messages than there are answers.
    """

    def __init__(self, core: Relay, odd: Bool[np.ndarray, "P"], carrier: Carrier | None = None) -> None:
        self._core, self._odd = core, odd
        self._words = Words(carrier or CARRIER, core.actions - 1)

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        """Nothing to remember."""
        return {}

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        """See ``Player``."""
        before = np.where(inputs.present.any(axis=1), self._words.read(inputs.heard), 0)
        own = self._odd[self._core.picture].reshape(-1).astype(np.int64)
        now = onward(self._core.task, before, own, self._core.actions - 1)
        return answer_or_wait(inputs.legal, now), self._words.say(now), state
