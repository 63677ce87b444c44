"""A player: the one thing that evaluation, interventions, transcripts and cross-play need."""

from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float32, Integer, Shaped

State: TypeAlias = dict[str, Shaped[np.ndarray, "rows ..."]]
"""What a player remembers: arrays with the rows first, so that rows can be picked, copied and joined."""


@runtime_checkable
class Player(Protocol):
    """Plays some rows (lane-major, B x N) of a game. Every row is played on its own: rows never see each other.

    A player whose step depends on seat, observation and what is heard alone may say so by an attribute ``memoryless =
    True``; some games know its exact value then.
    """

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        """The state before the first step, for rows that sit in these ``seats`` (0 to N - 1)."""
        ...

    def step(
        self,
        observation: Shaped[np.ndarray, "rows ..."],
        heard: Float32[np.ndarray, "rows S size"],
        present: Bool[np.ndarray, "rows S"],
        legal: Bool[np.ndarray, "rows A"],
        state: State,
        rng: np.random.Generator,
    ) -> tuple[Integer[np.ndarray, "rows"], Float32[np.ndarray, "rows ..."], State]:
        """Choose an action and a signal a row.

        Args:
            observation: the agent's own.
            heard: what was heard from each sender that is told apart (S: N, or 1 in an anonymous game), decoded;
                zero where ``present`` is false.
            present: from whom something was heard.
            legal: the actions allowed now.
            state: what ``initial_state`` or the last step returned.
            rng: for players that are random.

        Returns:
            Actions, signals ``[rows, *signal_shape]``, and the next state.
        """
        ...
