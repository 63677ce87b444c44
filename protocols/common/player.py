"""The ``Player`` protocol: the interface through which evaluation, interventions and cross-play use a policy."""

from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from gymnasium import spaces
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
class Seating(Protocol):
    """What a game offers each of its players: a ``Core``, as far as a player depends on it.

    Attributes:
        agents: Number of agents (N).
        actions: Number of actions of an agent (A).
        message_slots: Number of senders that a receiver distinguishes (S).
        observation_space: Space of one agent's own observation.
    """

    agents: int
    observation_space: spaces.Space[Any]

    @property
    def actions(self) -> int:
        """Number of actions."""
        ...

    @property
    def message_slots(self) -> int:
        """Number of distinguishable senders."""
        ...


@runtime_checkable
class Player(Protocol):
    """A policy for a batch of rows, each of which is one agent in one lane. No row depends on any other.

    A player whose step depends only on seat, observation and messages heard may declare this with an attribute
    ``memoryless = True``. For such players, some games have an exact value.

    A player that can play some games or carriers only may have a method ``check_game(core, carrier)``. It is called
    before an episode or an exact value, and raises ``ValueError`` if the player does not fit.
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


def check_player(player: Player, core: Seating, carrier: Any) -> None:
    """Call the player's ``check_game``, if it has this method.

    Raises:
        ValueError: If the player does not fit the game or the carrier.
    """
    check_game = getattr(player, "check_game", None)
    if check_game is not None:
        check_game(core, carrier)
