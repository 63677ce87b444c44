"""Scripted teams with known languages, and their play over all 729 orders of visits."""

from collections.abc import Callable

import numpy as np
import pytest
from interlect.envs.play import Transcript, play
from interlect.envs.switch_riddle.knowledge import knowledge
from interlect.envs.switch_riddle.rules import SwitchRiddle
from interlect.protocols import Channel, Symbols
from interlect.protocols.knowledge import Knowledge

ALL = np.stack(np.meshgrid(*[np.arange(3)] * 6, indexing="ij"), axis=-1).reshape(-1, 6)


class Counter:
    """Three agents: writes code[day][0] for one visitor and code[day][1] for two; who would be the third tells.

    With ``code=None`` it writes random symbols, and never tells.
    """

    def __init__(self, code, vocabulary: int = 2) -> None:
        self.code, self.vocabulary = code, vocabulary

    def initial_state(self, seats):
        return {"seen": np.zeros(len(seats), dtype=bool), "day": np.zeros(len(seats), dtype=np.int64)}

    def step(self, observation, heard, present, legal, state, rng):
        here, day = observation == 1, state["day"]
        if self.code is None:
            word = rng.integers(self.vocabulary, size=len(day))
            told = np.zeros(len(day), dtype=np.int64)
        else:
            code = np.array(self.code)
            before = np.where(present.any(1), 1 + (heard.sum(1).argmax(-1) == code[day - 1, 1]), 0)
            count = before + (here & ~state["seen"])
            told = (here & (count == 3)).astype(np.int64)
            word = code[day, np.clip(count, 1, 2) - 1]
        sent = np.eye(self.vocabulary, dtype=np.float32)[word][:, None]
        return told, sent, {"seen": state["seen"] | here, "day": day + 1}


@pytest.fixture(scope="session")
def played() -> Callable[..., tuple[Transcript, Channel]]:
    def played(code, vocabulary: int = 2) -> tuple[Transcript, Channel]:
        channel = Channel(Symbols(vocabulary))
        core = SwitchRiddle(3, len(ALL), 0, visits=ALL)
        return play(core, Counter(code, vocabulary), channel), channel

    return played


@pytest.fixture(scope="session")
def known(played) -> Callable[..., Knowledge]:
    return lambda code, vocabulary=2: knowledge(*played(code, vocabulary))


@pytest.fixture
def plain() -> list[list[int]]:
    """1 means one, 0 means two, on every day."""
    return [[1, 0]] * 6


@pytest.fixture
def turning() -> list[list[int]]:
    """The meanings change places every day."""
    return [[day % 2, 1 - day % 2] for day in range(6)]
