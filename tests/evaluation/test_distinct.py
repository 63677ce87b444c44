"""Playing equal rows once changes nothing that anybody can see."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interlect.protocols import PlayerInput
from interlect.protocols.common.deduplication import DeduplicatedPlayer, group

SEATS, SIZE, STEPS = 3, 2, 5


class Folding:
    """Deterministic: folds all that a row sees into one number, on which everything depends. Counts its rows."""

    def __init__(self):
        self.rows = 0

    def initial_state(self, seats):
        return {"fold": seats.astype(np.int64) + 1}

    def step(self, inputs, state, rng):
        self.rows += len(inputs.observation)
        fold = state["fold"] * 31 + inputs.observation
        heard = inputs.heard * np.arange(1, 1 + SEATS * SIZE).reshape(SEATS, SIZE)
        fold = fold * 31 + heard.sum((1, 2)).astype(np.int64)
        fold = fold * 31 + (inputs.present * [1, 2, 4]).sum(1)
        fold = (fold * 31 + (inputs.legal * [1, 2]).sum(1)) % 1_000_003
        return fold % 2, (fold % 97).astype(np.float32)[:, None], {"fold": fold}


class Random(Folding):
    def step(self, inputs, state, rng):
        return rng.integers(2, size=len(inputs.observation)), *super().step(inputs, state, rng)[1:]


def histories(lanes: int, seed: int, values: int):
    """What all rows see on each step; the fewer values, the more rows are equal."""
    rng = np.random.default_rng(seed)
    rows = lanes * SEATS
    for _ in range(STEPS):
        present = rng.random((rows, SEATS)) < 0.3
        heard = rng.integers(values, size=(rows, SEATS, SIZE)).astype(np.float32) * present[..., None]
        yield rng.integers(2, size=rows), heard, present, rng.random((rows, 2)) < 0.8


@given(st.integers(1, 60), st.integers(0, 2**32 - 1), st.integers(1, 3), st.sampled_from([1, 7, 10_000]))
@settings(max_examples=60, deadline=None)
def test_equals_the_plain_player_row_for_row(lanes, seed, values, block):
    plain, inner = Folding(), Folding()
    wrapped = DeduplicatedPlayer(inner, block)
    seats, rng = np.tile(np.arange(SEATS), lanes), np.random.default_rng(0)
    state, compact = plain.initial_state(seats), wrapped.initial_state(seats)
    seen: list[np.ndarray] = [seats[:, None]]
    distinct = 0
    for observation, heard, present, legal in histories(lanes, seed, values):
        inputs = PlayerInput(observation, heard, present, legal)
        action, sent, state = plain.step(inputs, state, rng)
        same, said, compact = wrapped.step(inputs, compact, rng)
        np.testing.assert_array_equal(action, same)
        np.testing.assert_array_equal(sent, said)
        seen += [observation[:, None], heard.reshape(len(seats), -1), present, legal]
        distinct += len(np.unique(np.concatenate(seen, axis=1), axis=0))
    assert inner.rows == distinct


@given(st.lists(st.lists(st.integers(0, 2**64 - 1), min_size=2, max_size=2), min_size=1, max_size=50), st.data())
def test_group_is_exact(kinds, data):
    picked = data.draw(st.lists(st.integers(0, len(kinds) - 1), min_size=1, max_size=200))
    words = np.array(kinds, dtype=np.uint64)[picked]
    first, row = group(words)
    np.testing.assert_array_equal(words[first][row], words)
    assert len(first) == len(np.unique(words, axis=0))
    assert (np.diff(first) > 0).all()


def test_group_survives_a_hash_that_says_nothing(monkeypatch):
    """Whatever collides is compared in full."""
    monkeypatch.setattr(
        "interlect.protocols.common.deduplication._hash", lambda words: np.zeros(len(words), dtype=np.uint64)
    )
    words = np.arange(40, dtype=np.uint64).reshape(20, 2)[[0, 3, 3, 0, 7, 19]]
    first, row = group(words)
    np.testing.assert_array_equal(words[first][row], words)
    assert len(first) == 4


def test_a_player_that_draws_is_refused():
    player = DeduplicatedPlayer(Random())
    inputs = PlayerInput(*next(histories(4, 0, 2)))
    state = player.initial_state(np.tile(np.arange(SEATS), 4))
    with pytest.raises(ValueError, match="without random numbers; received 'a Random that draws them'"):
        player.step(inputs, state, np.random.default_rng(0))
