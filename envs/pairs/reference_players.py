"""Reference players of the two-agent digit games: the oracle, and players defined by tables."""

import numpy as np
from jaxtyping import Int64, Integer

from ...protocols.channels.carriers import DRU, Carrier
from ...protocols.common.player import PlayerInput, PlayerOutput, State
from ..core.scripted import Codebook, OraclePlayer, answer_or_wait
from .rules import Pair


def oracle(core: Pair, carrier: Carrier | None = None) -> OraclePlayer:
    """The oracle, which reads both labels from the core that is played, and gives the most valuable answer."""

    def correct() -> Int64[np.ndarray, "rows"]:
        best: np.ndarray = core.payoff.argmax(axis=1)[core.label, core.label[:, ::-1]]
        return best.reshape(-1)

    return OraclePlayer(correct, carrier or DRU())


class TablePlayer:
    """Sends one of two messages and answers according to tables, from its own label and the messages received so far.

    It takes its picture to show a certain digit, and remembers the step and the messages received.

    Args:
        core: A core with the same pictures as the one that is played.
        digit: The digit that the player takes each picture to show.
        messages: Message 0 or 1 for each communication step and each label; all zeros if one message is enough.
        answers: Answer, counted from 0, for each label and each sequence of messages received. The sequence is a binary
            number whose highest bit is the first message. A missing message is 0.
        carrier: Carrier of the channel. Its first two messages are 0 and 1.

    Raises:
        ValueError: If the carrier has too few messages.
    """

    def __init__(
        self,
        core: Pair,
        digit: Int64[np.ndarray, "P"],
        messages: Int64[np.ndarray, "talks L"],
        answers: Int64[np.ndarray, "L heard"],
        carrier: Carrier | None = None,
    ) -> None:
        self._core, self._label = core, core.labels_for(digit)
        self._messages, self._answers = messages, answers
        self._codebook = Codebook(carrier or DRU(), 1 + int(messages.max()))

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        """The step, and the messages received as a binary number."""
        return {"step": np.zeros(len(seats), dtype=np.int64), "heard": np.zeros(len(seats), dtype=np.int64)}

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        """See ``Player``."""
        label, step = self._label[self._core.view_of(inputs.observation)], state["step"]
        so_far = 2 * state["heard"] + np.where(inputs.present.any(axis=1), self._codebook.decode(inputs.heard), 0)
        answer = self._answers[label, so_far % self._answers.shape[1]]
        sent = self._messages[np.minimum(step, len(self._messages) - 1), label]
        return answer_or_wait(inputs.legal, answer), self._codebook.encode(sent), {"step": step + 1, "heard": so_far}
