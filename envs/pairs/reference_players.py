"""Scripted players of the games for two: the oracle, and whoever talks and answers by tables."""

import numpy as np
from jaxtyping import Int64, Integer

from ...protocols.channels.carriers import DRU, Carrier
from ...protocols.common.player import PlayerInput, PlayerOutput, State
from ..core.scripted import Knowing, Words, answer_or_wait
from .rules import Pair


def oracle(core: Pair, carrier: Carrier | None = None) -> Knowing:
    """Gives the answer that is worth most, knowing both labels, which it reads off the core that is played."""

    def right() -> Int64[np.ndarray, "rows"]:
        best: np.ndarray = core.worth.argmax(axis=1)[core.label, core.label[:, ::-1]]
        return best.reshape(-1)

    return Knowing(right, carrier or DRU())


class ByTable:
    """Says one of two messages, and answers, as tables say: by its label, and by what it has heard.

    It sees its picture, and takes it for some digit. It remembers the step, and what it heard so far.

    Args:
        core: a core with the same pictures as the one that is played.
        taken: the digit that each picture is taken for.
        says: 0 or 1, for each step at which one talks and each label; only zeros if it needs one message.
        answers: 0 and up, for each label and each sequence of what was heard: a binary number, the first message is
            its highest bit; what was not heard is 0.
        carrier: of the channel; its first two messages are 0 and 1.

    Raises:
        ValueError: if the carrier has too few messages.
    """

    def __init__(
        self,
        core: Pair,
        taken: Int64[np.ndarray, "P"],
        says: Int64[np.ndarray, "talks L"],
        answers: Int64[np.ndarray, "L heard"],
        carrier: Carrier | None = None,
    ) -> None:
        self._core, self._label = core, core.labeled(taken)
        self._says, self._answers = says, answers
        self._words = Words(carrier or DRU(), 1 + int(says.max()))

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        """The step, and what was heard."""
        return {"step": np.zeros(len(seats), dtype=np.int64), "heard": np.zeros(len(seats), dtype=np.int64)}

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        """See ``Player``."""
        label, step = self._label[self._core.view_of(inputs.observation)], state["step"]
        so_far = 2 * state["heard"] + np.where(inputs.present.any(axis=1), self._words.read(inputs.heard), 0)
        answer = self._answers[label, so_far % self._answers.shape[1]]
        said = self._says[np.minimum(step, len(self._says) - 1), label]
        return answer_or_wait(inputs.legal, answer), self._words.say(said), {"step": step + 1, "heard": so_far}
