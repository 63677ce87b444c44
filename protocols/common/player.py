"""The ``Player`` protocol: the interface through which evaluation, interventions and cross-play use a policy."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float32, Integer, Shaped

State: TypeAlias = dict[str, Shaped[np.ndarray, "rows ..."]]
"""The state of a player: arrays whose first axis is the rows, so that rows can be selected, copied and concatenated."""

PlayerOutput: TypeAlias = tuple[Integer[np.ndarray, "rows"], Float32[np.ndarray, "rows ..."], State]
"""Actions, signals ``[rows, *signal_shape]``, and the next state."""


@dataclass(frozen=True, slots=True)
class PlayerInput:
    """What agents observe and receive in one step, with one row per lane and agent (lane-major, B x N).

    Attributes:
        observation: The agent's own observation.
        heard: The decoded message from each distinguishable sender (S: N, or 1 in an anonymous game); zero where
            ``present`` is false.
        present: Whether a message from this sender arrived.
        legal: The actions that are legal now.
    """

    observation: Shaped[np.ndarray, "rows ..."]
    heard: Float32[np.ndarray, "rows S size"]
    present: Bool[np.ndarray, "rows S"]
    legal: Bool[np.ndarray, "rows A"]

    def rows(self, index: Integer[np.ndarray, "K"] | slice) -> "PlayerInput":
        """The inputs of the rows that ``index`` selects."""
        return PlayerInput(self.observation[index], self.heard[index], self.present[index], self.legal[index])


@runtime_checkable
class Player(Protocol):
    """A policy for a batch of rows, each of which is one agent in one lane. No row depends on any other.

    A player whose step depends only on seat, observation and messages heard may declare this with an attribute
    ``memoryless = True``. For such players, some games have an exact value.
    """

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        """The state before the first step, for rows in these ``seats`` (0 to N - 1)."""
        ...

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        """Choose one action and one signal per row.

        Args:
            inputs: The observations, the messages heard and the legal actions.
            state: The state that ``initial_state`` or the previous step returned.
            rng: The random generator, for stochastic players.

        Returns:
            Actions, signals ``[rows, *signal_shape]``, and the next state.
        """
        ...
