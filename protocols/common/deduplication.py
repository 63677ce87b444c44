"""Computing equal rows only once, so that a neural network can play a million episodes of a small game quickly."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from jaxtyping import Int64, Integer, UInt64

from .draws import GOLDEN
from .errors import invalid
from .player import Player, PlayerInput, PlayerOutput, Seating, State, check_player

ROW = "distinct_row"


class DeduplicatedPlayer:
    """A player that computes rows with equal histories only once, and otherwise plays like the player that it wraps.

    It is valid for deterministic players only: rows are independent, so equal histories give equal choices unless the
    player draws random numbers. Two rows have equal histories if they have the same seat and received the same
    observations, messages and legal actions at every step. Rows are grouped by a hash and then compared in full.

    The state is compact: ``distinct_row [rows]`` maps each row to a row of the inner player's arrays, which have one
    entry per distinct history. Callers therefore cannot select or concatenate rows of this state.

    Args:
        player: A deterministic player.
        block: The largest number of rows per call of the inner player, which bounds its memory.
    """

    def __init__(self, player: Player, block: int = 16384) -> None:
        self._player = player
        self._block = block

    def check_game(self, core: Seating, carrier: Any) -> None:
        """Check that the inner player fits; see ``Player``."""
        check_player(self._player, core, carrier)

    def initial_state(self, seats: Integer[np.ndarray, "rows"]) -> State:
        """The inner player's state, one row per seat."""
        distinct, row = np.unique(seats, return_inverse=True)
        return {ROW: row.astype(np.int64)} | self._player.initial_state(distinct)

    def step(self, inputs: PlayerInput, state: State, rng: np.random.Generator) -> PlayerOutput:
        """See ``Player``.

        Raises:
            ValueError: If the inner player drew from ``rng``.
        """
        before = state[ROW]
        first, row = group(_words([before, inputs.observation, inputs.heard, inputs.present, inputs.legal]))
        inner = {name: value for name, value in state.items() if name != ROW}
        actions, signals, states = [], [], []
        for start in range(0, len(first), self._block):
            rows = first[start : start + self._block]
            own = {name: value[before[rows]] for name, value in inner.items()}
            with deterministic(self._player, rng):
                action, sent, own = self._player.step(inputs.rows(rows), own, rng)
            actions.append(action)
            signals.append(sent)
            states.append(own)
        joined = {name: np.concatenate([own[name] for own in states]) for name in states[0]}
        return np.concatenate(actions)[row], np.concatenate(signals)[row], {ROW: row} | joined


@contextmanager
def deterministic(player: Player, rng: np.random.Generator) -> Iterator[None]:
    """Check that a player draws no random numbers within the context, as exact values require.

    Raises:
        ValueError: If the player drew random numbers.
    """
    drawn = rng.bit_generator.state
    yield
    if rng.bit_generator.state != drawn:
        remedy = "Use a greedy player, or pass exact=False."
        raise invalid(
            "Exact values need a player without random numbers", f"a {type(player).__name__} that draws them", remedy
        )


def group(words: UInt64[np.ndarray, "rows words"]) -> tuple[Int64[np.ndarray, "distinct"], Int64[np.ndarray, "rows"]]:
    """Find the distinct rows by hashing and full comparison, in time linear in the number of rows.

    Returns:
        The index of one row of each group, ascending; and for each row, the position of its group among them.
    """
    rows = len(words)
    bits = min(rows.bit_length() + 1, 20)  # a table that fits into the cache
    table = np.empty(1 << bits, dtype=np.int64)
    leader = np.empty(rows, dtype=np.int64)
    left, key = np.arange(rows), _hash(words)
    while len(left):
        slot = (key >> np.uint64(64 - bits)).astype(np.int64)
        table[slot] = left
        leader[left] = leads = table[slot]
        other = np.zeros(len(left), dtype=bool)
        for column in words.T:
            other |= column[left] != column[leads]
        left, key = left[other], _mix(key[other])
    first = leader == np.arange(rows)
    return np.flatnonzero(first), (np.cumsum(first) - 1)[leader]


def _words(arrays: list[np.ndarray]) -> UInt64[np.ndarray, "rows words"]:
    """The concatenated bytes of each row of all arrays, padded with zeros to whole words."""
    flat = [np.ascontiguousarray(a.reshape(len(a), -1)).view(np.uint8) for a in arrays]
    ends = np.cumsum([part.shape[1] for part in flat]).tolist()
    table = np.zeros((len(flat[0]), -(-ends[-1] // 8) * 8), dtype=np.uint8)
    for part, end in zip(flat, ends, strict=True):
        table[:, end - part.shape[1] : end] = part
    return table.view(np.uint64)


def _hash(words: UInt64[np.ndarray, "rows words"]) -> UInt64[np.ndarray, "rows"]:
    key = np.zeros(len(words), dtype=np.uint64)
    for column in words.T:
        key = _mix(key ^ column)
    return key


def _mix(key: UInt64[np.ndarray, "rows"]) -> UInt64[np.ndarray, "rows"]:
    key = (key + np.uint64(1)) * GOLDEN
    return (key ^ (key >> np.uint64(32))) * GOLDEN
